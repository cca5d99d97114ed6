//! Objects made and removed through the provider, as core does it.

use acceptance_tests::{
    subject::{Object, resolved},
    world::World,
};
use serde_json::{Value as Json, json};
use testkit::plugin::{Kept, Managed, Plugin, PluginError};
use tfplugin::Value;
use tokio::runtime::Runtime;

/// A provider that is configured, and the runtime that it is spoken to on.
pub(crate) struct Hand {
    pub(crate) plugin: Plugin,
}

/// An object that was made.
pub(crate) struct Made {
    type_name: String,
    pub(crate) kept: Kept,
}

impl Hand {
    /// A provider of its own for the server of a world, as the platform's administrator.
    pub(crate) async fn new(world: &World, more: Json) -> Self {
        let plugin =
            Plugin::start(&world.programs.provider, &[]).await.unwrap_or_else(|error| panic!("{error}"));
        let mut config = json!({ "endpoint": world.server.url(), "token": world.server.token() });
        let Json::Object(more) = more else { panic!("settings are an object") };
        config.as_object_mut().unwrap().extend(more);
        assert_eq!(plugin.configure(&config).await.unwrap(), []);
        Self { plugin }
    }

    /// The configuration of an object among others.
    pub(crate) fn config(&self, object: &Object, among: &[Object]) -> Result<Value, PluginError> {
        let values = resolved(&Json::Object(object.values.clone()), among);
        Managed::new(&self.plugin, &format!("esu_{}", object.noun)).config(&values)
    }

    /// Makes objects, each of which may refer to those before it.
    pub(crate) async fn make(&self, objects: &[Object], among: &[Object]) -> Result<Vec<Made>, PluginError> {
        let mut made = Vec::new();
        for object in objects {
            let type_name = format!("esu_{}", object.noun);
            let config = self.config(object, among)?;
            let kept = Managed::new(&self.plugin, &type_name).reach(None, &config, &config).await?;
            made.push(Made { type_name, kept });
        }
        Ok(made)
    }

    /// Removes objects, the last first.
    pub(crate) async fn remove(&self, made: Vec<Made>) -> Result<(), PluginError> {
        for made in made.into_iter().rev() {
            Managed::new(&self.plugin, &made.type_name).destroy(&made.kept).await?;
        }
        Ok(())
    }
}

/// Runs a test's future.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}
