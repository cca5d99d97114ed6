use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::{Registry, Service};
use crate::{
    clock,
    diagnostics::{Diagnostic, Diagnostics},
    framework::{
        ActionHandler, ApplyError, Change, Context, Create, EphemeralResource, IdentityAttribute,
        IdentitySchema, ImportBy, ListItem, ListRequest, ListResource, ListResults, MoveSource, Opened,
        Private, Progress, Provider, ProviderData, Renewed, Resource, State,
    },
    proto::tfplugin6::{self as wire, provider_server::Provider as _},
    rpc::value_message::{read_object, write_object},
    schema::{Attribute, Schema},
    value::{Object, Type, Value},
};

/// Everything that a provider may hold, each doing what its `mood` says.
#[derive(Default)]
struct Whole {
    stopped: Arc<Notify>,
}

#[async_trait::async_trait]
impl Provider for Whole {
    fn address(&self) -> &str {
        "example.com/test/test"
    }

    fn schema(&self) -> Schema {
        Schema::new("")
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Thing)]
    }

    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        vec![Arc::new(Token)]
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        vec![Arc::new(Things)]
    }

    fn actions(&self) -> Vec<Arc<dyn ActionHandler>> {
        vec![Arc::new(Act { stopped: Arc::clone(&self.stopped) })]
    }

    async fn configure(&self, _: &Context, _: &Object) -> Result<ProviderData, Diagnostics> {
        Ok(ProviderData::new(()))
    }
}

fn schema() -> Schema {
    Schema::new("")
        .attribute("mood", Attribute::string().default("good"))
        .attribute("id", Attribute::string().computed())
        .attribute("password", Attribute::string().write_only())
}

struct Thing;

#[async_trait::async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &str {
        "test_thing"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let id = IdentityAttribute::string().required_for_import();
        Some(
            IdentitySchema::new()
                .version(1)
                .attribute("id", id)
                .attribute("place", IdentityAttribute::number()),
        )
    }

    fn identity(&self, values: &Object) -> Object {
        Object::new().with("id", values.get("id").clone()).with("place", 1)
    }

    async fn create(&self, _: &Context, create: Create) -> Result<State, ApplyError> {
        match create.planned.str("mood") {
            Some("anonymous") => Ok(State::new(create.planned.with("id", Value::Null))),
            Some("fail") => {
                let state = State::new(create.planned.with("id", Value::Null));
                Err(ApplyError::with_state(Diagnostic::error("It failed"), state))
            }
            _ => Ok(State::new(create.planned.with("id", "x"))),
        }
    }

    async fn read(&self, _: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        match state.values.str("mood") {
            Some("other") => Ok(Some(State::new(state.values.with("id", "y")))),
            Some("panic") => panic!("mood of panic"),
            Some("gone") => Ok(None),
            _ => Ok(Some(state)),
        }
    }

    async fn update(&self, _: &Context, change: Change) -> Result<State, ApplyError> {
        Ok(State::new(change.planned))
    }

    async fn delete(&self, _: &Context, _: State) -> Result<(), ApplyError> {
        Ok(())
    }

    async fn import(&self, _: &Context, by: ImportBy) -> Result<State, Diagnostics> {
        let id = match by {
            ImportBy::Id(id) => Value::from(id),
            ImportBy::Identity(identity) => identity.get("id").clone(),
        };
        Ok(State::new(Object::new().with("id", id)))
    }

    async fn move_from(&self, _: &Context, source: MoveSource) -> Result<Option<State>, Diagnostics> {
        assert!(source.type_name != "panic", "mood of panic");
        let known = source.type_name == "test_other";
        Ok(known.then(|| State::new(Object::new().with("id", source.state.str("name")))))
    }
}

struct Token;

