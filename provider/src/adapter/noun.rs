//! A noun of the API as everything in Terraform that is about it sees it: resource, data sources, lists.

use super::{
    import::{self, Reference},
    incoming,
    refusal::{self, Asked},
};
use client::{Answer, CallOptions, Client, ClientError, Key};
use schemas::{
    error::Alias,
    registry::ResourceInfo,
    tf::{self, Attribute},
};
use serde_json::Value as Json;
use std::sync::OnceLock;
use tfplugin::{Diagnostic, Diagnostics, IdentityAttribute, IdentitySchema, ImportBy, Object, Path};

/// The part of an import key that the provider's own setting fills in.
const PARTNER: &str = "partner";

/// A noun that Terraform manages.
pub(crate) struct Noun {
    /// What `schemas` says of it.
    pub(crate) info: ResourceInfo,
    /// `esu_<noun>`.
    pub(crate) type_name: String,
    attributes: OnceLock<Vec<Attribute>>,
    sent: OnceLock<Vec<String>>,
}

impl Noun {
    /// The noun that `schemas` describes.
    pub(crate) fn new(info: ResourceInfo) -> Self {
        let type_name = format!("esu_{}", info.noun);
        Self { info, type_name, attributes: OnceLock::new(), sent: OnceLock::new() }
    }

