//! A small provider whose things are files in a folder: every feature of the framework in one place.

mod join;
mod store;
mod thing;
mod thing_lookup;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use store::Store;
use tfplugin::{
    Attribute, Context, DataSource, Diagnostics, Function, Object, Provider, ProviderData, Resource, Schema,
    async_trait,
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
        vec![Arc::new(thing::Thing)]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(thing_lookup::ThingLookup)]
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
