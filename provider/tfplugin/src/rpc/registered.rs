//! One thing that the provider knows, and its description once it was asked for.

use std::sync::{Arc, OnceLock};

use crate::{
    framework::{
        ActionHandler, DataSource, EphemeralResource, Function, IdentitySchema, ListResource, Resource,
        Signature,
    },
    schema::Schema,
    value::Type,
};

/// A schema with the type that it implies.
pub(crate) struct Described {
    pub(crate) schema: Schema,
    pub(crate) ty: Type,
    pub(crate) identity: Option<DescribedIdentity>,
}

/// The schema of an identity with the type that it implies.
pub(crate) struct DescribedIdentity {
    pub(crate) schema: IdentitySchema,
    pub(crate) ty: Type,
}

impl From<Schema> for Described {
    fn from(schema: Schema) -> Self {
        Self { ty: schema.object_type(), schema, identity: None }
    }
}

impl From<IdentitySchema> for DescribedIdentity {
    fn from(schema: IdentitySchema) -> Self {
        Self { ty: schema.object_type(), schema }
    }
}

/// A kind of thing that is known by its name.
pub(crate) trait Known {
    /// What the kind is called in messages.
    const KIND: &'static str;
    /// What describes it.
    type Description;

    fn name(&self) -> &str;
    fn describe(&self) -> Self::Description;
}

macro_rules! known {
    ($($kind:ident, $words:literal;)*) => {
        $(impl Known for dyn $kind {
            const KIND: &'static str = $words;
            type Description = Described;

            fn name(&self) -> &str {
                self.type_name()
            }

            fn describe(&self) -> Described {
                self.schema().into()
            }
        })*
    };
}

known! {
    DataSource, "data source";
    EphemeralResource, "ephemeral resource";
    ListResource, "list resource";
    ActionHandler, "action";
}

impl Known for dyn Resource {
    const KIND: &'static str = "resource";
    type Description = Described;

    fn name(&self) -> &str {
        self.type_name()
    }

    fn describe(&self) -> Described {
        Described { identity: self.identity_schema().map(Into::into), ..self.schema().into() }
    }
}

impl Known for dyn Function {
    const KIND: &'static str = "function";
    type Description = Signature;

    fn name(&self) -> &str {
        Function::name(self)
    }

    fn describe(&self) -> Signature {
        self.signature()
    }
}

/// One thing, described when it is first needed: the process starts several times in one plan.
pub(crate) struct Registered<T: ?Sized, D = Described> {
    pub(crate) item: Arc<T>,
    description: OnceLock<D>,
    describe: fn(&T) -> D,
}

impl<T: ?Sized, D> Registered<T, D> {
    pub(crate) fn new(item: Arc<T>) -> Self
    where
        T: Known<Description = D>,
    {
        Self { item, description: OnceLock::new(), describe: T::describe }
    }

    pub(crate) fn described(&self) -> &D {
        self.description.get_or_init(|| (self.describe)(&self.item))
    }
}