    /// The resource's attributes. They are read off the schemas on first use: the process starts several times in one
    /// plan.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        self.attributes.get_or_init(|| tf::resource_attributes(&self.info))
    }

    /// The attributes that an update sends.
    pub(crate) fn editable(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes().iter().filter(|attribute| !attribute.force_new && !attribute.immutable)
    }

    /// The attributes that a creation sends. A singleton's parents are in the path and the query instead.
    pub(crate) fn creatable(&self) -> impl Iterator<Item = &Attribute> {
        let sent = self.sent.get_or_init(|| {
            let body = (self.info.create.body)();
            let fields = body.get("properties").and_then(Json::as_object).into_iter().flatten();
            fields.map(|(name, _)| name.clone()).collect()
        });
        self.attributes().iter().filter(|attribute| sent.contains(&attribute.api_name))
    }

    /// Whether there is one of it for each parent.
    pub(crate) fn is_singleton(&self) -> bool {
        self.info.is_singleton()
    }

    /// What was asked for, for diagnostics.
    pub(crate) fn asked(&self, verb: &'static str) -> Asked<'_> {
        Asked { type_name: &self.type_name, verb, attributes: self.attributes(), import_id: None }
    }

    /// The same, of an object with these values.
    pub(crate) fn asked_of(&self, verb: &'static str, values: &Object) -> Asked<'_> {
        Asked { import_id: self.import_id(values), ..self.asked(verb) }
    }

    /// What imports the object with these values: its code with those of its parents that are known, or its id.
    pub(crate) fn import_id(&self, values: &Object) -> Option<String> {
        if self.info.key.is_empty() {
            return values.str("id").map(str::to_owned);
        }
        let known = self.info.key.iter().rev().map_while(|name| values.str(name));
        let mut parts: Vec<&str> = known.collect();
        parts.reverse();
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    /// The key of the object with these values, completed by the provider's partner.
    pub(crate) fn key_of(&self, values: &Object, client: &Client) -> Option<Key> {
        let (last, parents) = self.info.key.split_last()?;
        let known = parents.iter().filter_map(|noun| Some((*noun, values.str(noun)?)));
        let key = known.fold(Key::new(values.str(last)?), |key, (noun, code)| key.within(noun, code));
        Some(self.completed(key, client))
    }

    fn completed(&self, key: Key, client: &Client) -> Key {
        let parents = self.info.key.split_last().map_or(&[][..], |(_, parents)| parents);
        match client.partner() {
            Some(partner) if parents.contains(&PARTNER) && !key.parents.contains_key(PARTNER) => {
                key.within(PARTNER, partner)
            }
            _ => key,
        }
    }

    /// A body, with the provider's partner where the configuration names none and the code of the parent alone may be
    /// ambiguous.
    pub(crate) fn in_partner(&self, mut body: Json, client: &Client) -> Json {
        let takes_one =
            self.creatable().any(|attribute| attribute.api_name == PARTNER && !attribute.required);
        if let (true, Some(partner), Some(fields)) = (takes_one, client.partner(), body.as_object_mut()) {
            fields.entry(PARTNER).or_insert_with(|| partner.into());
        }
        body
    }

    /// The attributes of the identity: the id, and the codes of the key, none of which can change.
    pub(crate) fn identity(&self) -> IdentitySchema {
        let described = |name: &str| {
            let found = self.attributes().iter().find(|attribute| attribute.name == name);
            found.map(|attribute| attribute.description.clone()).unwrap_or_default()
        };
        let names = std::iter::once("id").chain(self.info.key.iter().copied());
        names.fold(IdentitySchema::new(), |schema, name| {
            schema.attribute(
                name,
                IdentityAttribute::string().optional_for_import().description(described(name)),
            )
        })
    }

    /// Finds the object that the user gave an id, a key or an identity of.
    ///
    /// # Errors
    /// There is none, several have the code, or it cannot be told.
    pub(crate) async fn import(
        &self,
        client: &Client,
        by: &ImportBy,
        options: &CallOptions,
    ) -> Result<Answer, Diagnostics> {
        match by {
            ImportBy::Id(named) => self.find(client, named, options).await,
            ImportBy::Identity(identity) => self.find_known(client, identity, options).await,
        }
    }

    /// Finds the object with the id, or else the key, that some values hold.
    ///
    /// # Errors
    /// There is none, several have the code, they name none, or it cannot be told.
    pub(crate) async fn find_known(
        &self,
        client: &Client,
        values: &Object,
        options: &CallOptions,
    ) -> Result<Answer, Diagnostics> {
        let reader = client.reader();
        let (found, named) = match (values.str("id"), self.key_of(values, client)) {
            (Some(id), _) => (reader.by_id(&self.info, id, options).await, id.to_owned()),
            (None, Some(key)) => {
                (reader.by_key(&self.info, &key, options).await, self.import_id(values).unwrap_or_default())
            }
            (None, None) => {
                let names: Vec<&str> = self.info.key.last().copied().into_iter().chain(["id"]).collect();
                return Err(Diagnostic::error(format!("No {} is named", self.type_name))
                    .detail(format!("Give {}.", names.join(" or ")))
                    .into());
            }
        };
        let answer = self.found(found, &named)?;
        let there = incoming::object(self.attributes(), &answer.body)?;
        let differs = |name: &&&str| values.str(name).is_some_and(|given| there.str(name) != Some(given));
        match self.info.key.iter().find(differs) {
            Some(name) => Err(import::not_found(&self.type_name, &named, self.info.key).at(*name).into()),
            None => Ok(answer),
        }
    }

    /// Finds the object that the user names.
    ///
    /// # Errors
    /// There is none, several have the code, or it cannot be told.
    pub(crate) async fn find(
        &self,
        client: &Client,
        named: &str,
        options: &CallOptions,
    ) -> Result<Answer, Diagnostics> {
        let key = self.info.key;
        let Some(reference) = Reference::parse(named, key) else {
            let detail = format!("Accepted are {}.", import::forms(key));
            return Err(Diagnostic::error(format!("\"{named}\" names no {}", self.type_name))
                .detail(detail)
                .into());
        };
        let reader = client.reader();
        let found = match reference {
            Reference::Id(id) => reader.by_id(&self.info, &id, options).await,
            Reference::Key(key) => reader.by_key(&self.info, &self.completed(key, client), options).await,
        };
        self.found(found, named)
    }

    /// The object that was found, or why there is none.
    pub(crate) fn found(
        &self,
        found: Result<Option<Answer>, ClientError>,
        named: &str,
    ) -> Result<Answer, Diagnostics> {
        match found {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(import::not_found(&self.type_name, named, self.info.key).into()),
            Err(error) if refusal::is_in_no_partner(&error) => {
                Err(import::not_found(&self.type_name, named, self.info.key).into())
            }
            Err(error) => {
                let mut diagnostics = self.asked("import").failed(&error);
                if error.has_alias(Alias::AmbiguousCode) {
                    let detail = format!("Accepted are {}.", import::forms(self.info.key));
                    diagnostics.error(Path::root(), format!("\"{named}\" is ambiguous"), detail);
                }
                Err(diagnostics)
            }
        }
    }
}
