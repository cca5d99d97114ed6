//! The data source of many objects: the whole collection, or what some filters leave of it.

use super::{
    incoming, one,
    refusal::Asked,
    schema,
    view::{self, View},
};
use crate::session::{self, Session};
use client::{CallOptions, Client};
use serde_json::Value as Json;
use tfplugin::{Attribute, Context, DataSource, Diagnostics, Nesting, Object, Schema, Value, async_trait};

/// The data source.
pub(crate) struct Many {
    view: View,
    type_name: String,
    plural: String,
    /// The most objects that are read where the configuration says nothing; `None` for all.
    most: Option<i64>,
}

impl Many {
    /// The data source of all objects of a noun.
    pub(crate) fn new(view: View) -> Self {
        let plural = view.plural();
        Self { type_name: format!("esu_{plural}"), plural, view, most: None }
    }

    /// This data source in the server's own order, no more than a number that the configuration may raise.
    pub(crate) fn newest(mut self, most: i64) -> Self {
        self.most = Some(most);
        self
    }

    fn asked(&self) -> Asked<'_> {
        Asked { type_name: &self.type_name, verb: "read", attributes: &self.view.filters, import_id: None }
    }

    async fn items(
        &self,
        client: &Client,
        query: &Json,
        most: Option<usize>,
        options: &CallOptions,
    ) -> Result<Vec<Json>, Diagnostics> {
        let most = most.unwrap_or(usize::MAX);
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = client.reader().list(&self.view.list, query, &cursor, options).await;
            let page = page.map_err(|error| self.asked().failed(&error))?;
            items.extend(page.items);
            match page.next_cursor {
                Some(next) if items.len() < most => cursor = next,
                _ => break,
            }
        }
        items.truncate(most);
        Ok(items)
    }

    /// The objects in the order of their codes, parents first.
    fn sorted(&self, mut objects: Vec<Object>) -> Vec<Object> {
        if self.most.is_none() {
            let names: Vec<&str> = self.view.key.iter().copied().chain(["id"]).collect();
            objects.sort_by(|left, right| {
                let pairs = names.iter().map(|name| left.get(name).cmp(right.get(name)));
                pairs.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
        }
        objects
    }
}

#[async_trait]
impl DataSource for Many {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn schema(&self) -> Schema {
        let order = if self.most.is_some() { "the newest first" } else { "in the order of their codes" };
        let description = format!("{}. Lists those that the token may see, {order}.", self.view.description);
        let listed = Attribute::nested(Nesting::List, one::element(&self.view))
            .computed()
            .description(format!("What was found, {order}."));
        let schema = schema::schema(description, &self.view.filters).attribute(&self.plural, listed);
        match self.most {
            Some(most) => schema.attribute(
                "limit",
                Attribute::number()
                    .default(most)
                    .validate(tfplugin::validator::range(1.into()..=MOST.into()))
                    .validate(tfplugin::validator::max_decimal_places(0))
                    .description(format!("How many are listed at most: 1 to {MOST}, {most} without it.")),
            ),
            None => schema,
        }
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let query = view::query(&self.view.filters, &config, client.partner());
        let most =
            self.most.and_then(|_| config.integer("limit")).and_then(|most| usize::try_from(most).ok());
        let items = self.items(client, &query, most, &session::options(context, None)).await?;
        let objects = items.iter().map(|item| incoming::object(&self.view.attributes, item));
        let objects = self.sorted(objects.collect::<Result<Vec<_>, _>>()?);
        let mut values = config;
        values.set(&self.plural, Value::List(objects.into_iter().map(Value::Object).collect()));
        Ok(values)
    }
}

/// The most that a configuration may ask for of what has no end.
const MOST: i64 = 10_000;
