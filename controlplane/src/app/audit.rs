//! The audit log: every mutation writes one event in its own transaction.

use super::{Error, Operation, changed, convert};
use schemas::error::ChangedBy;
use serde::Serialize;
use store::{
    Json, Visible,
    model::event::{EventFilter, NewEvent},
    queries,
};
use uuid::Uuid;

/// How many edits are looked back at for the version that a caller knows.
const EVENTS_BACK: i64 = 100;

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
        let event = self.event(action(&change), &change)?;
        queries::event::insert(self.tx()?, &event).await?;
        Ok(())
    }

    /// Writes an event about what was done, where that has a name of its own.
    pub(crate) async fn audit_as<V: Serialize>(
        &mut self,
        action: &'static str,
        change: Change<'_, V>,
    ) -> Result<(), Error> {
        let event = self.event(action, &change)?;
        queries::event::insert(self.tx()?, &event).await?;
        Ok(())
    }

    /// Writes an event about each of many changes.
    pub(crate) async fn audit_many<'a, V: Serialize + 'a>(
        &mut self,
        changes: impl Iterator<Item = Change<'a, V>> + Send,
    ) -> Result<(), Error> {
        let events = changes.map(|change| self.event(action(&change), &change));
        let events = events.collect::<Result<Vec<_>, Error>>()?;
        Ok(queries::event::insert_many(self.tx()?, &events).await?)
    }

    fn event<V: Serialize>(&self, action: &'static str, change: &Change<'_, V>) -> Result<NewEvent, Error> {
        let json = |view: Option<&V>| {
            view.map(Json::of).transpose().map_err(|error| Error::internal("audit", error))
        };
        Ok(NewEvent {
            partner_id: change.partner_id,
            at: self.now,
            request_id: self.request.request_id,
            account_id: Some(self.request.actor.account_id).filter(|id| *id != 0),
            actor: self.request.actor.login.clone(),
            action: action.to_owned(),
            object_kind: change.kind.to_owned(),
            object_id: change.id,
            object_name: change.name.to_owned(),
            before: json(change.before)?,
            after: json(change.after)?,
            client: self.request.agent.clone(),
            impersonator: self.request.actor.impersonator.as_ref().map(|actor| actor.login.clone()),
        })
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
        Err(Error::VersionMismatch(self.changed_by(kind, id, version).await?))
    }

    /// Who moved an object on, and what changed since the version that the caller knows.
    async fn changed_by(&mut self, kind: &'static str, id: Uuid, version: i64) -> Result<ChangedBy, Error> {
        let filter =
            EventFilter { object_kind: Some(kind.to_owned()), object_id: Some(id), ..EventFilter::default() };
        let events = queries::event::newest(self.conn(), &Visible::All, &filter, 0, EVENTS_BACK).await?.rows;
        let known = self.expected.version;
        let Some(last) = events.first() else {
            let unknown = || "unknown".to_owned();
            return Ok(ChangedBy {
                version,
                actor: unknown(),
                at: self.now,
                client: unknown(),
                fields: Vec::new(),
            });
        };
        Ok(ChangedBy {
            version,
            actor: last.actor.clone(),
            at: last.at,
            client: last.client.clone(),
            fields: changed::since(kind, known, &events),
        })
    }
}

/// What was done, where that has no name of its own.
const fn action<V>(change: &Change<'_, V>) -> &'static str {
    match (change.before, change.after) {
        (None, _) => "create",
        (Some(_), Some(_)) => "update",
        (Some(_), None) => "delete",
    }
}
