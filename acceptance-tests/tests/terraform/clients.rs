//! `esu_clients`: many clients of a partner in one resource.

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};
use testkit::terraform::Workspace;

fn set_up(prefix: &str) -> String {
    format!(
        "resource \"esu_partner\" \"it\" {{\n  code = \"{prefix}\"\n  name = \"Many\"\n}}\nresource \"esu_tariff_plan\" \
         \"it\" {{\n  code = \"{prefix}\"\n  partner = esu_partner.it.code\n  name = \"Many\"\n}}\n"
    )
}

/// The resource with some clients: each a code, and attributes beside the plan.
fn many(prefix: &str, clients: &[(&str, &str)]) -> String {
    let clients: String = clients
        .iter()
        .map(|(code, attributes)| {
            format!("    {prefix}-{code} = {{ tariff_plan = esu_tariff_plan.it.code, {attributes} }}\n")
        })
        .collect();
    format!(
        "{}resource \"esu_clients\" \"it\" {{\n  partner = esu_partner.it.code\n  clients = {{\n{clients}  }}\n}}\n",
        set_up(prefix)
    )
}

fn elements(workspace: &Workspace) -> Value {
    let values = workspace.values();
    values.into_iter().find(|(address, _)| address == "esu_clients.it").unwrap().1["clients"].clone()
}

#[test]
fn clients_are_created_changed_and_deleted_one_by_one() {
    let world = World::shared(On::Sqlite);
    let first = many(
        "many",
        &[("a", "name = \"A\""), ("b", "name = \"B\", internet_mbps = 5"), ("c", "name = \"C\"")],
    );
    let workspace = world.workspace(&first);
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let made = elements(&workspace);
    for client in world.admin().all("client", "many-") {
        let element = &made[client["code"].as_str().unwrap()];
        assert_eq!((&element["id"], &element["name"]), (&client["id"], &client["name"]));
        assert_eq!(element["contract_id"], client["contract"]["id"]);
        assert_eq!(element["default_project_id"], client["default_project"]["id"]);
        assert_eq!((&element["contract_name"], &element["lan_mbps"]), (&client["name"], &json!(1000)));
    }

    // One changed, one gone, one new: the third stays as it is.
    let second = many(
        "many",
        &[
            ("a", "name = \"A\""),
            ("b", "name = \"Bee\""),
            ("d", "name = \"D\", payment_methods = [\"bank_transfer\"]"),
        ],
    );
    workspace.configure(&second).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let now = elements(&workspace);
    assert_eq!(now["many-a"], made["many-a"]);
    assert_eq!((&now["many-b"]["id"], &now["many-b"]["name"]), (&made["many-b"]["id"], &json!("Bee")));
    let codes: Vec<&String> = now.as_object().unwrap().keys().collect();
    assert_eq!(codes, ["many-a", "many-b", "many-d"]);
    let mut events = world.admin().events("client", "many-");
    events.sort();
    let count = |action: &str| events.iter().filter(|(found, _)| found == action).count();
    assert_eq!((count("create"), count("update"), count("delete")), (4, 1, 1), "{events:?}");

    // Imported into another state, it is the same.
    let imported = world.workspace(&second);
    for (address, id) in [
        ("esu_partner.it", "many"),
        ("esu_tariff_plan.it", "many/many"),
        ("esu_clients.it", "many:many-a,many-b,many-d"),
    ] {
        let _ = imported.import(address, id).expect(0);
    }
    imported.expect_empty_plan();
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "many-").is_empty());
}

