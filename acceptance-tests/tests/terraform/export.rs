//! What `controlplane export` writes is what is there: the real Terraform imports it and changes nothing.

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};
use std::{fs, path::Path};
use testkit::terraform::Workspace;

const CLIENTS: usize = 60;

/// Names that mean something to Terraform, to HCL or to a shell.
const NAMES: [&str; 8] = [
    "ООО \"${acme}\"",
    "%{ if true }$${x}%%{y}$$$",
    "back\\slash \\n \\u0041",
    "猫 & <b>'quoted'</b>",
    "# no comment // nor this /* nor that */",
    "  <<EOT",
    "e\u{301}\u{2028}\u{7f}tab\there",
    "null",
];

#[test]
fn an_exported_portfolio_is_imported_and_nothing_changes() {
    let world = World::new(On::Sqlite, None);
    portfolio(&world);
    let workspace = world.uninstalled();
    let folder = workspace.path().join("portfolio");
    world.server.cli(&["export", "--partner", "export", "--out", folder.to_str().unwrap()]).unwrap();
    what_is_default_is_not_written(&folder);
    what_is_exported_is_referred_to(&folder);
    adopt(&workspace, &folder);
    let imports = fs::read_to_string(folder.join("imports.tf")).unwrap().matches("import {").count();
    let imports = i64::try_from(imports).unwrap();
    let expected = exportable(&world);
    assert_eq!(imports, expected, "some object is not exported, or twice");
    let plan = workspace.plan(&[]).expect(2);
    assert_eq!(plan.counts(), [imports, 0, 0, 0], "{}", workspace.run(&["show", "-no-color", "plan"]).out);
    let before = snapshot(&world);
    assert_eq!(workspace.apply(&[]).expect(0).counts(), [imports, 0, 0, 0]);
    workspace.expect_empty_plan();
    assert_eq!(snapshot(&world), before, "an import changed something");
    // Once everything is in the state, the blocks that imported it are not needed.
    workspace.remove("imports.tf");
    workspace.expect_empty_plan();
}

/// Makes a folder of Terraform one of the files of an export.
fn adopt(workspace: &Workspace, folder: &Path) {
    workspace.remove("head.tf");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        workspace.write(&name, &fs::read_to_string(&path).unwrap()).unwrap();
    }
    workspace.init();
    let _ = workspace.run(&["fmt", "-check", "-diff"]).expect(0);
}

/// How many objects of the partner `export` Terraform could manage: the automatic projects are their clients'.
fn exportable(world: &World) -> i64 {
    let objects = schemas::registry::resources().into_iter().flat_map(|info| {
        let views = world.admin().get(&format!("{}?limit=1000", info.list.path));
        let views = views["items"].as_array().cloned().unwrap_or_default();
        assert!(!views.is_empty(), "the portfolio has no {}", info.noun);
        views.into_iter().filter(move |view| info.noun != "project" || view["code"] != "default")
    });
    let elsewhere = |view: &Value| {
        ["/code", "/partner/code"].iter().any(|path| view.pointer(path) == Some(&json!("elsewhere")))
    };
    i64::try_from(objects.filter(|view| !elsewhere(view)).count()).unwrap()
}

/// Everything that there is, by type.
fn snapshot(world: &World) -> Vec<Value> {
    let infos = schemas::registry::resources();
    infos.iter().map(|info| world.admin().get(&format!("{}?limit=1000", info.list.path))).collect()
}

fn what_is_default_is_not_written(folder: &Path) {
    let clients = fs::read_to_string(folder.join("client.tf")).unwrap();
    assert_eq!(clients.matches("resource \"esu_client\"").count(), CLIENTS);
    assert_eq!(clients.matches("contract_name ").count(), CLIENTS / 10, "{clients}");
    assert_eq!(clients.matches("lan_mbps ").count(), CLIENTS / 5);
    assert_eq!(clients.matches("payment_model ").count(), CLIENTS / 4);
    for absent in ["deletion_protection", "payment_methods = []", "null"] {
        assert!(!clients.replace("\"null\"", "").contains(absent), "{absent}: {clients}");
    }
    let users = fs::read_to_string(folder.join("user.tf")).unwrap();
    assert_eq!(
        (users.matches("notify ").count(), users.matches("{ note = false }").count()),
        (1, 1),
        "{users}"
    );
    let keys = fs::read_to_string(folder.join("public_key.tf")).unwrap();
    assert!(keys.contains("= esu_user.ada_example_org.login\n"), "{keys}");
    for (name, text) in [("partner.tf", "model"), ("tariff_plan.tf", "calendar = false")] {
        assert!(!fs::read_to_string(folder.join(name)).unwrap().contains(text), "{name}: {text}");
    }
}

