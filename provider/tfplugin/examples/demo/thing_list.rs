//! The list resource `demo_thing`.

use tfplugin::{
    Attribute, Context, Diagnostic, Diagnostics, ListItem, ListRequest, ListResource, ListResults, Object,
    Schema, async_trait,
};

use crate::{store::Store, thing};

pub(crate) struct ThingList;

#[async_trait]
impl ListResource for ThingList {
    fn type_name(&self) -> &str {
        "demo_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new("The things of the folder.").attribute(
            "prefix",
            Attribute::string().default("").description("Only those whose name begins with it."),
        )
    }

    async fn list(
        &self,
        context: &Context,
        request: ListRequest,
        results: &mut ListResults,
    ) -> Result<(), Diagnostics> {
        let store = context.data::<Store>()?;
        let prefix = request.config.require_str("prefix")?;
        for name in store.names()?.into_iter().filter(|name| name.starts_with(prefix)) {
            let mut item = ListItem::new(Object::new().with("name", name.as_str()), format!("thing {name}"));
            if request.include_resource {
                match store.read(&name, &thing::schema().object_type())? {
                    Some(thing) => item = item.with_resource(thing),
                    None => item = item.with_diagnostic(Diagnostic::warning(format!("{name} is gone"))),
                }
            }
            if !results.send(item).await {
                break;
            }
        }
        Ok(())
    }
}
