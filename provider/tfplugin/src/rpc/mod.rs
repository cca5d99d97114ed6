//! The protocol's calls, each answered by the framework.

mod answer;
mod call;
mod data_source;
mod function;
mod plan;
mod provider;
mod registry;
mod resource;
mod schema_message;
mod service;
mod value_message;

pub(crate) use registry::Registry;
pub(crate) use service::Service;

#[cfg(test)]
mod service_test;
