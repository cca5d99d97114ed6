//! A provider that does nothing, on the crate `tfplugin`.

use std::{process::ExitCode, sync::Arc};
use tfplugin::{
    ApplyError, Attribute, Change, Context, Create, Diagnostics, Object, Provider, ProviderData, Resource, Schema,
    State, async_trait,
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
        vec![Arc::new(Nothing)]
    }

    async fn configure(&self, _: &Context, _: &Object) -> Result<ProviderData, Diagnostics> {
        Ok(ProviderData::new(()))
    }
}

fn main() -> ExitCode {
    tfplugin::run(Own)
}
