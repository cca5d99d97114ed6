//! A managed resource, whatever its kind.

use super::{deletion, drift, incoming, key, noun::Noun, outgoing, schema, timeouts, upgrade, version};
use crate::session::{self, Connected, Session};
use client::{Answer, CallOptions, ClientError};
use schemas::registry::ResourceInfo;
use serde_json::Value as Json;
use tfplugin::{
    Action, ApplyError, Change, Context, Create, Diagnostic, Diagnostics, IdentitySchema, ImportBy, Object,
    Path, Plan, Private, RawState, Resource, Schema, State, Value, async_trait,
};
use uuid::Uuid;

/// Under which name a plan remembers what makes this creation another one than its equals.
const NONCE: &str = "nonce";

/// Checks a configuration across attributes; some of its values may be unknown.
pub(crate) type Check = fn(&Object) -> Diagnostics;

/// A managed resource that `schemas` describes.
pub(crate) struct Managed {
    noun: Noun,
    check: Check,
    /// What brings older states up to today's, from version 0 on.
    pub(crate) upgrades: &'static [upgrade::Step],
}

impl Managed {
    /// The resource of this noun: `esu_<noun>`.
    pub(crate) fn new(info: ResourceInfo) -> Self {
        Self { noun: Noun::new(info), check: |_| Diagnostics::new(), upgrades: &[] }
    }

    /// This resource with a check across its attributes.
    pub(crate) fn checked(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// The object that an answer holds. `timeouts` is the configuration's alone.
    fn state(&self, answer: &Answer, timeouts: &Value) -> Result<State, Diagnostics> {
        let mut values = incoming::object(self.noun.attributes(), &answer.body)?;
        values.set(timeouts::NAME, timeouts.clone());
        let mut private = Private::new();
        if let Some(version) = version::to_remember(&answer.body) {
            private.set(version::NAME, version);
        }
        Ok(State { values, private })
    }

    /// The values to send on an update: what is planned, and the secrets whose `_version` moves.
    fn changed(&self, change: &Change) -> Object {
        let mut values = change.planned.clone();
        for attribute in self.noun.attributes().iter().filter(|attribute| attribute.write_only) {
            let version = format!("{}_version", attribute.name);
            if change.prior.get(&version) != change.planned.get(&version) {
                values.set(&attribute.name, change.config.get(&attribute.name).clone());
            }
        }
        values
    }

    /// Whether the object that an earlier creation made is no longer what its answer says. Only one that is can be
    /// taken for the result of this creation.
    async fn moved_on(
        &self,
        connected: &Connected,
        created: &Answer,
        options: &CallOptions,
    ) -> Result<bool, Diagnostics> {
        let id = created.body.get("id").and_then(Json::as_str).unwrap_or_default();
        let read = connected.client.reader().fresh(&self.noun.info, id, options).await;
        let now = read.map_err(|error| self.noun.asked("read").failed(&error))?;
        Ok(now.is_none_or(|now| now.body.get(version::NAME) != created.body.get(version::NAME)))
    }

    async fn send(
        &self,
        connected: &Connected,
        create: &Create,
        body: &Json,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let (client, info) = (&connected.client, &self.noun.info);
        if !self.noun.is_singleton() {
            return client.writer().create(info, &self.noun.in_partner(body.clone(), client), options).await;
        }
        let parent = self.noun.key_of(&create.planned, client).unwrap_or_default();
        client.writer().set(info, &parent, body, options).await
    }

    /// Why there is no new object.
    fn not_created(&self, create: &Create, error: &ClientError) -> Diagnostics {
        let asked = self.noun.asked_of("create", &create.planned);
        // Only what there is one of for each parent is created on a condition.
        if error.status() == Some(412) {
            return asked.already_set(self.noun.info.key.last().copied().unwrap_or_default()).into();
        }
        asked.failed(error)
    }

    /// Takes the object for this creation's, unless it is another's.
    async fn take(
        &self,
        connected: &Connected,
        create: &Create,
        answer: &Answer,
        options: &CallOptions,
    ) -> Result<(), Diagnostics> {
        let asked = self.noun.asked_of("create", &create.planned);
        if answer.replayed && self.moved_on(connected, answer, options).await? {
            let said = "You created this object before, and it was changed since.";
            return Err(asked.code_taken(Some(said.to_owned())).into());
        }
        let id = answer.body.get("id").and_then(Json::as_str).unwrap_or_default();
        if !connected.is_first_to_create(self.noun.info.noun, id) {
            let said = "Another block of your configuration creates an object with this code.";
            return Err(asked.code_taken(Some(said.to_owned())).into());
        }
        Ok(())
    }

    /// The object of a state stands in a state: who creates its equal from now on means another one.
    fn settle(context: &Context, state: &Object) {
        if let (Some(id), Ok(session)) = (state.str("id"), context.data::<Session>())
            && let Ok(connected) = session.connected()
        {
            connected.settled.object(&connected.client, id);
        }
    }
}

#[async_trait]
impl Resource for Managed {
    fn type_name(&self) -> &str {
        &self.noun.type_name
    }

    fn schema(&self) -> Schema {
        let description = (self.noun.info.description)();
        schema::schema(description, self.noun.attributes())
            .attribute(timeouts::NAME, timeouts::attribute())
            .version(upgrade::version(self.upgrades))
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(self.noun.identity())
    }

