//! The provider under the real Terraform, without a server: schemas, checks before anything is sent, functions, and
//! what is said about a wrong configuration of the provider.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{fs, path::Path, process::Command};
use support::Workspace;

/// Terraform's names of the managed resources, sorted.
fn names() -> Vec<String> {
    let mut names: Vec<String> =
        schemas::registry::resources().iter().map(|info| format!("esu_{}", info.noun)).collect();
    names.extend(["esu_clients", "esu_balance_correction"].map(str::to_owned));
    names.sort();
    names
}

#[test]
fn terraform_reads_the_schemas() {
    let schemas = Workspace::new("").terraform(&["providers", "schema", "-json"], &[]).json();
    let esu = &schemas["provider_schemas"]["registry.terraform.io/esu/esu"];
    let known: Vec<_> = esu["resource_schemas"].as_object().unwrap().keys().collect();
    assert_eq!(known, names().iter().collect::<Vec<_>>());
    let sources = esu["data_source_schemas"].as_object().unwrap();
    // A correction is looked up among the payments.
    let own = names().into_iter().filter(|name| name != "esu_balance_correction");
    let others = ["esu_contract", "esu_contracts", "esu_events", "esu_payments", "esu_transactions"];
    for name in own.collect::<Vec<_>>().iter().map(String::as_str).chain(others) {
        assert!(sources.contains_key(name), "{name}");
    }
    let client = &sources["esu_client"]["block"]["attributes"];
    assert_eq!((&client["code"]["optional"], &client["code"]["computed"]), (&true.into(), &true.into()));
    assert!(client["contract"]["nested_type"]["attributes"]["balance"]["computed"] == true);
    assert!(
        client["version"]["computed"] == true
            && esu["resource_schemas"]["esu_client"]["block"]["attributes"]["version"].is_null()
    );
    assert_eq!(esu["functions"]["parse_sku"]["parameters"][0]["name"], "sku");
    let price = "/esu_tariff_plan/block/attributes/services/nested_type/attributes/price/type";
    assert_eq!(esu["resource_schemas"].pointer(price).unwrap(), "number");
    let password = &esu["resource_schemas"]["esu_hypervisor"]["block"]["attributes"]["password"];
    assert_eq!((&password["write_only"], &password["sensitive"]), (&true.into(), &true.into()));
}

fn plan(services: &str) -> String {
    format!(
        "resource \"esu_tariff_plan\" \"it\" {{\n  code = \"basic\"\n  partner = \"demo\"\n  name = \"Basic\"\n  \
         services = {{ {services} }}\n}}\n"
    )
}

fn hypervisor(attributes: &str) -> String {
    format!("resource \"esu_hypervisor\" \"it\" {{\n  code = \"kvm1\"\n  name = \"KVM\"\n{attributes}\n}}\n")
}

fn partner(attributes: &str) -> String {
    format!("resource \"esu_partner\" \"it\" {{\n  name = \"Demo\"\n{attributes}\n}}\n")
}

#[test]
fn wrong_values_are_told_before_anything_is_sent() {
    let workspace = Workspace::new("");
    let kvm = "  type = \"kvm\"\n  uri = \"qemu+unix:///system\"\n";
    for (configuration, code, detail) in [
        (plan("kvm_cpus = { price = 1 }"), "services", "did you mean \"kvm_cpu\"?"),
        (plan("kvm_cpu = { price = 0.12345678 }"), "services", "services[\"kvm_cpu\"].price 0.12345678 has more than 7"),
        (plan("kvm_cpu = { price = -1 }"), "services", "services[\"kvm_cpu\"].price -1 is negative"),
        (plan("kvm_cpu = { price = 1000001 }"), "services", "the highest price"),
        (plan("kvm_cpu = { price = 1, period = \"week\" }"), "services", "services[\"kvm_cpu\"].period must be one of"),
        (partner("  code = \"Demo\""), "code = \"Demo\"", "is not a code"),
        (partner("  code = \"me\""), "code = \"me\"", "reserved"),
        (partner("  code = \"demo\"\n  time_zone = \"Moscow\""), "time_zone", "Europe/Moscow"),
        (partner("  code = \"demo\"\n  grace = \"5\""), "grace", "is not a length of time"),
        (partner("  code = \"demo\"\n  model = \"agent\""), "model", "\"white_label\", \"reseller\""),
        (partner("  code = \"demo\"\n  services = [\"gold\"]"), "services", "must be one of"),
        (partner("  code = \"demo\"\n  dns_admin_email = \"dns\""), "dns_admin_email", "is not an e-mail address"),
        (partner("  code = \"demo\"\n  timeouts = { read = \"soon\" }"), "timeouts", "is not a length of time"),
        (hypervisor("  type = \"kvm\"\n  uri = \"https://esx/sdk\""), "uri", "qemu+unix://"),
        (hypervisor(&format!("{kvm}  poll_interval = \"0s\"")), "poll_interval", "at least 1s"),
        (hypervisor(&format!("{kvm}  cpu_per_vm = 1.5")), "cpu_per_vm", "integer"),
        (hypervisor(&format!("{kvm}  disk_types = {{ a = \"tape\" }}")), "disk_types", "disk_types[\"a\"] must be one of"),
        ("data \"esu_consumption\" \"it\" {\n  client = \"a\"\n  from = \"2021-12-20\"\n  to = \"2021-12-1\"\n}".to_owned(), "to =", "2021-12-20"),
        ("data \"esu_consumption\" \"it\" {\n  client = \"a\"\n  from = \"2021-12-20\"\n  to = \"2021-12-01\"\n}".to_owned(), "to =", "before from"),
        ("provider \"esu\" {\n  endpoint = \"esu.example.org\"\n}\ndata \"esu_services\" \"it\" {}".to_owned(), "endpoint", "https://esu.example.org"),
    ] {
        workspace.configure(&configuration);
        let errors = workspace.errors();
        assert_eq!(errors.len(), 1, "{configuration}\n{errors:?}");
        assert!(errors[0].0.starts_with(code) && errors[0].1.contains(detail), "{configuration}\n{errors:?}");
    }
}

