//! What the scenarios know of each resource type: what it needs around it, and values for its attributes. A type of the
//! registry of which something is not known fails the tests that need it, with the place where to say it.

mod object;
mod slot;
mod surroundings;
mod values;

pub use object::{Object, expression, hcl, resolved};
pub use slot::Slot;

use schemas::{
    registry::{ResourceInfo, resources},
    tf::{self, Attribute},
};
use serde_json::{Map, Value as Json};

/// A resource type and what its scenarios need.
#[derive(Debug)]
pub struct Subject {
    /// The registry's own word.
    pub info: ResourceInfo,
    /// Its attributes, those of the provider alone left out.
    pub attributes: Vec<Attribute>,
}

impl Subject {
    /// Every resource type of the registry.
    pub fn all() -> Vec<Self> {
        let known = resources().into_iter();
        known.map(|info| Self { attributes: tf::resource_attributes(&info), info }).collect()
    }

    /// The type of this noun.
    pub fn of(noun: &str) -> Self {
        let found = Self::all().into_iter().find(|subject| subject.info.noun == noun);
        found.unwrap_or_else(|| panic!("the registry has no {noun}"))
    }

    /// Terraform's name of the type.
    pub fn type_name(&self) -> String {
        format!("esu_{}", self.info.noun)
    }

    /// Whether it is the only one of its parent, so that each object needs a parent of its own.
    pub fn is_singleton(&self) -> bool {
        self.info.create.method == self.info.replace.method
    }

    /// The objects that all objects of the type need, and that their values refer to.
    pub fn surroundings(&self, prefix: &str) -> Vec<Object> {
        surroundings::shared(&self.info, prefix)
    }

    /// The attributes that a configuration may set, those inside of elements and `timeouts` included.
    pub fn slots(&self) -> Vec<Slot> {
        slot::all(self.info.noun, &self.attributes)
    }

    /// The attribute that tells one object of the type from another, where the configuration chooses it.
    pub fn handle(&self) -> Option<&'static str> {
        let name = *self.info.key.last()?;
        (!is_parent(name)).then_some(name)
    }

    /// What the object named by `code` is called in its handle.
    pub fn name(&self, code: &str) -> String {
        if self.info.noun == "domain" { format!("{code}.example.org") } else { code.to_owned() }
    }

    /// An object: identity and required attributes, with some values of one's own in their place. Before it stand the
    /// objects that it alone needs.
    pub fn objects(&self, label: &str, code: &str, own: Vec<(String, Json)>) -> Vec<Object> {
        let mut objects = surroundings::own(&self.info, label, code);
        let mut values = Map::new();
        for attribute in self.attributes.iter().filter(|given| given.required) {
            let name = attribute.name.as_str();
            let value = if self.handle() == Some(name) {
                self.name(code).into()
            } else if is_parent(name) {
                format!("@{name}.home").into()
            } else {
                values::of(self.info.noun, name, attribute)[0].clone()
            };
            values.insert(attribute.name.clone(), value);
        }
        for (name, value) in own {
            if let Some((beside, needed)) = values::companion(self.info.noun, &name, &value)
                && (values::companion_replaces(self.info.noun, &name)
                    || values.get(beside).is_none_or(Json::is_null))
            {
                values.insert(beside.to_owned(), needed);
            }
            values.insert(name, value);
        }
        values::complete(self.info.noun, &mut values);
        let local = |value| localized(value, label, code, &objects);
        let values = values.into_iter().map(|(name, value)| (name, local(value))).collect();
        objects.push(Object { noun: self.info.noun, label: label.to_owned(), values });
        objects
    }

    /// A value as it is in the object of this label and code: with references to what it alone has around it.
    pub fn localized(&self, label: &str, code: &str, value: Json) -> Json {
        localized(value, label, code, &surroundings::own(&self.info, label, code))
    }

    /// What someone changes in an object of this label and code behind Terraform's back: the API's fields, and the
    /// attribute that they are in.
    pub fn outside(&self, label: &str, code: &str) -> (Json, &'static str) {
        let (fields, attribute) = values::outside(self.info.noun, &self.attributes);
        (self.localized(label, code, fields), attribute)
    }

    /// The blocks of such an object.
    pub fn block(&self, label: &str, code: &str, own: Vec<(String, Json)>) -> String {
        hcl(&self.objects(label, code, own))
    }

    /// What imports an object with these values: its key, or its id where it has none.
    pub fn import_id(info: &ResourceInfo, values: &Json) -> String {
        let part = |name: &&str| values[*name].as_str().unwrap_or_default().to_owned();
        if info.key.is_empty() {
            part(&"id")
        } else {
            info.key.iter().map(part).collect::<Vec<_>>().join("/")
        }
    }
}

/// Whether an attribute names the object that this one belongs to.
fn is_parent(name: &str) -> bool {
    matches!(name, "partner" | "client")
}

/// A value whose references point to the object's own surroundings, where it has some.
fn localized(value: Json, label: &str, code: &str, own: &[Object]) -> Json {
    let text = |text: String| {
        let mine = text.strip_prefix('@').and_then(|reference| {
            let (noun, name) = reference.split_once('.')?;
            let mine = format!("{label}_{name}");
            let has = own.iter().any(|object| object.noun == noun && object.label == mine);
            has.then(|| format!("@{noun}.{mine}"))
        });
        mine.unwrap_or_else(|| text.replace("<code>", code))
    };
    match value {
        Json::String(given) => text(given).into(),
        Json::Array(items) => items.into_iter().map(|item| localized(item, label, code, own)).collect(),
        Json::Object(fields) => {
            let fields =
                fields.into_iter().map(|(key, value)| (text(key), localized(value, label, code, own)));
            Json::Object(fields.collect())
        }
        other => other,
    }
}
