//! The traits that a provider implements, one for each kind of thing that Terraform knows.

mod action;
mod context;
mod data_source;
mod ephemeral;
mod function;
mod identity;
mod list;
mod plan;
mod private;
mod provider;
mod resource;
mod stored;

pub use action::{ActionHandler, Progress};
pub use context::{Context, ProviderData};
pub use data_source::DataSource;
pub use ephemeral::{EphemeralResource, Opened, Renewed};
pub use function::{Function, FunctionError, Parameter, Signature};
pub use identity::{IdentityAttribute, IdentitySchema, ImportBy};
pub use list::{ListItem, ListRequest, ListResource, ListResults};
pub use plan::{Action, Plan};
pub use private::Private;
pub use provider::Provider;
pub use resource::{ApplyError, Change, Create, Resource, State};
pub use stored::{MoveSource, RawState};