    async fn upgrade(&self, _: &Context, version: i64, old: RawState) -> Result<Object, Diagnostics> {
        Ok(upgrade::upgraded(self.upgrades, version, &old)?.decode(&self.schema().object_type())?)
    }

    async fn validate(&self, _context: &Context, config: &Object) -> Diagnostics {
        (self.check)(config)
    }

    async fn modify_plan(&self, context: &Context, plan: &mut Plan) -> Diagnostics {
        // Where nothing is refreshed, this is all that is seen of it. What changes is known by its version from then on.
        if let Some(prior) = plan.prior.as_ref().filter(|_| plan.action() == Action::Unchanged) {
            Self::settle(context, prior);
        }
        let mut diagnostics = Diagnostics::new();
        // What has no code is told apart by nothing else.
        let is_new = plan.action() == Action::Create || !plan.requires_replace().is_empty();
        if is_new && self.noun.info.key.is_empty() && plan.private.get(NONCE).is_none() {
            plan.private.set(NONCE, Uuid::new_v4().to_string());
        }
        let is_protected =
            plan.prior.as_ref().and_then(|prior| prior.bool("deletion_protection")).unwrap_or(false);
        if plan.action() == Action::Update && is_protected {
            plan.requires_replace()
                .iter()
                .for_each(|path| diagnostics.push(protected(&self.noun.type_name, path)));
        }
        diagnostics
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let mut values = create.planned.clone();
        for attribute in self.noun.attributes().iter().filter(|attribute| attribute.write_only) {
            values.set(&attribute.name, create.config.get(&attribute.name).clone());
        }
        let body = outgoing::object(self.noun.creatable(), &values);
        let within = self.noun.import_id(&create.planned).unwrap_or_default();
        let nonce = create.private.str(NONCE).unwrap_or_default();
        let key = key::idempotency_key(&[&connected.account, self.noun.info.noun, &within, nonce], &body);
        let options = CallOptions {
            idempotency_key: Some(key),
            ..session::options(context, timeouts::of(&create.planned, "create"))
        };
        // A process that is told of several configurations has read the last one.
        connected.finish().await;
        let created = self.send(connected, &create, &body, &options).await;
        let answer = created.map_err(|error| self.not_created(&create, &error))?;
        self.take(connected, &create, &answer, &options).await?;
        session::tell_wait(context, answer.waited);
        match self.state(&answer, create.planned.get(timeouts::NAME)) {
            Ok(state) => Ok(state),
            Err(failed) => Err(unreadable(failed, &create, &answer)),
        }
    }

    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let options = session::options(context, timeouts::of(&state.values, "read"));
        Self::settle(context, &state.values);
        let id = state.values.require_str("id")?;
        let read = connected.client.reader().by_id(&self.noun.info, id, &options).await;
        let read = read.map_err(|error| self.noun.asked_of("read", &state.values).failed(&error))?;
        let Some(answer) = read else {
            let drift = drift::gone(context, connected, &self.noun, &state.values).await;
            drift::tell(context, &self.noun, &state.values, &drift);
            return Ok(None);
        };
        session::tell_wait(context, answer.waited);
        let now = self.state(&answer, state.values.get(timeouts::NAME))?;
        let attributes = self.noun.attributes();
        let drift =
            drift::changed(context, connected, &self.noun, attributes, &state.values, &now.values).await;
        if let Some(drift) = drift {
            drift::tell(context, &self.noun, &now.values, &drift);
        }
        Ok(Some(now))
    }

    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError> {
        let session = context.data::<Session>()?;
        let options = CallOptions {
            if_match: Some(version::remembered(change.private.get(version::NAME))),
            ..session::options(context, timeouts::of(&change.planned, "update"))
        };
        let id = change.prior.require_str("id")?;
        let body = outgoing::object(self.noun.editable(), &self.changed(&change));
        let replaced =
            session.connected()?.client.writer().replace(&self.noun.info, id, &body, &options).await;
        let answer = replaced.map_err(|error| self.noun.asked_of("update", &change.prior).failed(&error))?;
        session::tell_wait(context, answer.waited);
        Ok(self.state(&answer, change.planned.get(timeouts::NAME))?)
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        let session = context.data::<Session>()?;
        let options = session::options(context, timeouts::of(&state.values, "delete"));
        let id = state.values.require_str("id")?;
        let client = &session.connected()?.client;
        let deleted = deletion::delete(context, client, (&self.noun.info, id), &options).await;
        Ok(deleted.map_err(|error| self.noun.asked_of("delete", &state.values).failed(&error))?)
    }

    async fn import(&self, context: &Context, by: ImportBy) -> Result<State, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let found = self.noun.import(client, &by, &session::options(context, None)).await?;
        self.state(&found, &Value::Null)
    }
}

fn protected(type_name: &str, path: &Path) -> Diagnostic {
    Diagnostic::error(format!("{type_name} is protected from deletion"))
        .detail(format!(
            "A new {path} replaces the object, which would delete the one that is there. Keep {path}, or set \
             deletion_protection to false and apply that first."
        ))
        .at(path.clone())
}

/// The object is there, though its answer cannot be read: it must not be lost from the state.
fn unreadable(failed: Diagnostics, create: &Create, answer: &Answer) -> ApplyError {
    match answer.body.get("id").and_then(Json::as_str) {
        Some(id) => {
            let mut values = create.planned.clone();
            values.set("id", id);
            ApplyError::with_state(failed, State::new(values))
        }
        None => failed.into(),
    }
}
