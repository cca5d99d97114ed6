//! The data source of one object: found by id or by key, shown as a whole.

use super::{
    import, incoming,
    refusal::{self, Asked},
    schema,
    view::{self, View},
};
use crate::session::{self, Session};
use client::{CallOptions, Client, ClientError};
use schemas::registry::EndpointInfo;
use serde_json::{Map, Value as Json, json};
use tfplugin::{
    Attribute, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, async_trait, schema::Presence,
};

/// The data source.
pub(crate) struct One {
    view: View,
    read: EndpointInfo,
    type_name: String,
}

impl One {
    /// The data source of a noun; `None` for one that cannot be read by itself.
    pub(crate) fn new(view: View) -> Option<Self> {
        let read = view.read.clone()?;
        Some(Self { type_name: format!("esu_{}", view.noun), read, view })
    }

    fn asked(&self) -> Asked<'_> {
        Asked { type_name: &self.type_name, verb: "read", attributes: &self.view.attributes, import_id: None }
    }

    /// What names an object: its id, or its code with those of its parents.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once("id").chain(self.view.key.iter().copied())
    }

    async fn find(
        &self,
        client: &Client,
        config: &Object,
        options: &CallOptions,
    ) -> Result<Json, Diagnostics> {
        let (params, query) = match (config.str("id"), self.view.key.split_last()) {
            (Some(id), _) => (json!({ "id": id }), Json::Null),
            (None, Some((last, parents))) => {
                let code = config.require_str(last)?;
                (json!({ "id": code }), within(parents, config, client))
            }
            (None, None) => (json!({ "id": config.require_str("id")? }), Json::Null),
        };
        match client.send(&self.read, &params, &query, None, options).await {
            Ok(answer) => Ok(answer.body),
            Err(error) if error.is_not_found() || refusal::is_in_no_partner(&error) => {
                Err(self.not_found(config).into())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &ClientError) -> Diagnostics {
        self.asked().failed(error)
    }

    fn not_found(&self, config: &Object) -> Diagnostic {
        let given: Vec<&str> = match config.str("id") {
            Some(id) => vec![id],
            None => self.view.key.iter().filter_map(|name| config.str(name)).collect(),
        };
        let place = if config.str("id").is_some() { Some("id") } else { self.view.key.last().copied() };
        let found = import::not_found(&self.type_name, &given.join("/"), self.view.key)
            .detail("The server has none, or the token may not see it.");
        found.at(place.unwrap_or("id"))
    }
}

fn within(parents: &[&str], config: &Object, client: &Client) -> Json {
    let code = |noun: &str| {
        let default = if noun == "partner" { client.partner() } else { None };
        config.str(noun).or(default).map(Json::from)
    };
    parents.iter().filter_map(|noun| Some(((*noun).to_owned(), code(noun)?))).collect::<Map<_, _>>().into()
}

#[async_trait]
impl DataSource for One {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn schema(&self) -> Schema {
        let by = if self.view.key.is_empty() {
            "its id".to_owned()
        } else {
            format!("`{}`, or its id", self.view.key.join("`, `"))
        };
        let description = format!("{}. Finds one by {by}.", self.view.description);
        let mut schema = schema::schema(description, &self.view.attributes);
        for name in self.names() {
            let missing = || Attribute::string().description("Code of the client.");
            let attribute = schema.attributes.entry(name.to_owned()).or_insert_with(missing);
            attribute.presence = match attribute.presence {
                Presence::Computed => Presence::OptionalComputed,
                presence => presence,
            };
            if self.view.key.is_empty() {
                attribute.presence = Presence::Required;
            }
        }
        schema
    }

    async fn validate(&self, _context: &Context, config: &Object) -> Diagnostics {
        let last = self.view.key.last().copied().unwrap_or("id");
        let is_named = ["id", last].iter().any(|name| !config.get(name).is_null());
        if is_named {
            return Diagnostics::new();
        }
        Diagnostic::error(format!("No {} is named", self.type_name))
            .detail(format!("Give {last} or id."))
            .into()
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let shown = self.find(client, &config, &session::options(context, None)).await?;
        let mut values = incoming::object(&self.view.attributes, &shown)?;
        for name in self.names() {
            let given = config.get(name);
            if given.is_null() {
                continue;
            }
            // An object with the id whose code is another is not the one that is meant.
            if !values.get(name).is_null() && values.get(name) != given {
                return Err(self.not_found(&config).at(name).into());
            }
            values.set(name, given.clone());
        }
        Ok(values)
    }
}

/// The attributes of Terraform that a noun's data source has, for its plural.
pub(crate) fn element(view: &View) -> impl Iterator<Item = (String, Attribute)> {
    view::made(&view.attributes).into_iter()
}
