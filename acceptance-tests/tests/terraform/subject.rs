//! What the scenarios know of each resource type: what it needs around it, and values for its attributes.

use schemas::{
    registry::{ResourceInfo, resources},
    tf::{self, Attribute, Type},
};
use std::fmt::Write;

/// One attribute's place in the configuration, and two values for it.
pub(crate) struct Slot {
    /// A name for it, unique within the type.
    pub(crate) name: String,
    /// Two values, as the configuration writes them.
    pub(crate) values: [String; 2],
    /// What an empty collection is written like, for a collection.
    pub(crate) empty: Option<&'static str>,
    /// Whether it may be left out.
    pub(crate) optional: bool,
    /// What stands before and after the value.
    wrap: (String, &'static str),
}

impl Slot {
    /// The line of the configuration that gives it a value.
    pub(crate) fn line(&self, value: &str) -> String {
        format!("{}{value}{}", self.wrap.0, self.wrap.1)
    }
}

/// A resource type and what its scenarios need.
pub(crate) struct Subject {
    pub(crate) info: ResourceInfo,
    pub(crate) attributes: Vec<Attribute>,
}

impl Subject {
    /// Every resource type of the registry.
    pub(crate) fn all() -> Vec<Self> {
        let known = resources().into_iter();
        known.map(|info| Self { attributes: tf::resource_attributes(&info), info }).collect()
    }

    /// The type of this noun.
    pub(crate) fn of(noun: &str) -> Self {
        let found = Self::all().into_iter().find(|subject| subject.info.noun == noun);
        found.unwrap_or_else(|| panic!("the registry has no {noun}"))
    }

    /// Terraform's name of the type.
    pub(crate) fn type_name(&self) -> String {
        format!("esu_{}", self.info.noun)
    }

    /// The objects that it needs, and that its values refer to.
    pub(crate) fn surroundings(&self, prefix: &str) -> String {
        let hypervisors: String = ["one", "two"]
            .map(|name| {
                format!(
                    "resource \"esu_hypervisor\" \"{name}\" {{\n  code = \"{prefix}-{name}\"\n  name = \"{name}\"\n  \
                     type = \"kvm\"\n  uri = \"test+tcp://127.0.0.1:1/default\"\n}}\n"
                )
            })
            .concat();
        let partner = format!(
            "resource \"esu_partner\" \"home\" {{\n  code = \"{prefix}-home\"\n  name = \"Home\"\n  hypervisors = \
             [esu_hypervisor.one.code, esu_hypervisor.two.code]\n}}\nresource \"esu_partner\" \"away\" {{\n  code = \
             \"{prefix}-away\"\n  name = \"Away\"\n}}\n"
        );
        let plans = ["a", "b"]
            .map(|name| {
                format!(
                    "resource \"esu_tariff_plan\" \"{name}\" {{\n  code = \"{prefix}-{name}\"\n  partner = \
                     esu_partner.home.code\n  name = \"{name}\"\n}}\n"
                )
            })
            .concat();
        match self.info.noun {
            "hypervisor" => String::new(),
            "partner" => hypervisors,
            "tariff_plan" => format!("{hypervisors}{partner}"),
            "client" => format!("{hypervisors}{partner}{plans}"),
            noun => panic!("say what an esu_{noun} needs around it"),
        }
    }

