//! The calls about stored states: upgrades, and moves between types.

use super::{
    call::{Call, refused},
    identity,
    registry::Registry,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{MoveSource, RawState, Resource},
    proto::tfplugin6 as wire,
};

pub(super) async fn upgrade(
    registry: &Registry,
    request: wire::upgrade_resource_state::Request,
) -> wire::upgrade_resource_state::Response {
    type Response = wire::upgrade_resource_state::Response;
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = upgrade_state(&call, &*registered.item, &request).await;
    call.answer(outcome, Response::default())
}

/// State of the version of today is read as it is; attributes that were removed since are dropped.
async fn upgrade_state(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: &wire::upgrade_resource_state::Request,
) -> Result<(wire::upgrade_resource_state::Response, Diagnostics), Diagnostics> {
    let (stored, current) = (request.version, call.schema().version);
    let raw = read_stored("state", stored, current, request.raw_state.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let state = match raw.json() {
        json if json.is_null() => None,
        _ if stored == current => Some(raw.decode(&call.described.ty)?),
        _ => Some(resource.upgrade(&call.context, stored, raw).await?),
    };
    let state = state.map(|values| call.finish(values, &mut diagnostics));
    let upgraded_state = Some(call.write(state)?);
    Ok((wire::upgrade_resource_state::Response { upgraded_state, ..<_>::default() }, diagnostics))
}

/// Reads what is stored, as far as this provider may know its version.
pub(super) fn read_stored(
    what: &str,
    stored: i64,
    current: i64,
    raw: Option<&wire::RawState>,
) -> Result<RawState, Diagnostics> {
    if stored > current {
        let detail = format!(
            "The {what} has version {stored}, this provider knows {current}: a newer provider wrote it. Use that one."
        );
        return Err(unreadable(detail));
    }
    read_raw(what, raw)
}

fn read_raw(what: &str, raw: Option<&wire::RawState>) -> Result<RawState, Diagnostics> {
    let json = raw.map(|raw| &raw.json).filter(|json| !json.is_empty());
    let json = json.ok_or_else(|| unreadable(format!("The {what} is not JSON.")))?;
    let read = serde_json::from_slice(json);
    // The text of the error may quote the state.
    read.map(RawState::new).map_err(|_| unreadable(format!("The {what} is damaged JSON.")))
}

fn unreadable(detail: String) -> Diagnostics {
    Diagnostic::error("State cannot be read").detail(detail).into()
}

pub(super) async fn move_state(
    registry: &Registry,
    request: wire::move_resource_state::Request,
) -> wire::move_resource_state::Response {
    type Response = wire::move_resource_state::Response;
    let registered = match registry.resources.get(&request.target_type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = take_over(&call, &*registered.item, request).await;
    call.answer(outcome, Response::default())
}

async fn take_over(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: wire::move_resource_state::Request,
) -> Result<(wire::move_resource_state::Response, Diagnostics), Diagnostics> {
    let (from, to) = (request.source_type_name.clone(), request.target_type_name.clone());
    let identity = request.source_identity.as_ref().filter(|raw| !raw.json.is_empty());
    let source = MoveSource {
        state: read_raw("state", request.source_state.as_ref())?,
        identity: identity.map(|raw| read_raw("identity", Some(raw))).transpose()?,
        provider_address: request.source_provider_address,
        type_name: request.source_type_name,
        schema_version: request.source_schema_version,
        private: request.source_private.into(),
        identity_version: request.source_identity_schema_version,
    };
    let address = source.provider_address.clone();
    let state = resource.move_from(&call.context, source).await?.ok_or_else(|| {
        Diagnostic::error("Move is not supported")
            .detail(format!("A {to} cannot become of a {from} of {address}."))
    })?;
    let mut diagnostics = Diagnostics::new();
    let values = call.finish(state.values, &mut diagnostics);
    let identity = identity::settle(call, resource, None, &values, &mut diagnostics);
    let response = wire::move_resource_state::Response {
        target_state: Some(call.write(Some(values))?),
        target_private: state.private.to_bytes().into(),
        target_identity: identity::write(call.described.identity.as_ref(), identity)?,
        ..<_>::default()
    };
    Ok((response, diagnostics))
}
