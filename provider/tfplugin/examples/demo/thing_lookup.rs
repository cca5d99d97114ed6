//! The data source `demo_thing`.

use tfplugin::{Attribute, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, async_trait};

use crate::{store::Store, thing};

pub(crate) struct ThingLookup;

#[async_trait]
impl DataSource for ThingLookup {
    fn type_name(&self) -> &str {
        "demo_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new("Looks a thing up.")
            .attribute("name", Attribute::string().required().description("Its name."))
            .attribute("size", Attribute::number().computed().description("How big it is."))
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let store = context.data::<Store>()?;
        let name = config.require_str("name")?;
        let thing = store.read(name, &thing::schema().object_type())?;
        let thing = thing
            .ok_or_else(|| Diagnostic::error("No such thing").detail(format!("No {name:?}.")).at("name"))?;
        Ok(config.clone().with("size", thing.get("size").clone()))
    }
}
