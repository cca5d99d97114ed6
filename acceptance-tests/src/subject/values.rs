//! Two values for every attribute that a configuration may set: read off its schema, or said here where the schema
//! alone does not tell.

use schemas::tf::{Attribute, Field, Type};
use serde_json::{Map, Value as Json, json};

/// An authority that signed nothing.
const AUTHORITY: &str = include_str!("authority.pem");

/// What the schema does not tell, by noun (`*` for any) and attribute. The second value is another than the first, and
/// neither is the default where that can be helped. `@noun.label` refers to one of the surroundings, and `<code>` is the
/// object's own code.
fn said(noun: &str, name: &str) -> Option<[Json; 2]> {
    Some(match (noun, name) {
        (_, "partner") => [json!("@partner.home"), json!("@partner.away")],
        (_, "client") => [json!("@client.home"), json!("@client.away")],
        (_, "code") => [json!("code-a"), json!("code-b")],
        (_, "timeouts") => [json!({ "create": "5m" }), json!({ "update": "90s", "read": "1m30s" })],
        ("hypervisor", "type") => [json!("kvm"), json!("vmware")],
        ("hypervisor", "uri") => {
            [json!("test+tcp://127.0.0.1:1/default"), json!("qemu+unix:///system?socket=/nowhere")]
        }
        ("hypervisor", "username") => [json!("esu"), json!("other")],
        ("hypervisor", "password") => [json!("not-to-be-seen-a"), json!("not-to-be-seen-b")],
        ("hypervisor", "password_version") => [json!(1), json!(-9_007_199_254_740_993_i64)],
        ("hypervisor", "disk_types") => {
            [json!({ "fast": "ssd" }), json!({ "/var/lib.x": "sas", "fast": "sata" })]
        }
        ("hypervisor", "ca_certificate") => [json!(AUTHORITY), json!([AUTHORITY, AUTHORITY].concat())],
        ("hypervisor", "certificate_thumbprint") => [json!("0a".repeat(32)), json!(vec!["0B"; 32].join(":"))],
        ("hypervisor", "external_networks") => [json!(["public", "br-ext"]), json!(["public"])],
        ("hypervisor", "hold") => [json!("0s"), json!("60m")],
        ("access", "user") => [json!("@user.home"), json!("@user.away")],
        ("access", "role") => [json!("client_user"), json!("client_support")],
        ("access", "projects") => [json!(["@project.away", "@project.home"]), json!(["@project.home"])],
        ("public_key", "user") => [json!("@user.home"), json!("@user.away")],
        ("user", "domain") => [json!("@domain.home"), json!("@domain.away")],
        ("user", "login") => [json!("ada@example.org"), json!("lin")],
        ("user", "password") => [json!("not-to-be-seen-a"), json!("not-to-be-seen-b")],
        ("user", "password_version") => [json!(1), json!(2)],
        ("partner", "hypervisors") => {
            [json!(["@hypervisor.two", "@hypervisor.one"]), json!(["@hypervisor.one"])]
        }
        ("partner", "dns_ns") => [json!(["ns2.example.org", "ns1.example.org"]), json!(["ns1.example.org"])],
        // The same address in another spelling: a change of nothing.
        ("partner", "dns_admin_email") => [json!("dns@example.org"), json!("DNS@Example.org")],
        ("tariff_plan", "services") => [
            json!({
                "kvm_cpu": { "price": 0.486_111_1, "period": "hour", "while": "running" },
                "public_ip": { "price": 150, "period": "month", "calendar": true },
                "vdc": { "price": 0 },
            }),
            json!({ "kvm_cpu": { "price": 1_000_000, "period": "year" }, "iso": { "price": 1e-7 } }),
        ],
        // In any combination the last day is not before the first.
        ("promotion", "starts_on") => [json!("2029-12-31"), json!("2030-01-31")],
        ("promotion", "ends_on") => [json!("2030-01-31"), json!("8999-12-31")],
        // A code waits for its plan.
        ("partner", "default_plan") => [json!("usual"), json!("other")],
        ("client" | "client_defaults", "tariff_plan") => [json!("@tariff_plan.a"), json!("@tariff_plan.b")],
        ("client", "allowed_hypervisors") => {
            [json!(["@hypervisor.one"]), json!(["@hypervisor.two", "@hypervisor.one"])]
        }
        ("client", "min_balance") => [json!(-10000.50), json!(0)],
        ("client_limits" | "default_limits" | "partner", "limits") => [
            json!({ "@hypervisor.one": { "servers": 10, "volume_gb": 1_000_000 }, "@hypervisor.two": { "ips": 0 } }),
            json!({ "@hypervisor.one": { "servers": 1, "ram_gb": 64, "vcpu": 16 } }),
        ],
        _ => return None,
    })
}

/// Public keys of OpenSSH.
const SSH_KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR one@example.org",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII4E0wK2Ta7ESK+3pAQN8s6NyIlJR2pGkoNuRYGg8hvg",
];

/// Two values of an attribute. Nested attributes are named by their path, such as `services.period`.
pub(super) fn of(noun: &str, name: &str, attribute: &Attribute) -> [Json; 2] {
    let known = said(noun, name).or_else(|| read(noun, name, &attribute.field, attribute.default.as_ref()));
    known.unwrap_or_else(|| {
        panic!("give two values for {name} of esu_{noun} in acceptance-tests/src/subject/values.rs")
    })
}

/// What a value needs beside it.
pub(super) fn companion(noun: &str, name: &str, value: &Json) -> Option<(&'static str, Json)> {
    match (noun, name) {
        ("hypervisor", "type") if value == "vmware" => Some(("uri", json!("https://127.0.0.1:1/sdk"))),
        // Who registers becomes a client of the domain's partner.
        ("domain", "registration_enabled") => Some(("partner", json!("@partner.home"))),
        // Limits are of hypervisors that the partner has.
        ("partner", "limits") if value.as_object().is_none_or(|limits| !limits.is_empty()) => {
            Some(("hypervisors", json!(["@hypervisor.one", "@hypervisor.two"])))
        }
        _ => None,
    }
}

