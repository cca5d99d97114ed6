//! What can be looked up of a noun: everything that the API shows, none of it settable.

use schemas::{
    registry::{EndpointInfo, ResourceInfo},
    tf::{self, Attribute},
};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tfplugin::Value;

/// The fields of a list's query that are about paging, or are another's older name.
const PAGING: [&str; 5] = ["page", "limit", "sort", "cursor", "name"];

/// A noun as data sources and lists show it.
pub(crate) struct View {
    /// The noun.
    pub(crate) noun: &'static str,
    /// What it is, for the reference.
    pub(crate) description: String,
    /// The attributes that name one object, the parents first; the last stands for the object itself.
    pub(crate) key: &'static [&'static str],
    /// Everything that is known of an object.
    pub(crate) attributes: Vec<Attribute>,
    /// What a list may be narrowed down by.
    pub(crate) filters: Vec<Attribute>,
    /// Lists the collection.
    pub(crate) list: EndpointInfo,
    /// Reads one.
    pub(crate) read: Option<EndpointInfo>,
}

impl View {
    /// A noun that Terraform manages: the resource's attributes, secrets aside, and what others move.
    pub(crate) fn managed(info: &ResourceInfo) -> Self {
        let mut attributes = tf::resource_attributes(info);
        attributes.retain(|attribute| !attribute.write_only);
        tf::only_computed(&mut attributes);
        let description = first_sentence(&(info.description)()).to_owned();
        let shown = (info.read.answer)();
        Self::new(
            info.noun,
            description,
            info.key,
            attributes,
            &shown,
            info.list.clone(),
            Some(info.read.clone()),
        )
    }

    /// A noun that nobody creates.
    pub(crate) fn read_only(
        noun: &'static str,
        description: &str,
        key: &'static [&'static str],
        shown: &Json,
        list: EndpointInfo,
        read: Option<EndpointInfo>,
    ) -> Self {
        // What names an object is a code, though the view may nest a reference under the same name.
        let is_nested = |name: &&&str| {
            let found = tf::answer_attributes(shown).into_iter().find(|attribute| attribute.name == **name);
            found.is_some_and(|attribute| matches!(attribute.field.kind, tf::Type::Object(_)))
        };
        let codes = key.iter().filter(is_nested).map(|name| {
            let described = format!("Code of the {name}.");
            tf::computed(name, &format!("/{name}/code"), &described)
        });
        Self::new(noun, description.to_owned(), key, codes.collect(), shown, list, read)
    }

    fn new(
        noun: &'static str,
        description: String,
        key: &'static [&'static str],
        mut attributes: Vec<Attribute>,
        shown: &Json,
        list: EndpointInfo,
        read: Option<EndpointInfo>,
    ) -> Self {
        let is_known = |attributes: &[Attribute], found: &Attribute| {
            attributes.iter().any(|known| {
                known.name == found.name || known.api_name == found.api_name || known.path == found.path
            })
        };
        for found in tf::answer_attributes(shown) {
            if !is_known(&attributes, &found) {
                attributes.push(found);
            }
        }
        let filters = filters(&(list.query)(), shown);
        Self { noun, description, key, attributes, filters, list, read }
    }

    /// The noun of many.
    pub(crate) fn plural(&self) -> String {
        if self.noun.ends_with("ss") { format!("{}es", self.noun) } else { format!("{}s", self.noun) }
    }

    /// Whether the noun is the same for one and for many, as that of what there is one of for each parent.
    pub(crate) fn is_plural(&self) -> bool {
        self.noun.ends_with('s') && !self.noun.ends_with("ss")
    }
}

fn filters(query: &Json, shown: &Json) -> Vec<Attribute> {
    let mut filters = tf::object_attributes(query);
    let is_shared = filters.iter().any(|filter| filter.name == "q");
    filters.retain(|filter| {
        // The query that most lists share names parents that not every noun has.
        let is_parent = is_shared && matches!(filter.name.as_str(), "partner" | "client");
        let has_it = shown.pointer(&format!("/properties/{}", filter.name)).is_some();
        !PAGING.contains(&filter.name.as_str()) && (has_it || !is_parent)
    });
    for filter in filters.iter_mut().filter(|filter| filter.name == "partner") {
        filter.description.push_str("; without it, the provider's `partner`.");
        filter.description = filter.description.replace(".;", ";");
    }
    filters
}

/// The query that some filters make.
pub(crate) fn query(filters: &[Attribute], given: &tfplugin::Object, partner: Option<&str>) -> Json {
    let mut query = serde_json::Map::new();
    for filter in filters {
        match (given.get(&filter.name), partner) {
            (Value::Null, Some(partner)) if filter.name == "partner" => {
                query.insert(filter.api_name.clone(), partner.into());
            }
            (value, _) => {
                if let Some(json) = super::outgoing::value(&filter.field, value) {
                    query.insert(filter.api_name.clone(), json);
                }
            }
        }
    }
    Json::Object(query)
}

/// The first sentence of a description.
pub(crate) fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text.trim_end_matches('.'), |(first, _)| first)
}

/// Attributes of Terraform by name, each made of its neutral form.
pub(crate) fn made(attributes: &[Attribute]) -> BTreeMap<String, tfplugin::Attribute> {
    let made = attributes.iter().map(|source| (source.name.clone(), super::schema::attribute(source)));
    made.collect()
}