#[test]
fn creation_is_all_or_nothing_and_a_change_keeps_what_was_done() {
    let world = World::shared(On::Sqlite);
    let good = [("a", "name = \"A\""), ("b", "name = \"B\"")];
    let wrong =
        many("whole", &good).replace("name = \"B\"", "name = \"B\", allowed_hypervisors = [\"nowhere\"]");
    let workspace = world.workspace(&wrong);
    let errors = workspace.apply(&[]).expect(1).errors();
    assert!(errors.iter().any(|error| error.detail.contains("whole-b")), "{errors:?}");
    assert!(world.admin().all("client", "whole-").is_empty());
    workspace.configure(&many("whole", &good)).unwrap();
    let _ = workspace.apply(&[]).expect(0);

    // A change of one is refused, that of the other is done and kept.
    let half = many("whole", &good)
        .replace("name = \"A\"", "name = \"A, renamed\"")
        .replace("name = \"B\"", "name = \"B, renamed\", allowed_hypervisors = [\"nowhere\"]");
    workspace.configure(&half).unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert_eq!((errors.len(), errors[0].address.as_str()), (1, "esu_clients.it"), "{errors:?}");
    assert!(errors[0].detail.contains("whole-b") && errors[0].detail.contains("nowhere"), "{errors:?}");
    let now = elements(&workspace);
    assert_eq!((&now["whole-a"]["name"], &now["whole-b"]["name"]), (&json!("A, renamed"), &json!("B")));
    workspace.configure(&many("whole", &[("a", "name = \"A, renamed\""), ("b", "name = \"B\"")])).unwrap();
    workspace.expect_empty_plan();

    // A client has one manager.
    let other = format!(
        "{}resource \"esu_clients\" \"it\" {{\n  partner = \"whole\"\n  clients = {{ whole-a = {{ name = \"A\", \
         tariff_plan = \"whole\" }} }}\n}}\n",
        ""
    );
    let other = world.workspace(&other);
    assert!(!other.apply(&[]).expect(1).errors().is_empty());
    let _ = workspace.destroy(&[]).expect(0);
}

#[test]
fn what_happens_outside_is_told_and_planned_back() {
    let world = World::shared(On::Sqlite);
    let configuration = many("seen", &[("a", "name = \"A\""), ("b", "name = \"B\""), ("c", "name = \"C\"")]);
    let workspace = world.workspace(&configuration);
    let _ = workspace.apply(&[]).expect(0);
    let made = elements(&workspace);
    let path = |code: &str| format!("/v1/client/{}", made[code]["id"].as_str().unwrap());
    world.admin().patch(&path("seen-a"), &json!({ "name": "By hand" }));
    world.admin().delete(&path("seen-b"));
    // Clients of others are none of its business.
    world.admin().post(
        "/v1/client",
        &json!({ "partner": "seen", "code": "seen-x", "name": "X", "tariff_plan": "seen" }),
    );
    let planned = workspace.plan(&[]).expect(2);
    let warnings = planned.said();
    let about = |text: &str| {
        warnings.iter().find(|said| said.summary.contains(text)).unwrap_or_else(|| panic!("{warnings:?}"))
    };
    assert!(about("seen-a").detail.contains("admin changed the object last (name)"), "{warnings:?}");
    assert!(about("seen-b").detail.contains("admin deleted it at 20"), "{warnings:?}");
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
    assert_eq!(world.admin().all("client", "seen-").len(), 4);
    let x = world.admin().all("client", "seen-x")[0]["id"].as_str().unwrap().to_owned();
    world.admin().delete(&format!("/v1/client/{x}"));
    let _ = workspace.destroy(&[]).expect(0);
}

/// How many clients a table has.
const MANY: usize = 50;

/// The resource over a table that is written as an expression.
fn table(prefix: &str, clients: &str) -> String {
    format!(
        "{}resource \"esu_clients\" \"it\" {{\n  partner = esu_partner.it.code\n  clients = {clients}\n}}\n",
        set_up(prefix)
    )
}

/// A table of clients, some of which have another name and some of which are left out.
fn rows(range: std::ops::Range<usize>, renamed: std::ops::Range<usize>) -> String {
    format!(
        "{{\n    for number in range({}, {}) : \"table-${{format(\"%02d\", number)}}\" => {{\n      name = number >= {} && \
         number < {} ? \"Renamed ${{number}}\" : \"Client ${{number}}\"\n      tariff_plan = \
         esu_tariff_plan.it.code\n    }}\n  }}",
        range.start, range.end, renamed.start, renamed.end
    )
}

