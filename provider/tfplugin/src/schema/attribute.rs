//! One attribute: its type, who sets it, and what its changes mean.

use std::{collections::BTreeMap, sync::Arc};

use super::{Validator, object_type};
use crate::value::{Type, Value};

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// Tells whether two values mean the same, so that the spelling in state may stay.
pub type SemanticEquality = Arc<dyn Fn(&Value, &Value) -> bool + Send + Sync>;

/// How nested objects are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by key.
    Map,
}

/// What an attribute holds.
#[derive(Clone)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// Objects with attributes of their own.
    Nested(Nesting, Attributes),
}

/// Who gives the attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The configuration must.
    Required,
    /// The configuration may; else it is null.
    Optional,
    /// Only the provider.
    Computed,
    /// The configuration may; else the provider.
    OptionalComputed,
}

/// An attribute of a schema. Optional until told otherwise.
#[derive(Clone)]
pub struct Attribute {
    /// What it holds.
    pub shape: Shape,
    /// Who sets it.
    pub presence: Presence,
    /// Markdown.
    pub description: String,
    /// Why not to use it, when it is deprecated.
    pub deprecation: Option<String>,
    /// Not shown in plans.
    pub sensitive: bool,
    /// Never kept in plan or state.
    pub write_only: bool,
    /// A change replaces the resource.
    pub force_new: bool,
    /// A change is an error at plan time.
    pub immutable: bool,
    /// Computed anew whenever the object that holds it changes.
    pub volatile: bool,
    /// The value where the configuration has none.
    pub default: Option<Value>,
    /// What a known value must fulfil.
    pub validators: Vec<Arc<dyn Validator>>,
    /// Whether two values mean the same.
    pub semantic: Option<SemanticEquality>,
}

impl Attribute {
    /// An attribute of any type.
    #[must_use]
    pub fn of(ty: Type) -> Self {
        Self::shaped(Shape::Plain(ty))
    }

    /// A text.
    #[must_use]
    pub fn string() -> Self {
        Self::of(Type::String)
    }

    /// An exact number.
    #[must_use]
    pub fn number() -> Self {
        Self::of(Type::Number)
    }

    /// `true` or `false`.
    #[must_use]
    pub fn bool() -> Self {
        Self::of(Type::Bool)
    }

    /// A list of plain values.
    #[must_use]
    pub fn list(element: Type) -> Self {
        Self::of(Type::list(element))
    }

    /// A set of plain values.
    #[must_use]
    pub fn set(element: Type) -> Self {
        Self::of(Type::set(element))
    }

    /// A map of plain values.
    #[must_use]
    pub fn map(element: Type) -> Self {
        Self::of(Type::map(element))
    }

    /// Nested objects with attributes of their own.
    #[must_use]
    pub fn nested<N: Into<String>>(
        nesting: Nesting,
        attributes: impl IntoIterator<Item = (N, Self)>,
    ) -> Self {
        let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute));
        Self::shaped(Shape::Nested(nesting, attributes.collect()))
    }

    fn shaped(shape: Shape) -> Self {
        Self {
            shape,
            presence: Presence::Optional,
            description: String::new(),
            deprecation: None,
            sensitive: false,
            write_only: false,
            force_new: false,
            immutable: false,
            volatile: false,
            default: None,
            validators: Vec::new(),
            semantic: None,
        }
    }

    /// The configuration must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The configuration may set it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    /// Only the provider sets it.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.presence = Presence::Computed;
        self
    }

    /// The configuration may set it; else the provider does.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.presence = Presence::OptionalComputed;
        self
    }

    /// Describes it, in Markdown.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Deprecates it for the reason given.
    #[must_use]
    pub fn deprecated(mut self, reason: impl Into<String>) -> Self {
        self.deprecation = Some(reason.into());
        self
    }

    /// Hides it in plans.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Keeps it out of plan and state; handlers read it from the configuration.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Replaces the resource when it changes.
    #[must_use]
    pub fn force_new(mut self) -> Self {
        self.force_new = true;
        self
    }

    /// Refuses its change at plan time: neither update nor replacement.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    /// Makes it unknown in every plan that changes the object that holds it.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Gives it a value where the configuration has none. It is then optional and computed for Terraform.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.presence = Presence::OptionalComputed;
        self
    }

    /// Checks every known value.
    #[must_use]
    pub fn validate(mut self, validator: impl Validator + 'static) -> Self {
        self.validators.push(Arc::new(validator));
        self
    }

    /// Keeps the spelling in state when the new one means the same.
    #[must_use]
    pub fn semantic(mut self, equal: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static) -> Self {
        self.semantic = Some(Arc::new(equal));
        self
    }

    /// Whether the provider may set it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type of its values.
    #[must_use]
    pub fn value_type(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nesting, attributes) => {
                let object = object_type(attributes);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }
}
