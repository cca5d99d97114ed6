//! The audit log: every mutation writes one event in its own transaction.

use super::{Error, Operation, convert};
use schemas::error::ChangedBy;
use serde::Serialize;
use store::{Json, model::event::NewEvent, queries};
use uuid::Uuid;

/// What was done to which object.
pub(crate) struct Change<'a, V> {
    /// The partner whose log it is in; none for the platform's own objects.
    pub partner_id: Option<i64>,
    /// The noun.
    pub kind: &'static str,
    /// The public id.
    pub id: Uuid,
    /// The code or name.
    pub name: &'a str,
    /// The object before, as the API shows it: secrets are not in it.
    pub before: Option<&'a V>,
    /// The object after.
    pub after: Option<&'a V>,
}

impl Operation {
    /// Writes an event about a change into the change's own transaction.
    pub(crate) async fn audit<V: Serialize>(&mut self, change: Change<'_, V>) -> Result<(), Error> {
        let json = |view: Option<&V>| {
            view.map(Json::of).transpose().map_err(|error| Error::internal("audit", error))
        };
        let action = match (change.before, change.after) {
            (None, _) => "create",
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
        };
        let event = NewEvent {
            partner_id: change.partner_id,
            at: self.now,
            request_id: self.request.request_id,
            account_id: Some(self.request.actor.account_id),
            actor: self.request.actor.login.clone(),
            action: action.to_owned(),
            object_kind: change.kind.to_owned(),
            object_id: change.id,
            object_name: change.name.to_owned(),
            before: json(change.before)?,
            after: json(change.after)?,
            client: self.request.agent.clone(),
        };
        queries::event::insert(self.tx()?, &event).await?;
        Ok(())
    }

    /// The version that an object begins with which may have been there before under the same id: an old `ETag` must not
    /// match it.
    pub(crate) async fn first_version(&mut self, kind: &'static str, id: Uuid) -> Result<i64, Error> {
        #[derive(serde::Deserialize)]
        struct Versioned {
            version: i64,
        }
        let event = queries::event::latest_for_object(self.conn(), kind, id).await?;
        let last = event.and_then(|event| event.before).map(|view| view.read::<Versioned>());
        Ok(last.transpose().map_err(convert::stored)?.map_or(1, |last| last.version + 1))
    }

    /// Compares the version that the caller knows with the object's; tells who moved it.
    pub(crate) async fn check_version(
        &mut self,
        kind: &'static str,
        id: Uuid,
        version: i64,
    ) -> Result<(), Error> {
        if self.expected.nothing {
            let text = "It is there already; If-None-Match: * makes only what is not.";
            return Err(Error::AlreadySet(text.to_owned()));
        }
        if self.expected.version.is_none_or(|expected| expected == version) {
            return Ok(());
        }
        let event = queries::event::latest_for_object(self.conn(), kind, id).await?;
        let now = self.now;
        Err(Error::VersionMismatch(event.map_or_else(
            || ChangedBy {
                version,
                actor: "unknown".into(),
                at: now,
                client: "unknown".into(),
                fields: Vec::new(),
            },
            |event| ChangedBy {
                version,
                actor: event.actor,
                at: event.at,
                client: event.client,
                fields: Vec::new(),
            },
        )))
    }
}
