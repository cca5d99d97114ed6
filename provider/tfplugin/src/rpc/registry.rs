//! What the provider holds, by name. Schemas are built when they are first needed.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use tokio_util::sync::CancellationToken;

use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{Context, DataSource, Function, Provider, ProviderData, Resource, Signature},
    schema::{Schema, SchemaFault},
    value::Type,
};

/// A schema with the type that it implies.
pub(crate) struct Described {
    pub(crate) schema: Schema,
    pub(crate) ty: Type,
}

impl From<Schema> for Described {
    fn from(schema: Schema) -> Self {
        Self { ty: schema.object_type(), schema }
    }
}

/// One thing that the provider knows, and its description once it was asked for.
pub(crate) struct Registered<T: ?Sized, D> {
    pub(crate) item: Arc<T>,
    description: OnceLock<D>,
}

impl<T: ?Sized, D> Registered<T, D> {
    fn new(item: Arc<T>) -> Self {
        Self { item, description: OnceLock::new() }
    }
}

impl Registered<dyn Resource, Described> {
    pub(crate) fn described(&self) -> &Described {
        self.description.get_or_init(|| self.item.schema().into())
    }
}

impl Registered<dyn DataSource, Described> {
    pub(crate) fn described(&self) -> &Described {
        self.description.get_or_init(|| self.item.schema().into())
    }
}

impl Registered<dyn Function, Signature> {
    pub(crate) fn signature(&self) -> &Signature {
        self.description.get_or_init(|| self.item.signature())
    }
}

/// The provider with all its parts.
pub(crate) struct Registry {
    pub(crate) provider: Box<dyn Provider>,
    schema: OnceLock<Described>,
    pub(crate) resources: BTreeMap<String, Registered<dyn Resource, Described>>,
    pub(crate) data_sources: BTreeMap<String, Registered<dyn DataSource, Described>>,
    pub(crate) functions: BTreeMap<String, Registered<dyn Function, Signature>>,
    data: RwLock<Option<ProviderData>>,
    cancellation: CancellationToken,
}

impl Registry {
    pub(crate) fn new(provider: impl Provider, cancellation: CancellationToken) -> Self {
        let resources = provider.resources().into_iter();
        let data_sources = provider.data_sources().into_iter();
        let functions = provider.functions().into_iter();
        Self {
            resources: resources.map(|it| (it.type_name().to_owned(), Registered::new(it))).collect(),
            data_sources: data_sources.map(|it| (it.type_name().to_owned(), Registered::new(it))).collect(),
            functions: functions.map(|it| (it.name().to_owned(), Registered::new(it))).collect(),
            provider: Box::new(provider),
            schema: OnceLock::new(),
            data: RwLock::default(),
            cancellation,
        }
    }

    /// The description of the `provider` block.
    pub(crate) fn described(&self) -> &Described {
        self.schema.get_or_init(|| self.provider.schema().into())
    }

    pub(crate) fn resource(&self, name: &str) -> Result<&Registered<dyn Resource, Described>, Diagnostics> {
        self.resources.get(name).ok_or_else(|| unknown_name("resource", name))
    }

    pub(crate) fn data_source(
        &self,
        name: &str,
    ) -> Result<&Registered<dyn DataSource, Described>, Diagnostics> {
        self.data_sources.get(name).ok_or_else(|| unknown_name("data source", name))
    }

    /// A context for one call.
    pub(crate) fn context(&self) -> Context {
        let data = self.data.read().unwrap_or_else(PoisonError::into_inner).clone();
        Context::new(self.cancellation.clone(), data)
    }

    pub(crate) fn set_data(&self, data: ProviderData) {
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = Some(data);
    }

    /// Tells every handler to stop.
    pub(crate) fn stop(&self) {
        self.cancellation.cancel();
    }

    /// The faults of all schemas, under the names of what they describe.
    pub(crate) fn faults(&self) -> Vec<(String, SchemaFault)> {
        let resources = self.resources.iter().map(|(name, it)| (name.as_str(), it.described()));
        let data_sources = self.data_sources.iter().map(|(name, it)| (name.as_str(), it.described()));
        let all = std::iter::once(("provider", self.described())).chain(resources).chain(data_sources);
        all.flat_map(|(name, described)| {
            described.schema.faults().into_iter().map(|fault| (name.to_owned(), fault))
        })
        .collect()
    }
}

fn unknown_name(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(format!("Unknown {kind}"))
        .detail(format!("This provider has no {kind} {name:?}."))
        .into()
}