#[async_trait::async_trait]
impl EphemeralResource for Token {
    fn type_name(&self) -> &str {
        "test_token"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn open(&self, _: &Context, config: Object) -> Result<Opened, Diagnostics> {
        let mut private = Private::new();
        private.set("opened", 1);
        let opened = match config.str("mood") {
            Some("panic") => panic!("mood of panic"),
            Some("forget") => Opened::new(config.with("id", Value::UNKNOWN)),
            Some("lie") => Opened::new(config.with("mood", "truth")),
            _ => Opened::new(config.with("id", "x")),
        };
        Ok(opened.with_private(private).renew_after(Duration::from_secs(60)))
    }

    async fn renew(&self, _: &Context, mut private: Private) -> Result<Renewed, Diagnostics> {
        private.set("renewed", 1);
        Ok(Renewed { private, renew_after: None })
    }

    async fn close(&self, _: &Context, private: Private) -> Result<(), Diagnostics> {
        assert!(private.get("renewed").is_some(), "closed too early");
        Ok(())
    }
}

struct Things;

#[async_trait::async_trait]
impl ListResource for Things {
    fn type_name(&self) -> &str {
        "test_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new("").attribute("mood", Attribute::string().default("good"))
    }

    async fn list(
        &self,
        context: &Context,
        request: ListRequest,
        results: &mut ListResults,
    ) -> Result<(), Diagnostics> {
        let mood = request.config.str("mood").unwrap_or_default().to_owned();
        for index in 0..1000 {
            let id = if mood == "anonymous" { Value::Null } else { index.to_string().into() };
            let thing = Object::new().with("id", id.clone()).with("password", "kept");
            let identity = Object::new().with("id", id).with("place", 1);
            let item = ListItem::new(identity, format!("thing {index}")).with_resource(thing);
            if !results.send(item).await {
                break;
            }
            assert!(mood != "panic", "mood of panic");
        }
        context.warn(Diagnostic::warning("Careful"));
        if mood == "fail" { Err(Diagnostic::error("It failed").into()) } else { Ok(()) }
    }
}

struct Act {
    stopped: Arc<Notify>,
}

#[async_trait::async_trait]
impl ActionHandler for Act {
    fn type_name(&self) -> &str {
        "test_act"
    }

    fn schema(&self) -> Schema {
        Schema::new("").attribute("mood", Attribute::string().default("good"))
    }

