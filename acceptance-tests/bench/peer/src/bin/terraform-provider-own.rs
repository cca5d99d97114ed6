//! A provider that does nothing, on the crate `tfplugin`.

use std::{process::ExitCode, sync::Arc};
use tfplugin::{
    ApplyError, Attribute, Change, Context, Create, Diagnostics, Nesting, Object, Provider, ProviderData, Resource,
    Schema, State, Type, Value, async_trait,
};

struct Nothing;

#[async_trait]
impl Resource for Nothing {
    fn type_name(&self) -> &str {
        "own_nothing"
    }

    fn schema(&self) -> Schema {
        Schema::new("Nothing.")
            .attribute("id", Attribute::string().computed().description("Id."))
            .attribute("name", Attribute::string().required().description("Name."))
    }

    async fn create(&self, _: &Context, create: Create) -> Result<State, ApplyError> {
        let name = create.planned.get("name").clone();
        Ok(State::new(create.planned.with("id", name)))
    }

    async fn read(&self, _: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(&self, _: &Context, change: Change) -> Result<State, ApplyError> {
        Ok(State::new(change.planned))
    }

    async fn delete(&self, _: &Context, _: State) -> Result<(), ApplyError> {
        Ok(())
    }
}

/// A map of clients as `esu_clients` has it, of which nothing becomes: what is left is Terraform's own time.
struct Many;

/// What the server chooses of each client.
const COMPUTED: [&str; 3] = ["id", "contract_id", "default_project_id"];

/// The planned values, known to the last.
fn settled(planned: Object) -> Object {
    let mut clients = planned.map("clients").cloned().unwrap_or_default();
    for (code, client) in &mut clients {
        let Value::Object(client) = client else { continue };
        for name in COMPUTED.into_iter().filter(|name| client.get(name).is_unknown()).collect::<Vec<_>>() {
            client.set(name, code.as_str());
        }
    }
    planned.with("id", "many").with("clients", clients)
}

#[async_trait]
impl Resource for Many {
    fn type_name(&self) -> &str {
        "own_many"
    }

    fn schema(&self) -> Schema {
        let text = || Attribute::string().optional().description("Text.");
        let number = || Attribute::number().optional().description("Number.");
        let texts = || Attribute::set(Type::String).optional().description("Texts.");
        let named = [("tariff_plan", text()), ("contract_name", text()), ("payment_model", text())];
        let numbers = ["internet_mbps", "lan_mbps", "min_balance"].map(|name| (name, number()));
        let sets = ["allowed_hypervisors", "payment_methods"].map(|name| (name, texts()));
        let chosen = COMPUTED.map(|name| (name, Attribute::string().computed().description("Chosen.")));
        let rest = [
            ("name", Attribute::string().required().description("Name.")),
            ("deletion_protection", Attribute::bool().optional().description("Whether.")),
        ];
        let client = named.into_iter().chain(numbers).chain(sets).chain(chosen).chain(rest);
        Schema::new("Many of nothing.")
            .attribute("id", Attribute::string().computed().description("Id."))
            .attribute("clients", Attribute::nested(Nesting::Map, client).required().description("Clients by code."))
    }

    async fn create(&self, _: &Context, create: Create) -> Result<State, ApplyError> {
        Ok(State::new(settled(create.planned)))
    }

    async fn read(&self, _: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(&self, _: &Context, change: Change) -> Result<State, ApplyError> {
        Ok(State::new(settled(change.planned)))
    }

    async fn delete(&self, _: &Context, _: State) -> Result<(), ApplyError> {
        Ok(())
    }
}

struct Own;

#[async_trait]
impl Provider for Own {
    fn address(&self) -> &str {
        "registry.terraform.io/bench/own"
    }

    fn schema(&self) -> Schema {
        Schema::new("Does nothing.")
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Nothing), Arc::new(Many)]
    }

    async fn configure(&self, _: &Context, _: &Object) -> Result<ProviderData, Diagnostics> {
        Ok(ProviderData::new(()))
    }
}

fn main() -> ExitCode {
    tfplugin::run(Own)
}