/// Whether what is needed takes the place of a value that is there.
pub(super) fn companion_replaces(noun: &str, name: &str) -> bool {
    matches!((noun, name), ("hypervisor", "type") | ("partner", "limits"))
}

/// What an object has beside what is said of it, because of that.
pub(super) fn complete(noun: &str, values: &mut Map<String, Json>) {
    if noun != "access" || values.get("client").is_some_and(|client| !client.is_null()) {
        return;
    }
    // A role is over a client, or over a partner where that alone is named.
    if values.get("partner").is_some_and(|partner| !partner.is_null()) {
        values.insert("role".to_owned(), json!("partner_admin"));
    } else {
        values.insert("client".to_owned(), json!("@client.home"));
    }
}

/// What someone changes in an object behind Terraform's back: the API's fields, and the attribute that they are in.
pub(super) fn outside(noun: &str, attributes: &[Attribute]) -> (Json, &'static str) {
    if attributes.iter().any(|attribute| attribute.name == "name" && !attribute.force_new) {
        return (json!({ "name": "By hand" }), "name");
    }
    match noun {
        "client_defaults" => (json!({ "lan_mbps": 77 }), "lan_mbps"),
        "client_limits" | "default_limits" => {
            (json!({ "limits": { "@hypervisor.one": { "servers": 77 } } }), "limits")
        }
        "access" => (json!({ "projects": ["@project.away"] }), "projects"),
        "domain" => (json!({ "aliases": ["<code>-by-hand.example.org"] }), "aliases"),
        "note" => (json!({ "text": "By hand" }), "text"),
        noun => {
            panic!("say in acceptance-tests/src/subject/values.rs what may be changed in a {noun} by hand")
        }
    }
}

/// Those of the provider's own attribute.
pub(super) fn timeouts() -> [Json; 2] {
    said("*", "timeouts").expect("they are above")
}

/// Two values of a field, as its schema has them.
fn read(noun: &str, name: &str, field: &Field, default: Option<&Json>) -> Option<[Json; 2]> {
    if !field.one_of.is_empty() {
        let mut words: Vec<Json> = field.one_of.iter().rev().cloned().map(Json::from).collect();
        // The default comes last, or not at all.
        words.sort_by_key(|word| Some(word) == default);
        words.push(Json::Null);
        return Some([words.remove(0), words.remove(0)]);
    }
    match &field.kind {
        Type::Bool => {
            let usual = default.and_then(Json::as_bool).unwrap_or(false);
            Some([json!(!usual), json!(usual)])
        }
        Type::Number => Some(numbers(field)),
        Type::String => texts(field),
        Type::List(element) | Type::Set(element) => {
            let [first, second] = read(noun, name, element, None)?;
            Some([json!([second, first]), json!([first])])
        }
        Type::Map(element, keys) => {
            let [one, other] = [keys.first()?, keys.last()?];
            let [first, second] = read(noun, name, element, None)?;
            let pairs = |pairs: Vec<(&String, &Json)>| -> Json {
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect::<Map<_, _>>()
                    .into()
            };
            Some([pairs(vec![(one, &first), (other, &second)]), pairs(vec![(other, &first)])])
        }
        Type::Object(attributes) => objects(noun, name, attributes),
    }
}

/// An object with everything set, and one with the required attributes alone.
fn objects(noun: &str, name: &str, attributes: &[Attribute]) -> Option<[Json; 2]> {
    let mut made = [Map::new(), Map::new()];
    for attribute in attributes.iter().filter(|given| given.required || given.optional) {
        let path = format!("{name}.{}", attribute.name);
        let [first, second] =
            said(noun, &path).or_else(|| read(noun, &path, &attribute.field, attribute.default.as_ref()))?;
        made[0].insert(attribute.name.clone(), first);
        if attribute.required {
            made[1].insert(attribute.name.clone(), second);
        }
    }
    Some(made.map(Json::Object))
}

fn numbers(field: &Field) -> [Json; 2] {
    match field.format.as_deref() {
        Some("price") => [json!(0.486_111_1), json!(1_000_000)],
        Some("money") => [json!(1234.56), json!(0)],
        _ => [json!(field.at_least.unwrap_or(1)), json!(field.at_most.unwrap_or(100_000))],
    }
}

fn texts(field: &Field) -> Option<[Json; 2]> {
    Some(match field.format.as_deref() {
        None => {
            let fits = |text: &str| {
                let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                field.at_least.is_none_or(|least| length >= least)
                    && field.at_most.is_none_or(|most| length <= most)
            };
            let texts = ["First \"A\" ${x}", "Вторая, é 😀"];
            texts.into_iter().all(fits).then(|| texts.map(Json::from))?
        }
        Some("span") => [json!("90s"), json!("1h30m")],
        Some("time-zone") => [json!("Asia/Vladivostok"), json!("UTC")],
        Some("e-mail") => [json!("one@example.org"), json!("two@example.org")],
        Some("dns-name") => [json!("<code>-a.example.org"), json!("<code>-b.example.org")],
        Some("ssh-public-key") => SSH_KEYS.map(Json::from),
        Some("phone") => [json!("+79001234567"), json!("+441632960001")],
        Some("date") => [json!("2030-01-31"), json!("2031-12-01")],
        Some("date-time") => [json!("2030-01-31T10:00:00Z"), json!("2031-12-01T03:04:05+03:00")],
        Some(_) => return None,
    })
}
