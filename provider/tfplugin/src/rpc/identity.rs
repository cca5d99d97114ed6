//! The calls about identities, and what holds of every identity that is answered.

use super::{
    call::{Call, refused},
    registered::DescribedIdentity,
    registry::Registry,
    stored::read_stored,
    value_message::{read_object, write_object},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{IdentitySchema, Resource},
    proto::tfplugin6 as wire,
    value::Object,
};

pub(super) fn schemas(registry: &Registry) -> wire::get_resource_identity_schemas::Response {
    let with_identity = registry.resources.described().filter_map(|(name, described)| {
        let identity = described.identity.as_ref()?;
        Some((name.clone(), write_identity_schema(&identity.schema)))
    });
    wire::get_resource_identity_schemas::Response {
        identity_schemas: with_identity.collect(),
        diagnostics: Vec::new(),
    }
}

fn write_identity_schema(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attributes = schema.attributes.iter();
    let attributes = attributes.map(|(name, it)| wire::resource_identity_schema::IdentityAttribute {
        name: name.clone(),
        r#type: it.ty.to_json().to_string().into_bytes().into(),
        required_for_import: it.required_for_import,
        optional_for_import: !it.required_for_import,
        description: it.description.clone(),
    });
    wire::ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() }
}

pub(super) async fn upgrade(
    registry: &Registry,
    request: wire::upgrade_resource_identity::Request,
) -> wire::upgrade_resource_identity::Response {
    type Response = wire::upgrade_resource_identity::Response;
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let identity = call.described.identity.as_ref().ok_or_else(|| {
            Diagnostic::error("No identity").detail(format!("{} has no identity.", request.type_name))
        })?;
        let (stored, current) = (request.version, identity.schema.version);
        let raw = read_stored("identity", stored, current, request.raw_identity.as_ref())?;
        let upgraded = if stored == current {
            raw.decode(&identity.ty)?
        } else {
            registered.item.upgrade_identity(&call.context, stored, raw).await?
        };
        let upgraded_identity = write(Some(identity), Some(upgraded))?;
        Ok((Response { upgraded_identity, ..Response::default() }, Diagnostics::new()))
    };
    call.answer(outcome.await, Response::default())
}

/// Reads an identity; `None` when there is none.
pub(super) fn read(
    described: Option<&DescribedIdentity>,
    message: Option<&wire::ResourceIdentityData>,
) -> Result<Option<Object>, Diagnostics> {
    let Some(described) = described else { return Ok(None) };
    Ok(read_object(message.and_then(|message| message.identity_data.as_ref()), &described.ty)?)
}

/// Writes an identity.
pub(super) fn write(
    described: Option<&DescribedIdentity>,
    identity: Option<Object>,
) -> Result<Option<wire::ResourceIdentityData>, Diagnostics> {
    let (Some(described), Some(identity)) = (described, identity) else { return Ok(None) };
    let identity_data = Some(write_object(Some(identity), &described.ty)?);
    Ok(Some(wire::ResourceIdentityData { identity_data }))
}

/// The identity after a call, given the one before. One that is incomplete or another than before is the provider's
/// fault; then the one before holds.
pub(super) fn settle(
    call: &Call<'_>,
    resource: &dyn Resource,
    prior: Option<Object>,
    values: &Object,
    diagnostics: &mut Diagnostics,
) -> Option<Object> {
    let described = call.described.identity.as_ref()?;
    let identity = resource.identity(values);
    let type_name = resource.type_name();
    if let Some(lacking) = described.schema.lacking(&identity).next() {
        // After a failure it may not be known yet.
        if prior.is_none() && !diagnostics.has_errors() {
            diagnostics.push(Diagnostic::error("Incomplete identity").detail(format!(
                "The provider gave the {type_name} no {lacking} in its identity. This is a fault of the provider."
            )));
        }
        return prior;
    }
    let Some(prior) = prior else { return Some(identity) };
    let mut names = described.schema.names();
    let Some(changed) =
        names.find(|name| !prior.get(name).is_null() && prior.get(name) != identity.get(name))
    else {
        return Some(identity);
    };
    if !diagnostics.has_errors() {
        diagnostics.push(Diagnostic::error("Changed identity").detail(format!(
            "The provider gave the {type_name} another {changed} in its identity than it had before: it would be \
             another thing now. This is a fault of the provider."
        )));
    }
    Some(prior)
}
