//! List resources: what there is of a managed resource's type, for `terraform query`.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Context;
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    schema::Schema,
    value::Object,
};

/// Lists the things that a managed resource of the same type could manage. That resource has an identity.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// The managed resource's name, as in `provider_thing`.
    fn type_name(&self) -> &str;

    /// The attributes of the `config` block: filters, most often.
    fn schema(&self) -> Schema;

    /// Checks the configuration as a whole, after the attributes' validators. Values may be unknown.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Sends what there is, one by one, for as long as more is wanted.
    ///
    /// # Errors
    /// Why the rest cannot be listed.
    async fn list(
        &self,
        context: &Context,
        request: ListRequest,
        results: &mut ListResults,
    ) -> Result<(), Diagnostics>;
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRequest {
    /// The `config` block, with its defaults.
    pub config: Object,
    /// Whether [`ListItem::resource`] is wanted.
    pub include_resource: bool,
    /// How many are wanted at most.
    pub limit: u64,
}

/// One thing that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListItem {
    /// The identity, by which it can be imported.
    pub identity: Object,
    /// What a person calls it.
    pub display_name: String,
    /// All attributes of the managed resource, when they are wanted.
    pub resource: Option<Object>,
    /// What there is to say about it. After an error Terraform wants no more.
    pub diagnostics: Diagnostics,
}

impl ListItem {
    /// A thing, by its identity and under a person's name for it.
    #[must_use]
    pub fn new(identity: Object, display_name: impl Into<String>) -> Self {
        Self { identity, display_name: display_name.into(), ..Self::default() }
    }

    /// This thing with all attributes of the managed resource.
    #[must_use]
    pub fn with_resource(mut self, resource: Object) -> Self {
        self.resource = Some(resource);
        self
    }

    /// This thing with a word about it.
    #[must_use]
    pub fn with_diagnostic(mut self, diagnostic: Diagnostic) -> Self {
        self.diagnostics.push(diagnostic);
        self
    }
}

/// Where a list goes, item by item, no faster than it is read.
pub struct ListResults {
    sender: mpsc::Sender<ListItem>,
    wanted: u64,
}

impl ListResults {
    /// Results of which at most `limit` are wanted. The server makes it; tests of handlers may too.
    #[must_use]
    pub fn new(sender: mpsc::Sender<ListItem>, limit: u64) -> Self {
        Self { sender, wanted: limit }
    }

    /// Sends one and tells whether more are wanted: not when the limit is reached, nor when nobody reads them.
    #[must_use = "stop listing when no more are wanted"]
    pub async fn send(&mut self, item: ListItem) -> bool {
        if self.wanted == 0 || self.sender.send(item).await.is_err() {
            self.wanted = 0;
            return false;
        }
        self.wanted -= 1;
        self.wanted > 0
    }

    /// How many more are wanted: the size of the next page at most.
    #[must_use]
    pub fn wanted(&self) -> u64 {
        if self.sender.is_closed() { 0 } else { self.wanted }
    }
}
