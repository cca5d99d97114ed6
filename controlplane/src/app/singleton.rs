//! What is the one of its parent: set and cleared, instead of made and deleted.

use super::{Created, Error, Operation, list};
use schemas::endpoint::ListQuery;
use store::{Page, queries};
use uuid::Uuid;

impl Operation {
    /// Prepares to set something. What is there must have the version that the caller knows; where nothing may be there,
    /// it says how it is taken over (`key`).
    pub(super) async fn setting(
        &mut self,
        kind: &'static str,
        id: Uuid,
        key: &str,
        version: Option<i64>,
    ) -> Result<(), Error> {
        let Some(version) = version else {
            self.created = Some(Created { kind, id });
            return Ok(());
        };
        if self.expected.nothing {
            return Err(Error::AlreadySet(format!(
                "The {} of \"{key}\" are set already. To manage them in Terraform, import esu_{kind} with the id \"{key}\".",
                kind.replace('_', " ")
            )));
        }
        self.check_version(kind, id, version).await
    }

    /// Forgets how something was set, now that it is cleared.
    pub(super) async fn cleared(&mut self, kind: &'static str, id: Uuid) -> Result<(), Error> {
        queries::idempotency::delete_by_object(self.tx()?, kind, id).await?;
        Ok(())
    }
}

/// Which part of a list of singletons is wanted, how long a page is, and whether the order is turned. They have neither
/// code nor name of their own.
pub(super) fn page(query: &ListQuery) -> Result<((Page, i64), bool), Error> {
    for (name, given) in [("q", &query.q), ("name", &query.name), ("code", &query.code)] {
        if given.is_some() {
            return Err(Error::field(
                name,
                "these have no name or code of their own; filter by their parent",
            ));
        }
    }
    let page = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let descending = match query.sort.as_deref() {
        Some(sort) => list::order(sort, &[("ctime", ())])?.1,
        None => false,
    };
    Ok((page, descending))
}
