//! Terraform's plugin protocol 6: a server, exact values, and a framework for providers.
//!
//! ```no_run
//! # use std::process::ExitCode;
//! # fn my_provider() -> impl tfplugin::Provider { struct P; #[tfplugin::async_trait] impl tfplugin::Provider for P {
//! # fn address(&self) -> &str { "example.com/my/provider" }
//! # fn schema(&self) -> tfplugin::Schema { tfplugin::Schema::new("") }
//! # async fn configure(&self, _: &tfplugin::Context, _: &tfplugin::Object) -> Result<tfplugin::ProviderData, tfplugin::Diagnostics> { Ok(tfplugin::ProviderData::new(())) } } P }
//! fn main() -> ExitCode {
//!     tfplugin::run(my_provider())
//! }
//! ```

mod clock;
pub mod diagnostics;
pub mod framework;
mod log;
mod planner;
mod proto;
mod rpc;
pub mod schema;
pub mod server;
pub mod value;

pub use async_trait::async_trait;
pub use tokio_util::sync::CancellationToken;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use framework::{
    Action, ActionHandler, ApplyError, Change, Context, Create, DataSource, EphemeralResource, Function,
    FunctionError, IdentityAttribute, IdentitySchema, ImportBy, ListItem, ListRequest, ListResource,
    ListResults, MoveSource, Opened, Parameter, Plan, Private, Progress, Provider, ProviderData, RawState,
    Renewed, Resource, Signature, State,
};
pub use schema::{Attribute, Nesting, Schema, validator};
pub use server::{ServeError, run, serve, serve_for_debugging};
pub use value::{Number, Object, Path, Step, Type, Value, ValueError};
