use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::{Registry, Service};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{
        ApplyError, Change, Context, Create, Plan, Private, Provider, ProviderData, Resource, State,
    },
    proto::tfplugin6::{self as wire, diagnostic::Severity, provider_server::Provider as _},
    rpc::value_message::{read_object, write_object},
    schema::{Attribute, Nesting, Schema},
    value::{Object, Path, Type, Value},
};

struct TestProvider;

#[async_trait::async_trait]
impl Provider for TestProvider {
    fn address(&self) -> &str {
        "example.com/test/test"
    }

    fn schema(&self) -> Schema {
        Schema::new("")
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Moody)]
    }

    async fn configure(&self, _: &Context, _: &Object) -> Result<ProviderData, Diagnostics> {
        Ok(ProviderData::new("data".to_owned()))
    }
}

/// A resource that does what its mood says.
struct Moody;

fn schema() -> Schema {
    let parts = [("size", Attribute::number().required())];
    Schema::new("")
        .version(3)
        .attribute("mood", Attribute::string())
        .attribute("id", Attribute::string().computed())
        .attribute("password", Attribute::string().write_only())
        .attribute("parts", Attribute::nested(Nesting::Set, parts))
}

fn failure() -> Diagnostic {
    Diagnostic::error("It failed")
}

impl Moody {
    async fn act(&self, context: &Context, mood: &str, state: State) -> Result<State, ApplyError> {
        match mood {
            "panic" => panic!("mood of {mood}"),
            "fail" => Err(failure().into()),
            "fail halfway" => {
                let values = state.values.with("id", "half");
                Err(ApplyError::with_state(failure(), State { values, private: state.private }))
            }
            "wait" => {
                context.cancellation().cancelled().await;
                Err(Diagnostic::error("Interrupted").into())
            }
            "forget" => Ok(state),
            "lie" => Ok(State::new(state.values.with("id", "x").with("mood", "truth"))),
            _ => {
                context.warn(Diagnostic::warning("Careful"));
                Ok(State { values: state.values.with("id", "x").with("password", "kept"), ..state })
            }
        }
    }
}