fn what_is_exported_is_referred_to(folder: &Path) {
    for (name, text) in [
        ("client.tf", "tariff_plan = esu_tariff_plan."),
        ("user.tf", "domain = esu_domain.cloud_example_org.name"),
        ("access.tf", "= esu_user.ada_example_org.login"),
    ] {
        let file = fs::read_to_string(folder.join(name)).unwrap();
        assert!(file.split_whitespace().collect::<Vec<_>>().join(" ").contains(text), "{name}: {file}");
    }
}

/// A partner with something of every type, and another one that is not exported.
fn portfolio(world: &World) {
    let admin = world.admin();
    let uri = "test+tcp://127.0.0.1:9/default";
    for code in ["pool-1", "2nd-pool"] {
        admin.post("/v1/hypervisor", &json!({ "code": code, "type": "kvm", "name": NAMES[1], "uri": uri }));
    }
    for code in ["export", "elsewhere"] {
        admin.post(
            "/v1/partner",
            &json!({ "code": code, "name": NAMES[0], "hypervisors": ["pool-1", "2nd-pool"] }),
        );
        let plan = json!({ "partner": code, "code": "basic", "name": NAMES[2] });
        admin.post("/v1/tariff_plan", &plan);
    }
    admin.post(
        "/v1/client",
        &json!({ "partner": "elsewhere", "code": "elsewhere", "name": "E", "tariff_plan": "basic" }),
    );
    let services = json!({
        "kvm_cpu": { "price": "1.500001", "period": "day" }, "vdc": { "price": "2", "calendar": true },
        "iso": { "price": "0" },
    });
    let plan = json!({ "partner": "export", "code": "9-gold", "name": NAMES[3], "services": services });
    admin.post("/v1/tariff_plan", &plan);
    let limits = json!({ "pool-1": { "servers": 0, "ram_gb": 64 }, "2nd-pool": { "vcpu": 8 } });
    admin.patch("/v1/partner/export", &json!({ "default_plan": "9-gold", "limits": limits }));
    let defaults = json!({ "balance": "100.5", "internet_mbps": 50, "tariff_plan": "9-gold" });
    admin.put("/v1/partner/export/client_defaults", &defaults);
    admin.put("/v1/partner/export/default_limits", &json!({ "limits": limits }));
    let domain = json!({ "partner": "export", "name": "cloud.example.org", "registration_enabled": true });
    admin.post("/v1/domain", &domain);
    let user = json!({ "login": "ada@example.org", "name": NAMES[2], "domain": "cloud.example.org" });
    admin.post("/v1/user", &user);
    let quiet =
        json!({ "login": "lin", "name": "Lin", "domain": "cloud.example.org", "notify": { "note": false } });
    admin.post("/v1/user", &quiet);
    let promotion = json!({
        "partner": "export", "code": "summer", "name": NAMES[1], "starts_on": "2021-06-01", "ends_on": "2021-08-31",
        "price_per_day": "12.5", "platform": "kvm", "vcpu": 2, "ram_gb": 4, "hdd_gb": 20, "disk_type": "ssd",
    });
    admin.post("/v1/promotion", &promotion);
    (0..CLIENTS).for_each(|number| client(world, number, &limits));
    let user = "ada@example.org";
    admin.post("/v1/access", &json!({ "user": user, "role": "partner_admin", "partner": "export" }));
    let access = json!({
        "user": user, "role": "client_user", "partner": "export", "client": "0-client", "projects": ["shop", "default"],
    });
    admin.post("/v1/access", &access);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR ada@laptop\n";
    admin.post("/v1/public_key", &json!({ "user": user, "name": NAMES[3], "public_key": key }));
}

/// A client; each so many has one setting more, and something below it.
fn client(world: &World, number: usize, limits: &Value) {
    let admin = world.admin();
    let code = format!("{number}-client");
    let name = NAMES[number % NAMES.len()];
    let mut body = json!({ "partner": "export", "code": code, "name": name, "tariff_plan": "basic" });
    if number.is_multiple_of(10) {
        body["contract_name"] = json!(format!("{number}/2021 \"${{x}}\""));
        body["allowed_hypervisors"] = json!(["2nd-pool"]);
    }
    if number.is_multiple_of(5) {
        body["lan"] = json!(number + 1);
        body["min_balance"] = json!("-10.5");
    }
    if number.is_multiple_of(4) {
        body["payment_model"] = json!("postpay");
        body["payment_methods"] = json!(["bank_transfer", "yandex_kassa"]);
        body["tariff_plan"] = json!("9-gold");
    }
    let id = admin.post("/v1/client", &body)["id"].as_str().unwrap().to_owned();
    let below = |more: Value| {
        let mut body = json!({ "partner": "export", "client": code });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    if number.is_multiple_of(6) {
        admin.post("/v1/project", &below(json!({ "code": "shop", "name": name })));
        admin
            .post("/v1/note", &below(json!({ "text": format!("first line\n{name}\n\n  last ${{line}}\n") })));
        admin.put(&format!("/v1/client/{id}/limits"), &json!({ "limits": limits }));
    }
}
