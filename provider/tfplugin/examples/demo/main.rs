//! A small provider whose things are files in a folder: every feature of the framework in one place.

mod join;
mod note;
mod store;
mod thing;
mod thing_list;
mod thing_lookup;
mod token;
mod touch;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use store::Store;
use tfplugin::{
    ActionHandler, Attribute, Context, DataSource, Diagnostics, EphemeralResource, Function, ListResource,
    Object, Provider, ProviderData, Resource, Schema, async_trait,
};

struct Demo;

#[async_trait]
impl Provider for Demo {
    fn address(&self) -> &str {
        "registry.terraform.io/example/demo"
    }

    fn schema(&self) -> Schema {
        Schema::new("Keeps things as files in a folder.")
            .attribute("folder", Attribute::string().required().description("Where the things are."))
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(thing::Thing), Arc::new(note::Note)]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(thing_lookup::ThingLookup)]
    }

    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        vec![Arc::new(token::Token)]
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        vec![Arc::new(thing_list::ThingList)]
    }

    fn actions(&self) -> Vec<Arc<dyn ActionHandler>> {
        vec![Arc::new(touch::Touch)]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        vec![Arc::new(join::Join)]
    }

    async fn configure(&self, _context: &Context, config: &Object) -> Result<ProviderData, Diagnostics> {
        let folder = PathBuf::from(config.require_str("folder")?);
        Ok(ProviderData::new(Store { folder }))
    }
}

fn main() -> ExitCode {
    tfplugin::run(Demo)
}