#[test]
fn a_table_of_clients_is_one_instance() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&table("table", &rows(0..MANY, 0..0)));
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let before = elements(&workspace);
    assert_eq!(before.as_object().unwrap().len(), MANY);

    // Three have another name, the first goes, and a new one comes last.
    let changed = rows(1..MANY + 1, 10..13);
    workspace.configure(&table("table", &changed)).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let after = elements(&workspace);
    let code = |number: usize| format!("table-{number:02}");
    assert_eq!((after.as_object().unwrap().len(), after.get(code(0))), (MANY, None));
    for number in 1..MANY {
        let [before, after] = [&before, &after].map(|elements| &elements[code(number)]);
        assert_eq!(before["id"], after["id"]);
        assert_eq!(before != after, (10..13).contains(&number), "{number}: {before} {after}");
    }
    let events = world.admin().events("client", "table-");
    let count = |action: &str| events.iter().filter(|(found, _)| found == action).count();
    assert_eq!((count("create"), count("update"), count("delete")), (MANY + 1, 3, 1), "{events:?}");

    // The server refuses one of those that change: the others are done, and their state is kept.
    let refused = format!(
        "merge({}, {{ {} = {{ name = \"Refused\", tariff_plan = \"nowhere\" }} }})",
        rows(1..MANY + 1, 10..15),
        code(30)
    );
    workspace.configure(&table("table", &refused)).unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert!(errors.len() == 1 && errors[0].detail.contains("nowhere"), "{errors:?}");
    assert!(errors[0].detail.contains(&code(30)), "{errors:?}");
    let kept = elements(&workspace);
    for number in 1..=MANY {
        let name = if (10..15).contains(&number) { "Renamed" } else { "Client" };
        assert_eq!(kept[code(number)]["name"], format!("{name} {number}"));
    }
    let mended = table("table", &rows(1..MANY + 1, 10..15));
    workspace.configure(&mended).unwrap();
    workspace.expect_empty_plan();

    let codes: Vec<String> = (1..=MANY).map(code).collect();
    let imported = world.workspace(&mended);
    for (address, id) in [
        ("esu_partner.it", "table".to_owned()),
        ("esu_tariff_plan.it", "table/table".to_owned()),
        ("esu_clients.it", format!("table:{}", codes.join(","))),
    ] {
        let _ = imported.import(address, &id).expect(0);
    }
    imported.expect_empty_plan();
    let _ = imported.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "table-").is_empty());
}

/// The resource over a table as a text, beside which `head` stands.
fn text(head: &str, prefix: &str, rows: &[(&str, &str, &str)]) -> String {
    let rows: String =
        rows.iter().map(|(code, name, speed)| format!("{prefix}-{code};{name};{speed};{prefix}\n")).collect();
    format!(
        "{}resource \"esu_clients\" \"it\" {{\n  depends_on = [esu_tariff_plan.it]\n  partner = esu_partner.it.code\n  \
         table = <<-EOT\n{head}{rows}EOT\n}}\n",
        set_up(prefix)
    )
}

const HEAD: &str = "code;name;internet_mbps;tariff_plan\n";

fn written(workspace: &Workspace) -> String {
    let values = workspace.values();
    let found = values.into_iter().find(|(address, _)| address == "esu_clients.it").unwrap().1;
    assert!(found["clients"].is_null(), "{found}");
    found["table"].as_str().unwrap().to_owned()
}

#[test]
fn a_table_as_a_text_is_created_changed_and_told_of_line_by_line() {
    let world = World::shared(On::Sqlite);
    let first = [("a", "A", "5"), ("b", "\"B; b\"", ""), ("c", "C", "")];
    let workspace = world.workspace(&text(HEAD, "text", &first));
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let made = world.admin().all("client", "text-");
    assert_eq!((made.len(), &made[1]["name"], &made[0]["internet"]), (3, &json!("B; b"), &json!(5)));

    // Written in another way it is the same.
    let spaced = [("a", " A", "5 "), ("b", "\"B; b\"", ""), ("c", "\"C\"", "")];
    workspace.configure(&text(HEAD, "text", &spaced)).unwrap();
    workspace.expect_empty_plan();

    // One changed, one gone, one new.
    let second = [("a", "A", "5"), ("b", "Bee", ""), ("d", "D", "7")];
    workspace.configure(&text(HEAD, "text", &second)).unwrap();
    let shown = workspace.plan(&[]).expect(2);
    let shown = format!("{}{}", shown.out, workspace.run(&["show", "-no-color", "plan"]).out);
    for line in ["- text-c;C;;text", "+ text-d;D;7;text"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let mut events = world.admin().events("client", "text-");
    events.sort();
    let count = |action: &str| events.iter().filter(|(found, _)| found == action).count();
    assert_eq!((count("create"), count("update"), count("delete")), (4, 1, 1), "{events:?}");

    // What happens outside is told at the table, and planned back.
    let path =
        |code: &str| format!("/v1/client/{}", world.admin().all("client", code)[0]["id"].as_str().unwrap());
    world.admin().patch(&path("text-a"), &json!({ "name": "By hand", "deletion_protection": true }));
    world.admin().delete(&path("text-d"));
    let planned = workspace.plan(&[]).expect(2);
    let warnings = planned.said();
    assert!(warnings.iter().any(|said| said.summary.contains("text-a")), "{warnings:?}");
    assert!(warnings.iter().any(|said| said.summary.contains("text-d")), "{warnings:?}");
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
    assert_eq!(written(&workspace).lines().count(), 4);
    let made = world.admin().all("client", "text-");
    assert_eq!((made.len(), &made[0]["name"]), (3, &json!("A")));

    // Imported by the table into another state, it is the same.
    let imported = world.workspace(&text(HEAD, "text", &second));
    let lines: String =
        second.iter().map(|(code, name, speed)| format!("text-{code};{name};{speed};text\n")).collect();
    for (address, id) in [
        ("esu_partner.it", "text".to_owned()),
        ("esu_tariff_plan.it", "text/text".to_owned()),
        ("esu_clients.it", format!("text:{HEAD}{lines}")),
    ] {
        let _ = imported.import(address, &id).expect(0);
    }
    imported.expect_empty_plan();
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "text-").is_empty());
}

