//! What the provider holds, by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::registered::{Described, Known, Registered};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{
        ActionHandler, Context, DataSource, EphemeralResource, Function, ListResource, Provider,
        ProviderData, Resource, Signature,
    },
    schema::SchemaFault,
    value::Path,
};

/// The things of one kind, by name.
pub(crate) struct Table<T: ?Sized, D = Described> {
    kind: &'static str,
    items: BTreeMap<String, Registered<T, D>>,
}

impl<T: ?Sized, D> Table<T, D> {
    fn new(items: Vec<Arc<T>>) -> Self
    where
        T: Known<Description = D>,
    {
        let items = items.into_iter().map(|it| (it.name().to_owned(), Registered::new(it)));
        Self { kind: T::KIND, items: items.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Registered<T, D>, Diagnostics> {
        self.items.get(name).ok_or_else(|| {
            let kind = self.kind;
            Diagnostic::error(format!("Unknown {kind}"))
                .detail(format!("This provider has no {kind} {name:?}."))
                .into()
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.items.keys()
    }

    pub(crate) fn described(&self) -> impl Iterator<Item = (&String, &D)> {
        self.items.iter().map(|(name, it)| (name, it.described()))
    }
}

/// The provider with all its parts.
pub(crate) struct Registry {
    pub(crate) provider: Box<dyn Provider>,
    schema: OnceLock<Described>,
    pub(crate) resources: Table<dyn Resource>,
    pub(crate) data_sources: Table<dyn DataSource>,
    pub(crate) ephemeral_resources: Table<dyn EphemeralResource>,
    pub(crate) list_resources: Table<dyn ListResource>,
    pub(crate) actions: Table<dyn ActionHandler>,
    pub(crate) functions: Table<dyn Function, Signature>,
    data: RwLock<Option<ProviderData>>,
    end: CancellationToken,
    stopped: RwLock<CancellationToken>,
}

impl Registry {
    /// All parts of a provider whose handlers stop, at the latest, with `end`.
    pub(crate) fn new(provider: impl Provider, end: CancellationToken) -> Self {
        Self {
            resources: Table::new(provider.resources()),
            data_sources: Table::new(provider.data_sources()),
            ephemeral_resources: Table::new(provider.ephemeral_resources()),
            list_resources: Table::new(provider.list_resources()),
            actions: Table::new(provider.actions()),
            functions: Table::new(provider.functions()),
            provider: Box::new(provider),
            schema: OnceLock::new(),
            data: RwLock::default(),
            stopped: RwLock::new(end.child_token()),
            end,
        }
    }

    /// The description of the `provider` block.
    pub(crate) fn described(&self) -> &Described {
        self.schema.get_or_init(|| self.provider.schema().into())
    }

    /// A context for one call.
    pub(crate) fn context(&self) -> Context {
        self.context_until(self.stopped())
    }

    /// A context for one call, which is cancelled when the guard goes too.
    pub(crate) fn guarded_context(&self) -> (Context, DropGuard) {
        let cancellation = self.stopped().child_token();
        (self.context_until(cancellation.clone()), cancellation.drop_guard())
    }

    fn context_until(&self, cancellation: CancellationToken) -> Context {
        Context::new(cancellation, self.data.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn stopped(&self) -> CancellationToken {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what the provider made of its configuration. A run that was stopped is over with it: a provider that
    /// serves several of them goes on.
    pub(crate) fn set_data(&self, data: ProviderData) {
        let mut stopped = self.stopped.write().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_cancelled() {
            *stopped = self.end.child_token();
        }
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = Some(data);
    }

    /// Tells every handler to stop.
    pub(crate) fn stop(&self) {
        self.stopped().cancel();
    }

    /// The faults of all schemas, under the names of what they describe.
    pub(crate) fn faults(&self) -> Vec<(String, SchemaFault)> {
        let named = |(name, it): (&String, &Described)| (name.clone(), it.schema.faults());
        let all = std::iter::once(("provider".to_owned(), self.described().schema.faults()))
            .chain(self.resources.described().map(named))
            .chain(self.data_sources.described().map(named))
            .chain(self.ephemeral_resources.described().map(named))
            .chain(self.list_resources.described().map(named))
            .chain(self.actions.described().map(named));
        let mut faults: Vec<_> = all
            .flat_map(|(name, faults)| faults.into_iter().map(move |fault| (name.clone(), fault)))
            .collect();
        faults.extend(self.list_faults());
        faults
    }

    fn list_faults(&self) -> impl Iterator<Item = (String, SchemaFault)> {
        let lists = self.list_resources.names();
        let without_identity = lists.filter(|name| {
            self.resources.get(name).ok().is_none_or(|resource| resource.described().identity.is_none())
        });
        without_identity.map(|name| {
            let message = "a list resource needs a managed resource of its name that has an identity";
            (name.clone(), SchemaFault { path: Path::root(), message: message.to_owned() })
        })
    }
}