    /// Two values of an attribute, as the configuration writes them: the second is another than the first, and
    /// neither is the default where that can be helped.
    pub(crate) fn values(&self, name: &str) -> [String; 2] {
        let [first, second] = match (self.info.noun, name) {
            (_, "name" | "contract_name") => ["\"First \\\"A\\\"\"", "\"Вторая, é 😀\""],
            (_, "timeouts") => ["{ create = \"5m\" }", "{ update = \"90s\", read = \"1m30s\" }"],
            ("hypervisor", "type") => ["\"kvm\"", "\"vmware\""],
            ("hypervisor", "uri") => {
                ["\"test+tcp://127.0.0.1:1/default\"", "\"qemu+unix:///system?socket=/nowhere\""]
            }
            ("hypervisor", "username") => ["\"esu\"", "\"other\""],
            ("hypervisor", "password") => ["\"not-to-be-seen-a\"", "\"not-to-be-seen-b\""],
            ("hypervisor", "password_version") => ["1", "-9007199254740993"],
            ("hypervisor", "disk_types") => {
                ["{ fast = \"ssd\" }", "{ \"/var/lib.x\" = \"sas\", fast = \"sata\" }"]
            }
            ("hypervisor", "cpu_class") => ["\"3.2\"", "null"],
            ("hypervisor", "cpu_per_vm") => ["1", "4096"],
            ("hypervisor", "ram_gb_per_vm") => ["65536", "2"],
            ("hypervisor", "poll_interval") => ["\"90s\"", "\"1h30m\""],
            ("hypervisor", "hold") => ["\"0s\"", "\"60m\""],
            ("partner", "model") => ["\"reseller\"", "\"white_label\""],
            ("partner", "hypervisors") => {
                ["[esu_hypervisor.two.code, esu_hypervisor.one.code]", "[esu_hypervisor.one.code]"]
            }
            ("partner", "services") => ["[\"public_ip\", \"kvm_cpu\"]", "[\"kvm_ram\"]"],
            ("partner", "time_zone") => ["\"Asia/Vladivostok\"", "\"UTC\""],
            ("partner", "grace") => ["\"24h\"", "\"90s\""],
            ("partner", "dns_ns") => ["[\"ns2.example.org\", \"ns1.example.org\"]", "[\"ns1.example.org\"]"],
            ("partner", "dns_admin_email") => ["\"dns@example.org\"", "\"DNS@Example.org\""],
            ("tariff_plan", "services") => [
                "{ kvm_cpu = { price = 0.4861111, period = \"hour\", while = \"running\" }, public_ip = { price = 150, \
                 period = \"month\", calendar = true }, vdc = { price = 0 } }",
                "{ kvm_cpu = { price = 1000000, period = \"year\" }, iso = { price = 1e-7 } }",
            ],
            ("tariff_plan", "services.period") => ["\"minute\"", "\"year\""],
            ("tariff_plan", "services.calendar") => ["true", "false"],
            ("tariff_plan", "services.charging") => ["\"full_period\"", "null"],
            ("tariff_plan", "services.while") => ["\"running\"", "\"exists\""],
            ("client", "tariff_plan") => ["esu_tariff_plan.a.code", "esu_tariff_plan.b.code"],
            ("client", "internet_mbps") => ["1", "100000"],
            ("client", "lan_mbps") => ["10", "1000"],
            ("client", "allowed_hypervisors") => {
                ["[esu_hypervisor.one.code]", "[esu_hypervisor.two.code, esu_hypervisor.one.code]"]
            }
            ("client", "payment_methods") => ["[\"yandex_kassa\", \"bank_transfer\"]", "[\"bank_transfer\"]"],
            ("client", "payment_model") => ["\"postpay\"", "\"prepay\""],
            ("client", "min_balance") => ["-10000.50", "0"],
            // The second ends the scenario: a protected client could not be destroyed.
            ("client", "deletion_protection") => ["true", "false"],
            (noun, name) => panic!("give two values for {name} of esu_{noun}"),
        };
        [first.to_owned(), second.to_owned()]
    }

    /// The attributes that an update may change, those inside of a map's elements included, and `timeouts`.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        let settable = self.attributes.iter().filter(|given| given.required || given.optional);
        let mut slots = Vec::new();
        for attribute in settable.filter(|given| !given.force_new && !given.immutable) {
            let empty = match &attribute.field.kind {
                Type::List(_) | Type::Set(_) => Some("[]"),
                Type::Map(..) => Some("{}"),
                _ => None,
            };
            slots.push(Slot {
                name: attribute.name.clone(),
                values: self.values(&attribute.name),
                empty,
                optional: attribute.optional,
                wrap: (format!("{} = ", attribute.name), ""),
            });
            slots.extend(self.nested(attribute));
        }
        slots
    }

    fn nested(&self, attribute: &Attribute) -> Vec<Slot> {
        let Type::Map(element, keys) = &attribute.field.kind else { return Vec::new() };
        let Type::Object(attributes) = &element.kind else { return Vec::new() };
        let key = keys.first().expect("a map of objects has known keys");
        let optional = attributes.iter().filter(|nested| nested.optional);
        optional
            .map(|nested| {
                let name = format!("{}.{}", attribute.name, nested.name);
                let begin = format!("{} = {{ {key} = {{ price = 1, {} = ", attribute.name, nested.name);
                Slot { values: self.values(&name), name, empty: None, optional: true, wrap: (begin, " } }") }
            })
            .collect()
    }

    /// A resource block: identity and required attributes, with some lines of one's own in their place.
    pub(crate) fn block(&self, label: &str, code: &str, lines: &[String]) -> String {
        let mut block = format!("resource \"{}\" \"{label}\" {{\n  code = \"{code}\"\n", self.type_name());
        for attribute in self.attributes.iter().filter(|given| given.required && given.name != "code") {
            let begin = format!("{} = ", attribute.name);
            if !lines.iter().any(|line| line.starts_with(&begin)) {
                let value = match attribute.name.as_str() {
                    "partner" => "esu_partner.home.code".to_owned(),
                    name => self.values(name)[0].clone(),
                };
                let _ = writeln!(block, "  {begin}{value}");
            }
        }
        for line in lines {
            let _ = writeln!(block, "  {line}");
        }
        block.push_str("}\n");
        block
    }

    /// What imports an object with these values.
    pub(crate) fn import_id(info: &ResourceInfo, values: &serde_json::Value) -> String {
        let part = |name: &&str| values[*name].as_str().unwrap_or_default().to_owned();
        info.key.iter().map(part).collect::<Vec<_>>().join("/")
    }
}
