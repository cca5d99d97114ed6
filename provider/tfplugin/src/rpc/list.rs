//! The calls about list resources.

use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::{
    call::{Call, refused},
    identity,
    registry::Registry,
    stream::Source,
    value_message::{write_diagnostics, write_object},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{Context, ListItem, ListRequest, ListResults},
    planner,
    proto::tfplugin6 as wire,
    value::{Object, Type, Value},
};

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_list_resource_config::Request,
) -> wire::validate_list_resource_config::Response {
    type Response = wire::validate_list_resource_config::Response;
    let registered = match registry.list_resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let config = call.read(request.config.as_ref())?.unwrap_or_default();
        let mut diagnostics = planner::validate(call.schema(), &config, true);
        diagnostics.extend(registered.item.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

/// One listing.
pub(super) struct Listing(pub(super) wire::list_resource::Request);

impl Source for Listing {
    type Item = ListItem;
    type Event = wire::list_resource::Event;

    fn run<'a>(
        &'a self,
        registry: &'a Registry,
        context: &'a Context,
        items: mpsc::Sender<ListItem>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move {
            let registered = registry.list_resources.get(&self.0.type_name)?;
            let call = Call::new(registry, registered.described());
            let mut config = call.read(self.0.config.as_ref())?.unwrap_or_default();
            planner::fill_defaults(&call.schema().attributes, &mut config);
            let limit = u64::try_from(self.0.limit).unwrap_or(0);
            let request = ListRequest { config, include_resource: self.0.include_resource_object, limit };
            registered.item.list(context, request, &mut ListResults::new(items, limit)).await
        })
    }

    fn event(&self, registry: &Registry, item: ListItem) -> Result<Self::Event, Diagnostics> {
        let managed = registry.resources.get(&self.0.type_name)?.described();
        let ListItem { identity, display_name, resource, mut diagnostics } = item;
        let described = managed.identity.as_ref();
        let lacking = described.and_then(|described| described.schema.lacking(&identity).next());
        if let Some(lacking) = lacking.filter(|_| !diagnostics.has_errors()) {
            diagnostics.push(Diagnostic::error("Incomplete identity").detail(format!(
                "The provider listed a {} without {lacking} in its identity. This is a fault of the provider.",
                self.0.type_name
            )));
        }
        let resource = resource.filter(|_| self.0.include_resource_object).map(|mut resource| {
            planner::clear_write_only(&managed.schema.attributes, &mut resource);
            write_object(Some(known(resource)), &managed.ty)
        });
        Ok(wire::list_resource::Event {
            identity: identity::write(described, Some(identity))?,
            display_name,
            resource_object: resource.transpose()?,
            diagnostic: write_diagnostics(diagnostics, None),
        })
    }

    fn last(&self, diagnostics: Vec<wire::Diagnostic>) -> Option<Self::Event> {
        let said = !diagnostics.is_empty();
        said.then(|| wire::list_resource::Event { diagnostic: diagnostics, ..<_>::default() })
    }

    fn ty<'a>(&self, registry: &'a Registry) -> Option<&'a Type> {
        registry.list_resources.get(&self.0.type_name).ok().map(|it| &it.described().ty)
    }
}

/// A listed resource is as it was read: what nobody knows is null.
fn known(resource: Object) -> Object {
    let mut value = Value::Object(resource);
    planner::settle_unknowns(&mut value);
    if let Value::Object(resource) = value { resource } else { Object::new() }
}
