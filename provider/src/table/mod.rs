//! A table of clients, as spreadsheets save it: read into values, and brought up to date with what holds.

mod cell;
mod hold;
mod read;

pub(crate) use hold::Held;
pub(crate) use read::{Faults, read};
use schemas::{
    registry::resource_info,
    resource::client::Client,
    tf::{self, Attribute},
};
use std::collections::BTreeMap;
use tfplugin::Value;

/// The clients of a table by code, with defaults filled in; what it leaves to the server is unknown.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn read_whole(text: &str, attributes: &[Attribute]) -> Result<BTreeMap<String, Value>, Faults> {
    let mut clients = read(text, attributes)?;
    clients.values_mut().for_each(|client| cell::fill(attributes, client));
    Ok(clients)
}

/// The attributes that a table may give: what may change in a client. Its partner is the table's, its code the key.
pub(crate) fn columns() -> Vec<Attribute> {
    let mut attributes = tf::resource_attributes(&resource_info::<Client>());
    attributes.retain(|attribute| {
        let is_settable = attribute.required || attribute.optional;
        is_settable && !attribute.force_new && !attribute.immutable && !attribute.write_only
    });
    attributes
}