    async fn invoke(
        &self,
        context: &Context,
        config: Object,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        progress.report("begun").await;
        match config.str("mood") {
            Some("panic") => panic!("mood of panic"),
            Some("fail") => Err(Diagnostic::error("It failed").at("mood").into()),
            Some("wait") => {
                context.cancellation().cancelled().await;
                self.stopped.notify_one();
                Err(Diagnostic::error("Interrupted").into())
            }
            _ => Ok(()),
        }
    }
}

fn service() -> Service {
    Service::new(Arc::new(Registry::new(Whole::default(), CancellationToken::new())))
}

fn message(ty: &Type, object: Object) -> Option<wire::DynamicValue> {
    Some(write_object(Some(object), ty).unwrap())
}

fn identity_type() -> Type {
    Thing.identity_schema().unwrap().object_type()
}

fn identity(id: &str) -> Object {
    Object::new().with("id", id).with("place", 1)
}

fn identity_message(identity: Object) -> Option<wire::ResourceIdentityData> {
    Some(wire::ResourceIdentityData { identity_data: message(&identity_type(), identity) })
}

fn identity_of(message: Option<&wire::ResourceIdentityData>) -> Option<Object> {
    read_object(message?.identity_data.as_ref(), &identity_type()).unwrap()
}

fn summaries(diagnostics: &[wire::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

fn mood(mood: &str) -> Object {
    Object::new().with("mood", mood)
}

async fn read(mood_of: &str, before: Option<Object>) -> wire::read_resource::Response {
    let request = wire::read_resource::Request {
        type_name: "test_thing".to_owned(),
        current_state: message(&schema().object_type(), mood(mood_of).with("id", "x")),
        current_identity: before.and_then(identity_message),
        ..<_>::default()
    };
    service().read_resource(Request::new(request)).await.unwrap().into_inner()
}

async fn create(mood_of: &str) -> wire::apply_resource_change::Response {
    let ty = schema().object_type();
    let request = wire::apply_resource_change::Request {
        type_name: "test_thing".to_owned(),
        config: message(&ty, mood(mood_of)),
        planned_state: message(&ty, mood(mood_of).with("id", Value::UNKNOWN)),
        ..<_>::default()
    };
    service().apply_resource_change(Request::new(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn an_identity_is_given_at_creation_and_never_changes() {
    let created = create("good").await;
    assert_eq!(identity_of(created.new_identity.as_ref()), Some(identity("x")));
    for before in [None, Some(identity("x")), Some(Object::new().with("id", "x"))] {
        let read = read("good", before).await;
        assert_eq!(summaries(&read.diagnostics), Vec::<&str>::new());
        assert_eq!(identity_of(read.new_identity.as_ref()), Some(identity("x")));
    }
    let changed = read("other", Some(identity("x"))).await;
    assert_eq!(summaries(&changed.diagnostics), ["Changed identity"]);
    assert!(changed.diagnostics[0].detail.contains("another id"));
    assert_eq!(identity_of(changed.new_identity.as_ref()), Some(identity("x")));
    let panicked = read("panic", Some(identity("x"))).await;
    assert_eq!(identity_of(panicked.new_identity.as_ref()), Some(identity("x")));
    assert!(read("gone", Some(identity("x"))).await.new_identity.is_none());
}

#[tokio::test]
async fn an_identity_is_complete_unless_the_creation_failed() {
    let created = create("anonymous").await;
    assert_eq!(summaries(&created.diagnostics), ["Incomplete identity"]);
    assert!(created.diagnostics[0].detail.contains("no id"));
    let failed = create("fail").await;
    assert_eq!(summaries(&failed.diagnostics), ["It failed"]);
    assert!(failed.new_identity.is_none() && failed.new_state.is_some());
}

#[tokio::test]
async fn an_import_goes_by_id_or_by_a_complete_identity() {
    let import = async |id: &str, by: Option<Object>| {
        let request = wire::import_resource_state::Request {
            type_name: "test_thing".to_owned(),
            id: id.to_owned(),
            identity: by.and_then(identity_message),
            ..<_>::default()
        };
        service().import_resource_state(Request::new(request)).await.unwrap().into_inner()
    };
    for imported in [import("x", None).await, import("", Some(Object::new().with("id", "x"))).await] {
        assert_eq!(summaries(&imported.diagnostics), Vec::<&str>::new());
        assert_eq!(identity_of(imported.imported_resources[0].identity.as_ref()), Some(identity("x")));
    }
    let refused = import("", Some(Object::new().with("place", 1))).await;
    assert_eq!(summaries(&refused.diagnostics), ["Incomplete identity"]);
}

#[tokio::test]
async fn identities_of_the_same_version_are_read_and_of_newer_ones_refused() {
    let upgrade = async |version| {
        let raw = wire::RawState { json: br#"{"id":"x","place":1,"gone":2}"#[..].into(), ..<_>::default() };
        let request = wire::upgrade_resource_identity::Request {
            type_name: "test_thing".to_owned(),
            version,
            raw_identity: Some(raw),
        };
        service().upgrade_resource_identity(Request::new(request)).await.unwrap().into_inner()
    };
    assert_eq!(identity_of(upgrade(1).await.upgraded_identity.as_ref()), Some(identity("x")));
    assert!(upgrade(2).await.diagnostics[0].detail.contains("a newer provider wrote it"));
    assert!(upgrade(0).await.diagnostics[0].detail.contains("cannot upgrade"));
    let schemas =
        service().get_resource_identity_schemas(Request::new(<_>::default())).await.unwrap().into_inner();
    let schema = &schemas.identity_schemas["test_thing"];
    assert_eq!(schema.version, 1);
    let flags = |name: &str| {
        let found = schema.identity_attributes.iter().find(|it| it.name == name).unwrap();
        (found.required_for_import, found.optional_for_import)
    };
    assert_eq!((flags("id"), flags("place")), ((true, false), (false, true)));
}

#[tokio::test]
async fn a_move_is_taken_over_refused_or_a_panic_in_words() {
    let moved = async |source: &str| {
        let request = wire::move_resource_state::Request {
            source_provider_address: "example.com/test/other".to_owned(),
            source_type_name: source.to_owned(),
            source_state: Some(wire::RawState { json: br#"{"name":"x"}"#[..].into(), ..<_>::default() }),
            target_type_name: "test_thing".to_owned(),
            ..<_>::default()
        };
        service().move_resource_state(Request::new(request)).await.unwrap().into_inner()
    };
    assert_eq!(identity_of(moved("test_other").await.target_identity.as_ref()), Some(identity("x")));
    assert_eq!(summaries(&moved("test_unknown").await.diagnostics), ["Move is not supported"]);
    assert_eq!(summaries(&moved("panic").await.diagnostics), ["The provider panicked"]);
}

#[tokio::test]
async fn an_ephemeral_resource_is_opened_renewed_and_closed_with_what_it_remembers() {
    let ty = schema().object_type();
    let open = async |mood_of: &str| {
        let request = wire::open_ephemeral_resource::Request {
            type_name: "test_token".to_owned(),
            config: message(&ty, mood(mood_of)),
            ..<_>::default()
        };
        service().open_ephemeral_resource(Request::new(request)).await.unwrap().into_inner()
    };
    let opened = open("good").await;
    assert!(opened.diagnostics.is_empty());
    let renew_at = std::time::SystemTime::try_from(opened.renew_at.unwrap()).unwrap();
    let left = renew_at.duration_since(clock::now()).unwrap();
    assert!(left <= Duration::from_secs(60) && left > Duration::from_secs(30), "{left:?}");
    for (mood, summary) in [
        ("forget", "Value still unknown"),
        ("lie", "Answer differs from the configuration"),
        ("panic", "The provider panicked"),
    ] {
        assert_eq!(summaries(&open(mood).await.diagnostics), [summary]);
    }
    let close = async |private| {
        let type_name = "test_token".to_owned();
        let request = wire::close_ephemeral_resource::Request { type_name, private };
        service().close_ephemeral_resource(Request::new(request)).await.unwrap().into_inner().diagnostics
    };
    assert_eq!(summaries(&close(opened.private.clone()).await), ["The provider panicked"]);
    let request = wire::renew_ephemeral_resource::Request {
        type_name: "test_token".to_owned(),
        private: opened.private,
    };
    let renewed = service().renew_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert!(renewed.renew_at.is_none() && close(renewed.private).await.is_empty());
}

#[tokio::test]
async fn a_provider_that_was_stopped_serves_the_next_run() {
    let registry = Arc::new(Registry::new(Whole::default(), CancellationToken::new()));
    let service = Service::new(Arc::clone(&registry));
    service.stop_provider(Request::new(<_>::default())).await.unwrap();
    assert!(registry.context().cancellation().is_cancelled());
    service.configure_provider(Request::new(<_>::default())).await.unwrap();
    assert!(!registry.context().cancellation().is_cancelled());
}

#[tokio::test]
async fn a_configuration_is_what_a_user_would_write() {
    let ty = schema().object_type();
    let request = wire::generate_resource_config::Request {
        type_name: "test_thing".to_owned(),
        state: message(&ty, mood("good").with("id", "x")),
    };
    let generated = service().generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let config = read_object(generated.config.as_ref(), &ty).unwrap().unwrap();
    assert!(config.values().all(Value::is_null), "{config:?}");
}

#[tokio::test]
async fn everything_is_announced() {
    let metadata = service().get_metadata(Request::new(<_>::default())).await.unwrap().into_inner();
    assert_eq!(metadata.ephemeral_resources[0].type_name, "test_token");
    assert_eq!(metadata.list_resources[0].type_name, "test_thing");
    assert_eq!(metadata.actions[0].type_name, "test_act");
    let schemas = service().get_provider_schema(Request::new(<_>::default())).await.unwrap().into_inner();
    assert!(schemas.server_capabilities.unwrap().move_resource_state);
    let action = schemas.action_schemas["test_act"].schema.clone().unwrap().block.unwrap();
    assert!(action.attributes.iter().all(|attribute| !attribute.computed && attribute.optional));
    assert!(schemas.ephemeral_resource_schemas.contains_key("test_token"));
    assert!(Registry::new(Whole::default(), CancellationToken::new()).faults().is_empty());
}

#[path = "stream_test.rs"]
mod streams;
