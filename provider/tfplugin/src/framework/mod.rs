//! The traits that a provider implements, one for each kind of thing that Terraform knows.

mod context;
mod data_source;
mod function;
mod private;
mod provider;
mod resource;

pub use context::{Context, ProviderData};
pub use data_source::DataSource;
pub use function::{Function, FunctionError, Parameter, Signature};
pub use private::Private;
pub use provider::Provider;
pub use resource::{Action, ApplyError, Change, Create, Plan, Resource, State};