#[async_trait::async_trait]
impl Resource for Moody {
    fn type_name(&self) -> &str {
        "test_moody"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn validate(&self, _: &Context, _: &Object) -> Diagnostics {
        Diagnostic::error("Wrong part").at(Path::from("parts").index(0).attribute("size")).into()
    }

    async fn modify_plan(&self, _: &Context, plan: &mut Plan) -> Diagnostics {
        plan.private.set("planned", true);
        plan.set("password", "leaked");
        Diagnostics::new()
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        assert_eq!(create.private.get("planned"), Some(&true.into()));
        let mood = create.config.str("mood").unwrap_or_default().to_owned();
        self.act(context, &mood, State { values: create.planned, private: create.private }).await
    }

    async fn read(&self, _: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        match state.values.str("mood") {
            Some("panic") => panic!("mood of panic"),
            Some("fail") => Err(failure().into()),
            Some("gone") => Ok(None),
            _ => Ok(Some(state)),
        }
    }

    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError> {
        let mood = change.config.str("mood").unwrap_or_default().to_owned();
        self.act(context, &mood, State { values: change.planned, private: change.private }).await
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        let mood = state.values.str("mood").unwrap_or_default().to_owned();
        self.act(context, &mood, state).await.map(|_| ())
    }
}

fn service() -> Service {
    Service::new(Arc::new(Registry::new(TestProvider, CancellationToken::new())))
}

fn ty() -> Type {
    schema().object_type()
}

fn message(object: Option<Object>) -> Option<wire::DynamicValue> {
    Some(write_object(object, &ty()).unwrap())
}

fn object(message: Option<&wire::DynamicValue>) -> Option<Object> {
    read_object(message, &ty()).unwrap()
}

fn moody(mood: &str, id: Value) -> Object {
    Object::new().with("mood", mood).with("id", id)
}

fn summaries(diagnostics: &[wire::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

async fn apply(prior: Option<Object>, planned: Option<Object>) -> wire::apply_resource_change::Response {
    let mut private = Private::new();
    private.set("planned", true);
    let request = wire::apply_resource_change::Request {
        type_name: "test_moody".to_owned(),
        prior_state: message(prior),
        config: message(planned.clone().map(|planned| planned.with("id", Value::Null))),
        planned_state: message(planned),
        planned_private: private.to_bytes().into(),
        ..<_>::default()
    };
    service().apply_resource_change(Request::new(request)).await.unwrap().into_inner()
}

async fn read(mood: &str) -> wire::read_resource::Response {
    let request = wire::read_resource::Request {
        type_name: "test_moody".to_owned(),
        current_state: message(Some(moody(mood, "x".into()))),
        private: br#"{"kept":1}"#[..].into(),
        ..<_>::default()
    };
    service().read_resource(Request::new(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_creation_fills_in_what_was_unknown() {
    let applied = apply(None, Some(moody("good", Value::UNKNOWN))).await;
    assert_eq!(summaries(&applied.diagnostics), ["Careful"]);
    assert_eq!(applied.diagnostics[0].severity(), Severity::Warning);
    let state = object(applied.new_state.as_ref()).unwrap();
    assert_eq!((state.str("id"), state.get("password")), (Some("x"), &Value::Null));
    assert_eq!(Private::from_bytes(&applied.private).unwrap().get("planned"), Some(&true.into()));
}

#[tokio::test]
async fn a_failed_creation_leaves_what_the_handler_says() {
    for mood in ["fail", "panic"] {
        let applied = apply(None, Some(moody(mood, Value::UNKNOWN))).await;
        assert_eq!(object(applied.new_state.as_ref()), None);
        assert_eq!(applied.diagnostics.len(), 1);
    }
    let applied = apply(None, Some(moody("fail halfway", Value::UNKNOWN))).await;
    assert_eq!(summaries(&applied.diagnostics), ["It failed"]);
    assert_eq!(object(applied.new_state.as_ref()).unwrap().str("id"), Some("half"));
}

#[tokio::test]
async fn a_failed_update_or_deletion_keeps_the_state() {
    for mood in ["fail", "panic"] {
        let prior = moody(mood, "x".into());
        let planned = prior.clone().with("id", Value::UNKNOWN);
        for planned in [Some(planned), None] {
            let applied = apply(Some(prior.clone()), planned).await;
            let state = object(applied.new_state.as_ref()).unwrap();
            assert_eq!((state.str("mood"), state.str("id")), (Some(mood), Some("x")));
            assert_eq!(applied.private.as_ref(), br#"{"planned":true}"#);
        }
    }
    let applied = apply(Some(moody("good", "x".into())), None).await;
    assert_eq!(object(applied.new_state.as_ref()), None);
}

#[tokio::test]
async fn a_panic_is_told_in_its_own_words() {
    let applied = apply(None, Some(moody("panic", Value::UNKNOWN))).await;
    assert_eq!(applied.diagnostics[0].summary, "The provider panicked");
    assert!(applied.diagnostics[0].detail.starts_with("mood of panic"));
}

#[tokio::test]
async fn results_that_break_the_plan_are_named() {
    let applied = apply(None, Some(moody("forget", Value::UNKNOWN))).await;
    assert_eq!(summaries(&applied.diagnostics), ["Value still unknown"]);
    assert!(object(applied.new_state.as_ref()).unwrap().get("id").is_null());
    let applied = apply(None, Some(moody("lie", Value::UNKNOWN))).await;
    assert_eq!(summaries(&applied.diagnostics), ["Result differs from the plan"]);
    assert!(!applied.diagnostics[0].detail.contains("truth"));
}

#[tokio::test]
async fn reading_keeps_updates_or_forgets_the_state() {
    for (mood, errors) in [("good", 0), ("fail", 1), ("panic", 1)] {
        let read = read(mood).await;
        assert_eq!(read.diagnostics.len(), errors);
        assert_eq!(object(read.new_state.as_ref()).unwrap().str("mood"), Some(mood));
        assert_eq!(read.private.as_ref(), br#"{"kept":1}"#);
    }
    let gone = read("gone").await;
    assert_eq!((object(gone.new_state.as_ref()), gone.private.len()), (None, 0));
}

#[tokio::test]
async fn plans_hold_private_data_and_nothing_write_only() {
    let config = moody("good", Value::Null).with("password", "p");
    let request = wire::plan_resource_change::Request {
        type_name: "test_moody".to_owned(),
        prior_state: message(None),
        proposed_new_state: message(Some(config.clone())),
        config: message(Some(config)),
        ..<_>::default()
    };
    let planned = service().plan_resource_change(Request::new(request)).await.unwrap().into_inner();
    assert!(planned.diagnostics.is_empty());
    assert_eq!(planned.planned_private.as_ref(), br#"{"planned":true}"#);
    let state = object(planned.planned_state.as_ref()).unwrap();
    assert!(state.get("password").is_null() && state.get("id").is_unknown());
}

#[tokio::test]
async fn stopping_reaches_the_handlers_and_ends_nothing_else() {
    let service = service();
    let planned = moody("wait", Value::UNKNOWN);
    let request = wire::apply_resource_change::Request {
        type_name: "test_moody".to_owned(),
        prior_state: message(Some(moody("wait", "x".into()))),
        config: message(Some(planned.clone().with("id", Value::Null))),
        planned_state: message(Some(planned)),
        ..<_>::default()
    };
    let applying = tokio::spawn({
        let service = service.clone();
        async move { service.apply_resource_change(Request::new(request)).await }
    });
    tokio::task::yield_now().await;
    service.stop_provider(Request::new(<_>::default())).await.unwrap();
    let applied = applying.await.unwrap().unwrap().into_inner();
    assert_eq!(summaries(&applied.diagnostics), ["Interrupted"]);
    assert_eq!(object(applied.new_state.as_ref()).unwrap().str("id"), Some("x"));
}

#[tokio::test]
async fn state_of_the_same_version_is_read_and_of_others_refused() {
    let upgrade = async |version, json: &'static [u8]| {
        let request = wire::upgrade_resource_state::Request {
            type_name: "test_moody".to_owned(),
            version,
            raw_state: Some(wire::RawState { json: json.into(), ..<_>::default() }),
        };
        service().upgrade_resource_state(Request::new(request)).await.unwrap().into_inner()
    };
    let upgraded = upgrade(3, br#"{"mood":"good","id":"x","removed":{"a":[1]}}"#).await;
    let state = object(upgraded.upgraded_state.as_ref()).unwrap();
    assert_eq!((state.str("mood"), state.get("parts")), (Some("good"), &Value::Null));
    for (version, detail) in [(2, "cannot upgrade it"), (4, "a newer provider wrote it")] {
        let refused = upgrade(version, b"{}").await;
        assert!(refused.diagnostics[0].detail.contains(detail));
    }
    let damaged = upgrade(3, br#"{"parts":[{"size":"x"}]}"#).await;
    assert!(damaged.diagnostics[0].attribute.is_some());
}

#[tokio::test]
async fn a_path_ends_where_a_set_begins() {
    let request = wire::validate_resource_config::Request {
        type_name: "test_moody".to_owned(),
        config: message(Some(Object::new())),
        client_capabilities: None,
    };
    let validated = service().validate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let steps = &validated.diagnostics[0].attribute.as_ref().unwrap().steps;
    assert_eq!(steps.len(), 1);
}

#[tokio::test]
async fn unknown_names_and_damaged_messages_are_diagnostics() {
    let request = wire::read_resource::Request { type_name: "test_other".to_owned(), ..<_>::default() };
    let read = service().read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(summaries(&read.diagnostics), ["Unknown resource"]);
    let request = wire::read_resource::Request {
        type_name: "test_moody".to_owned(),
        current_state: Some(wire::DynamicValue { msgpack: vec![0x81].into(), ..<_>::default() }),
        ..<_>::default()
    };
    let read = service().read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(summaries(&read.diagnostics), ["Wrong value"]);
    assert_eq!(read.new_state.unwrap().msgpack.as_ref(), [0x81]);
}

#[tokio::test]
async fn schemas_carry_either_a_type_or_nested_attributes() {
    let schemas = service().get_provider_schema(Request::new(<_>::default())).await.unwrap().into_inner();
    let capabilities = schemas.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    let block = schemas.resource_schemas["test_moody"].block.clone().unwrap();
    assert_eq!(schemas.resource_schemas["test_moody"].version, 3);
    for attribute in block.attributes {
        assert_eq!(attribute.nested_type.is_some(), attribute.r#type.is_empty(), "{}", attribute.name);
    }
}

#[tokio::test]
async fn configuring_gives_the_handlers_their_data() {
    let registry = Arc::new(Registry::new(TestProvider, CancellationToken::new()));
    assert!(registry.context().data::<String>().is_err());
    let request = Request::new(wire::configure_provider::Request::default());
    let configured = Service::new(Arc::clone(&registry)).configure_provider(request).await.unwrap();
    assert!(configured.into_inner().diagnostics.is_empty());
    assert_eq!(*registry.context().data::<String>().unwrap(), "data");
    assert!(registry.context().data::<u8>().is_err());
}
