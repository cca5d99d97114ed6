//! The actions, one file each.

mod clone_plan;
mod collect_now;
mod resend_invitation;

use crate::{
    adapter::refusal::Asked,
    session::{self, Session},
};
use client::{CallOptions, Client, ClientError};
use schemas::{endpoint::Endpoint, tf::Attribute};
use std::sync::Arc;
use tfplugin::{ActionHandler, Context, Diagnostic, Diagnostics};

/// Every action.
pub(crate) fn all() -> Vec<Arc<dyn ActionHandler>> {
    vec![
        Arc::new(clone_plan::ClonePlan),
        Arc::new(collect_now::CollectNow),
        Arc::new(resend_invitation::Resend),
    ]
}

/// An action that is being run.
struct Run {
    client: Arc<Client>,
    options: CallOptions,
    type_name: &'static str,
    /// What it is configured with, as far as the API may refuse it by field.
    attributes: Vec<Attribute>,
}

impl Run {
    /// An action of a provider that is configured.
    fn of(context: &Context, type_name: &'static str) -> Result<Self, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = Arc::clone(&session.connected()?.client);
        Ok(Self { client, options: session::options(context, None), type_name, attributes: Vec::new() })
    }

    async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: &E::Body,
    ) -> Result<E::Answer, ClientError> {
        self.client.call::<E>(path, query, body, &self.options).await
    }

    /// The diagnostics of a failure.
    fn failed(&self, error: &ClientError) -> Diagnostics {
        let (type_name, attributes) = (self.type_name, self.attributes.as_slice());
        Asked { type_name, verb: "run", attributes, import_id: None }.failed(error)
    }

    /// The diagnostics of a failure, where what an attribute names may not be there, or not to be seen.
    fn refused(&self, error: &ClientError, attribute: &str, noun: &str, named: &str) -> Diagnostics {
        if !error.is_not_found() {
            return self.failed(error);
        }
        let said = format!("{attribute}: there is none of this name, or you may not see it.");
        Diagnostic::error(format!("No {noun} \"{named}\"")).detail(said).at(attribute).into()
    }
}
