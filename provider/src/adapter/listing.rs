//! The list of a managed resource's objects, for `terraform query`.

use super::{
    incoming,
    noun::Noun,
    schema, timeouts,
    view::{self, View},
};
use crate::session::{self, Session};
use schemas::registry::ResourceInfo;
use serde_json::Value as Json;
use tfplugin::{
    Context, Diagnostics, ListItem, ListRequest, ListResource, ListResults, Schema, Value, async_trait,
};

/// The list resource.
pub(crate) struct Listing {
    noun: Noun,
    view: View,
    is_automatic: fn(&Json) -> bool,
}

impl Listing {
    /// The list of this noun's objects.
    pub(crate) fn new(info: ResourceInfo) -> Self {
        Self { view: View::managed(&info), noun: Noun::new(info), is_automatic: |_| false }
    }

    /// Leaves out what comes with another object and is not managed by itself: nobody could destroy it.
    pub(crate) fn without(mut self, is_automatic: fn(&Json) -> bool) -> Self {
        self.is_automatic = is_automatic;
        self
    }

    fn item(&self, found: &Json, include_resource: bool) -> Result<ListItem, Diagnostics> {
        let mut values = incoming::object(self.noun.attributes(), found)?;
        let key = self.noun.import_id(&values).unwrap_or_default();
        let shown = match values.str("name") {
            Some(name) if name != key => format!("{key} ({name})"),
            _ => key,
        };
        let item = ListItem::new(self.noun.identity().pick(&values), shown);
        if !include_resource {
            return Ok(item);
        }
        for attribute in self.noun.attributes().iter().filter(|attribute| attribute.write_only) {
            values.set(&attribute.name, Value::Null);
        }
        values.set(timeouts::NAME, Value::Null);
        Ok(item.with_resource(values))
    }
}

#[async_trait]
impl ListResource for Listing {
    fn type_name(&self) -> &str {
        &self.noun.type_name
    }

    fn schema(&self) -> Schema {
        let description = format!(
            "Lists every `{}` that the token may see, with the identity that imports it.",
            self.noun.type_name
        );
        schema::schema(description, &self.view.filters)
    }

    async fn list(
        &self,
        context: &Context,
        request: ListRequest,
        results: &mut ListResults,
    ) -> Result<(), Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let options = session::options(context, None);
        let query = view::query(&self.view.filters, &request.config, client.partner());
        let mut cursor = String::new();
        while results.wanted() > 0 {
            let page = client.reader().list(&self.view.list, &query, &cursor, &options).await;
            let page = page.map_err(|error| self.noun.asked("list").failed(&error))?;
            for found in page.items.iter().filter(|found| !(self.is_automatic)(found)) {
                if !results.send(self.item(found, request.include_resource)?).await {
                    return Ok(());
                }
            }
            match page.next_cursor {
                Some(next) => cursor = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}
