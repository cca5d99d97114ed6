//! The protocol's calls, each answered by the framework.

mod action;
mod answer;
mod call;
mod data_source;
mod ephemeral;
mod function;
mod identity;
mod import;
mod list;
mod plan;
mod provider;
mod registered;
mod registry;
mod resource;
mod schema_message;
mod service;
mod stored;
mod stream;
mod trace;
mod value_message;

pub(crate) use registry::Registry;
pub(crate) use service::Service;

#[cfg(test)]
mod feature_test;
#[cfg(test)]
mod service_test;
