//! A provider that does nothing, on the crate `tfplugin`.

use std::{process::ExitCode, sync::Arc};
use tfplugin::{
    ApplyError, Attribute, Change, Context, Create, Diagnostics, Nesting, Object, Provider, ProviderData,
    Resource, Schema, State, Type, Value, async_trait,
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

/// What the server chooses of each client, and how long it is.
const CHOSEN: [&str; 3] = ["id", "contract_id", "default_project_id"];
const ID: &str = "00000000-0000-4000-8000-000000000000";

/// The attributes of a client, as `esu_client` has them.
fn client() -> Vec<(&'static str, Attribute)> {
    let text = || Attribute::string().optional().computed().description("Text.");
    let number = || Attribute::number().optional().description("Number.");
    let texts = || Attribute::set(Type::String).optional().description("Texts.");
    let named = ["tariff_plan", "contract_name", "payment_model"].map(|name| (name, text()));
    let numbers = ["internet_mbps", "min_balance"].map(|name| (name, number()));
    let sets = ["allowed_hypervisors", "payment_methods"].map(|name| (name, texts()));
    let chosen = CHOSEN.map(|name| (name, Attribute::string().computed().description("Chosen.")));
    let rest = [
        ("name", Attribute::string().required().description("Name.")),
        ("lan_mbps", number().computed()),
        ("deletion_protection", Attribute::bool().optional().computed().description("Whether.")),
    ];
    named.into_iter().chain(numbers).chain(sets).chain(chosen).chain(rest).collect()
}

/// A planned client, known to the last.
fn known(mut client: Object, code: &str) -> Object {
    let unknown = |client: &Object, name: &str| client.get(name).is_unknown();
    for name in CHOSEN.into_iter().filter(|name| unknown(&client, name)).collect::<Vec<_>>() {
        client.set(name, ID);
    }
    for (name, value) in [
        ("contract_name", Value::from(code)),
        ("payment_model", Value::from("prepay")),
        ("tariff_plan", Value::from(code)),
        ("lan_mbps", Value::from(1000)),
        ("deletion_protection", Value::from(false)),
    ] {
        if unknown(&client, name) {
            client.set(name, value);
        }
    }
    client
}

/// A client as `esu_client` has it, of which nothing becomes: what is left is Terraform's own time for these attributes.
struct Client;

#[async_trait]
impl Resource for Client {
    fn type_name(&self) -> &str {
        "own_client"
    }

    fn schema(&self) -> Schema {
        let lengths = ["create", "read", "update", "delete"];
        let length = || Attribute::string().optional().description("How long.");
        let timeouts = Attribute::nested(Nesting::Single, lengths.map(|name| (name, length())));
        let keys = ["code", "partner"].map(|name| (name, Attribute::string().required().description("Key.")));
        let all = client().into_iter().chain(keys);
        all.fold(Schema::new("A client of nothing."), |schema, (name, attribute)| {
            schema.attribute(name, attribute)
        })
        .attribute("timeouts", timeouts.optional().description("How long each may take."))
    }

    async fn create(&self, _: &Context, create: Create) -> Result<State, ApplyError> {
        let code = create.planned.require_str("code")?.to_owned();
        Ok(State::new(known(create.planned, &code)))
    }

    async fn read(&self, _: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(&self, _: &Context, change: Change) -> Result<State, ApplyError> {
        let code = change.planned.require_str("code")?.to_owned();
        Ok(State::new(known(change.planned, &code)))
    }

    async fn delete(&self, _: &Context, _: State) -> Result<(), ApplyError> {
        Ok(())
    }
}

/// A map of clients as `esu_clients` has it, of which nothing becomes: what is left is Terraform's own time.
struct Many;

/// The planned values, known to the last.
fn settled(planned: Object) -> Object {
    let mut clients = planned.map("clients").cloned().unwrap_or_default();
    for (code, client) in &mut clients {
        if let Value::Object(planned) = client {
            *client = Value::Object(known(std::mem::take(planned), code));
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
        Schema::new("Many of nothing.")
            .attribute("id", Attribute::string().computed().description("Id."))
            .attribute(
                "clients",
                Attribute::nested(Nesting::Map, client()).required().description("Clients by code."),
            )
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
        vec![Arc::new(Nothing), Arc::new(Client), Arc::new(Many)]
    }

    async fn configure(&self, _: &Context, _: &Object) -> Result<ProviderData, Diagnostics> {
        Ok(ProviderData::new(()))
    }
}

fn main() -> ExitCode {
    tfplugin::run(Own)
}
