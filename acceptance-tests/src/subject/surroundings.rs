//! The objects that a type needs around it, and that its values refer to.

use super::object::Object;
use schemas::registry::ResourceInfo;
use serde_json::json;

/// Every noun in the order in which the surroundings are made, each with what it builds on.
fn all(prefix: &str) -> Vec<Object> {
    let code = |name: &str| format!("{prefix}-{name}");
    let hypervisor = |name: &str| {
        let uri = "test+tcp://127.0.0.1:1/default";
        Object::new(
            "hypervisor",
            name,
            json!({ "code": code(name), "name": name, "type": "kvm", "uri": uri }),
        )
    };
    let plan = |name: &str| plan(name, &code(name), "home");
    let mut home = partner("home", &code("home"));
    // Clients that name no plan get this one, once it is there.
    home.values.insert("default_plan".to_owned(), code("a").into());
    vec![
        hypervisor("one"),
        hypervisor("two"),
        home,
        Object::new("partner", "away", json!({ "code": code("away"), "name": "Away" })),
        plan("a"),
        plan("b"),
        client("home", &code("home")),
        client("away", &code("away")),
        domain("home", &code("home")),
        domain("away", &code("away")),
        project("home", &code("home")),
        project("away", &code("away")),
    ]
}

fn partner(label: &str, code: &str) -> Object {
    let hypervisors = json!(["@hypervisor.one", "@hypervisor.two"]);
    Object::new("partner", label, json!({ "code": code, "name": label, "hypervisors": hypervisors }))
}

fn plan(label: &str, code: &str, partner: &str) -> Object {
    let partner = format!("@partner.{partner}");
    Object::new("tariff_plan", label, json!({ "code": code, "partner": partner, "name": label }))
}

fn client(label: &str, code: &str) -> Object {
    let (partner, plan) = ("@partner.home", "@tariff_plan.a");
    Object::new(
        "client",
        label,
        json!({ "code": code, "partner": partner, "name": label, "tariff_plan": plan }),
    )
}

fn domain(label: &str, code: &str) -> Object {
    Object::new("domain", label, json!({ "name": format!("{code}.example.org"), "partner": "@partner.home" }))
}

fn user(label: &str, login: &str) -> Object {
    Object::new("user", label, json!({ "login": login, "domain": "@domain.home", "name": label }))
}

fn project(label: &str, code: &str) -> Object {
    Object::new("project", label, json!({ "code": code, "client": "@client.home", "name": label }))
}

/// What all objects of a type share.
pub(super) fn shared(info: &ResourceInfo, prefix: &str) -> Vec<Object> {
    let needed: &[&str] = match info.noun {
        "hypervisor" => &[],
        "partner" => &["hypervisor"],
        "tariff_plan" | "promotion" | "default_limits" => &["hypervisor", "partner"],
        "client" | "client_defaults" => &["hypervisor", "partner", "tariff_plan"],
        "client_limits" | "note" | "project" => &["hypervisor", "partner", "tariff_plan", "client"],
        "domain" => &["hypervisor", "partner"],
        "user" | "public_key" => &["hypervisor", "partner", "domain"],
        "access" => &["hypervisor", "partner", "tariff_plan", "client", "domain", "project"],
        noun => {
            panic!("say in acceptance-tests/src/subject/surroundings.rs what an esu_{noun} needs around it")
        }
    };
    all(prefix).into_iter().filter(|object| needed.contains(&object.noun)).collect()
}

/// What one object alone has around it: the parent that has only one of the type.
pub(super) fn own(info: &ResourceInfo, label: &str, code: &str) -> Vec<Object> {
    let of = |name: &str| format!("{label}_{name}");
    match info.noun {
        "client_defaults" => {
            let plan = |name: &str| plan(&of(name), &format!("{code}-{name}"), &of("home"));
            vec![partner(&of("home"), code), plan("a"), plan("b")]
        }
        "default_limits" => vec![partner(&of("home"), code)],
        "client_limits" => vec![client(&of("home"), code)],
        "access" | "public_key" => vec![user(&of("home"), code), user(&of("away"), &format!("{code}-away"))],
        _ => Vec::new(),
    }
}