#[test]
fn unknown_values_pass_validation() {
    let configuration = format!(
        "resource \"terraform_data\" \"it\" {{}}\n{}",
        partner("  code = terraform_data.it.id\n  grace = terraform_data.it.output")
    );
    assert_eq!(Workspace::new(&configuration).errors(), []);
}

#[test]
fn examples_are_valid() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut count = 0;
    for kind in ["resources", "data-sources", "functions"] {
        for folder in fs::read_dir(examples.join(kind)).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let file = file.unwrap().path();
                // An import by identity takes a newer Terraform: the acceptance tests try it.
                let is_newer = file.ends_with("import-by-identity.tf");
                if !is_newer && file.extension().is_some_and(|extension| extension == "tf") {
                    let workspace = Workspace::new(&fs::read_to_string(&file).unwrap());
                    assert_eq!(workspace.errors(), [], "{}", file.display());
                    count += 1;
                }
            }
        }
    }
    assert!(count >= names().len() + 3, "{count} examples");
}

#[test]
fn functions_need_no_configuration() {
    let workspace =
        Workspace::new("output \"it\" { value = provider::esu::parse_sku(\"IS-KVM-VCPU-SL6-CR-P-PC-D\") }");
    let applied = workspace.terraform(&["apply", "-auto-approve"], &[]);
    assert!(applied.succeeded, "{applied:?}");
    let parts = workspace.terraform(&["output", "-json", "it"], &[]).json();
    assert_eq!((&parts["platform"], &parts["unit"]), (&"KVM".into(), &"PC".into()));

    workspace.configure("output \"it\" { value = provider::esu::parse_sku(\"IS-KVM\") }");
    let refused = workspace.terraform(&["plan", "-no-color"], &[]);
    assert!(!refused.succeeded && refused.err.contains("is not an article code"), "{refused:?}");
    assert!(refused.err.contains("\"sku\" parameter"), "{refused:?}");
}

#[test]
fn a_wrong_provider_block_is_told_at_its_attribute() {
    let data = "data \"esu_services\" \"it\" {}\n";
    for (block, environment, attribute, words) in [
        ("provider \"esu\" {}", vec![], "provider \"esu\"", "ESU_ENDPOINT"),
        (
            "provider \"esu\" {}",
            vec![("ESU_ENDPOINT", "http://127.0.0.1:1")],
            "provider \"esu\"",
            "ESU_TOKEN",
        ),
        (
            "provider \"esu\" {\n  endpoint = \"http://127.0.0.1:1\"\n  max_retries = 0\n}",
            vec![("ESU_TOKEN", "esu_not_to_be_seen")],
            "endpoint = \"http://127.0.0.1:1\"",
            "cannot be reached",
        ),
        (
            "provider \"esu\" {\n  endpoint = \"https://127.0.0.1:1\"\n  ca_cert = \"/nowhere\"\n}",
            vec![("ESU_TOKEN", "esu_not_to_be_seen")],
            "ca_cert = \"/nowhere\"",
            "neither PEM text nor the path",
        ),
    ] {
        let workspace = Workspace::new(&format!("{block}\n{data}"));
        let planned = workspace.terraform(&["plan", "-no-color"], &environment);
        assert!(!planned.succeeded, "{planned:?}");
        assert!(planned.err.contains(attribute) && planned.err.contains(words), "{}", planned.err);
        assert!(!planned.err.contains("not_to_be_seen"), "{}", planned.err);
    }
}

#[test]
fn an_unknown_provider_block_plans_creations() {
    let configuration = "
        resource \"terraform_data\" \"it\" { input = \"http://127.0.0.1:1\" }
        provider \"esu\" { endpoint = terraform_data.it.output }
        resource \"esu_partner\" \"it\" {
          code = \"demo\"
          name = \"Demo\"
        }";
    let workspace = Workspace::new(configuration);
    let planned = workspace.terraform(&["plan", "-no-color"], &[("ESU_TOKEN", "t")]);
    assert!(planned.succeeded && planned.out.contains("2 to add"), "{planned:?}");

    workspace.configure(&format!("{configuration}\ndata \"esu_services\" \"it\" {{}}"));
    let planned = workspace.terraform(&["plan", "-no-color"], &[("ESU_TOKEN", "t")]);
    assert!(!planned.succeeded && planned.err.contains("is not known yet"), "{planned:?}");
}

#[test]
fn run_by_hand_it_explains_itself() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_terraform-provider-esu"))
            .args(arguments)
            .env_remove("TF_PLUGIN_MAGIC_COOKIE")
            .output()
            .unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), text)
    };
    let version = concat!("terraform-provider-esu ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run(&["--version"]), (true, version.to_owned()));
    let (succeeded, text) = run(&[]);
    assert!(!succeeded && text.contains("Terraform provider"), "{text}");
}
