//! What the schema and the plan make of many clients.

use super::*;
use std::time::{Duration, Instant};

fn clients_of(values: &Object) -> Elements {
    values.map(CLIENTS).cloned().unwrap_or_default()
}

fn configuration(count: usize, speed: i32) -> Object {
    let client = |number: usize| {
        let client = Object::new()
            .with("name", format!("Client {number}"))
            .with("tariff_plan", "basic")
            .with("internet_mbps", speed);
        (format!("c{number}"), Value::Object(client))
    };
    Object::new().with("partner", "demo").with(CLIENTS, (0..count).map(client).collect::<Elements>())
}

/// A configuration, and what an apply of it leaves.
fn applied(clients: &Clients, config: &Object) -> Object {
    let (plan, _) = Plan::draft(&clients.schema(), None, config.clone(), Private::new());
    let mut values = plan.planned;
    values.set("id", "x");
    let mut elements = clients_of(&values);
    for (code, element) in &mut elements {
        let Value::Object(element) = element else { continue };
        let receipt =
            json!({ "id": code, "contract_id": code, "contract_name": code, "default_project_id": code });
        changes::receive(clients.elements(), element, &receipt);
    }
    values.set(CLIENTS, elements);
    values
}

#[test]
fn an_element_has_a_clients_attributes() {
    let clients = resource();
    let names: Vec<&str> = clients.elements().iter().map(|attribute| attribute.name.as_str()).collect();
    for name in
        ["id", "name", "tariff_plan", "contract_id", "contract_name", "default_project_id", "internet_mbps"]
    {
        assert!(names.contains(&name), "{name}");
    }
    assert!(!names.contains(&"code") && !names.contains(&"partner"));
    assert_eq!(clients.schema().faults(), []);
}

#[test]
fn what_was_applied_is_planned_no_more_and_one_change_is_one() {
    let clients = resource();
    let config = configuration(3, 100);
    let state = applied(&clients, &config);
    assert!(Value::Object(state.clone()).is_wholly_known());
    let draft = |config: Object| Plan::draft(&clients.schema(), Some(state.clone()), config, Private::new());
    assert_eq!(draft(config.clone()).0.action(), Action::Unchanged);
    let mut changed = clients_of(&config);
    changed.remove("c0");
    changed.insert("new".to_owned(), changed["c1"].clone());
    let (plan, diagnostics) = draft(config.with(CLIENTS, changed));
    assert!(diagnostics.is_empty() && plan.requires_replace().is_empty());
    let (before, after) = (clients_of(&state), clients_of(&plan.planned));
    assert_eq!((&before["c1"], &before["c2"]), (&after["c1"], &after["c2"]));
    assert!(after["new"].as_object().is_some_and(|client| client.get("id").is_unknown()));
    assert_eq!(after.len(), 3);
}

#[test]
fn a_protected_client_is_not_planned_away() {
    let clients = resource();
    let mut elements = clients_of(&configuration(2, 1));
    if let Some(Value::Object(first)) = elements.get_mut("c0") {
        first.set("deletion_protection", true);
    }
    let state = applied(&clients, &configuration(2, 1).with(CLIENTS, elements.clone()));
    elements.remove("c0");
    let config = configuration(2, 1).with(CLIENTS, elements);
    let (mut plan, _) = Plan::draft(&clients.schema(), Some(state), config, Private::new());
    let context = Context::new(tfplugin::CancellationToken::new(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let diagnostics = runtime.block_on(clients.modify_plan(&context, &mut plan));
    let places: Vec<String> = diagnostics.iter().map(|found| found.path.to_string()).collect();
    assert_eq!(places, ["clients[\"c0\"]"]);
}

#[test]
fn imports_name_partner_and_codes() {
    let both = |partner: &str, codes: &[&str]| {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        Some((partner.to_owned(), Named::Codes(codes)))
    };
    assert_eq!(named("demo:a,b", None), both("demo", &["a", "b"]));
    assert_eq!(named("a, b", Some("north")), both("north", &["a", "b"]));
    for wrong in ["a,b", "demo:", ":a", "demo:a,,b"] {
        assert_eq!(named(wrong, None), None, "{wrong}");
    }
    let table = |partner: &str, text: &str| Some((partner.to_owned(), Named::Table(text.to_owned())));
    assert_eq!(named("demo:code,name\na,A: 1\n", None), table("demo", "code,name\na,A: 1\n"));
    assert_eq!(named("code,name\na,A: 1\n", Some("north")), table("north", "code,name\na,A: 1\n"));
    assert_eq!(named("code,name\na,A\n", None), None);
}

fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..3).map(|_| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Ten times the clients take about ten times the time: a quadratic step anywhere would take a hundred times.
#[test]
fn planning_grows_with_the_number_of_clients_and_no_faster() {
    let clients = resource();
    let schema = clients.schema();
    let time = |count: usize| {
        let (config, other) = (configuration(count, 100), configuration(count, 200));
        let state = applied(&clients, &config);
        fastest(|| {
            let (plan, _) = Plan::draft(&schema, Some(state.clone()), other.clone(), Private::new());
            assert_eq!(plan.action(), Action::Update);
        })
    };
    let (few, many) = (time(1_000), time(10_000));
    assert!(many < few.saturating_mul(40), "{few:?} for 1000, {many:?} for 10000");
}