#[test]
fn a_table_as_a_text_keeps_what_was_done_and_takes_over_a_map() {
    let world = World::shared(On::Sqlite);
    let map = many("form", &[("a", "name = \"A\""), ("b", "name = \"B\", internet_mbps = 5")]);
    let workspace = world.workspace(&map);
    let _ = workspace.apply(&[]).expect(0);
    let rows = [("a", "A", ""), ("b", "B", "5")];
    workspace.configure(&text(HEAD, "form", &rows)).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let updates =
        || world.admin().events("client", "form-").iter().filter(|(found, _)| found == "update").count();
    assert_eq!(updates(), 0, "a client was touched");

    // One of two changes is refused: the table says what was done, and the refusal names the client.
    let wrong = "code;name;internet_mbps;tariff_plan;allowed_hypervisors\n";
    let rows = [("a", "A, renamed", ""), ("b", "B, renamed", "5")];
    let half = text(wrong, "form", &rows)
        .replace("5;form\n", "5;form;nowhere\n")
        .replace("renamed;;form\n", "renamed;;form;\n");
    workspace.configure(&half).unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert!(errors.len() == 1 && errors[0].detail.contains("form-b"), "{errors:?}");
    let now = written(&workspace);
    assert!(now.contains("form-a;A, renamed;") && now.contains("form-b;B;5;form;"), "{now}");

    // What is wrong with a table is known before anything is asked, every line of it.
    workspace.configure(&text(HEAD, "form", &[("a", "", ""), ("b", "B", "fast")])).unwrap();
    let errors = workspace.run(&["validate", "-json"]).out;
    assert!(errors.contains("Line 2: name is empty") && errors.contains("Line 3: internet_mbps"), "{errors}");

    // And back to a map.
    let before = updates();
    let map = map.replace("\"A\"", "\"A, renamed\"");
    workspace.configure(&map).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    assert_eq!(updates(), before, "a client was touched");
    workspace.expect_empty_plan();
    assert_eq!(elements(&workspace)["form-a"]["name"], json!("A, renamed"));
    let _ = workspace.destroy(&[]).expect(0);
}

#[test]
fn a_table_as_a_text_goes_to_another_partner_as_new_clients() {
    let world = World::shared(On::Sqlite);
    let configuration = |partner: &str| {
        let partners: String = ["north", "south"]
            .iter()
            .map(|code| {
                format!(
                    "resource \"esu_partner\" \"{code}\" {{\n  code = \"moves-{code}\"\n  name = \"P\"\n}}\nresource \
                     \"esu_tariff_plan\" \"{code}\" {{\n  partner = esu_partner.{code}.code\n  code = \"moves\"\n  \
                     name = \"P\"\n}}\n"
                )
            })
            .collect();
        format!(
            "{partners}resource \"esu_clients\" \"it\" {{\n  depends_on = [esu_tariff_plan.north, \
             esu_tariff_plan.south]\n  partner = esu_partner.{partner}.code\n  table = <<-EOT\n\
             code,name,tariff_plan\nmoves-a,A,moves\nmoves-b,B,moves\nEOT\n}}\n"
        )
    };
    let workspace = world.workspace(&configuration("north"));
    let _ = workspace.apply(&[]).expect(0);
    let made = world.admin().all("client", "moves-");
    workspace.configure(&configuration("south")).unwrap();
    assert_eq!(workspace.apply(&[]).expect(0).counts(), [0, 1, 0, 1]);
    workspace.expect_empty_plan();
    let now = world.admin().all("client", "moves-");
    assert_eq!(now.len(), 2);
    assert!(now.iter().zip(&made).all(|(now, before)| now["id"] != before["id"]), "{now:?}");
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "moves-").is_empty());
}
