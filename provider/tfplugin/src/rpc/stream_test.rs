//! Lists and actions.

use super::*;

async fn list(mood_of: &str, limit: i64, include_resource_object: bool) -> Vec<wire::list_resource::Event> {
    let request = wire::list_resource::Request {
        type_name: "test_thing".to_owned(),
        config: message(&Things.schema().object_type(), mood(mood_of)),
        include_resource_object,
        limit,
    };
    let events = service().list_resource(Request::new(request)).await.unwrap().into_inner();
    events.map(Result::unwrap).collect().await
}

#[tokio::test]
async fn a_list_gives_as_many_as_are_wanted_and_warns_at_the_end() {
    let events = list("good", 100, true).await;
    assert_eq!(events.len(), 101);
    let last = events.last().unwrap();
    assert_eq!((summaries(&last.diagnostic), last.identity.is_none()), (vec!["Careful"], true));
    assert_eq!(events[7].display_name, "thing 7");
    assert_eq!(identity_of(events[7].identity.as_ref()), Some(identity("7")));
    let whole = read_object(events[7].resource_object.as_ref(), &schema().object_type()).unwrap().unwrap();
    assert_eq!((whole.str("id"), whole.get("password")), (Some("7"), &Value::Null));
    assert!(list("good", 1, false).await[0].resource_object.is_none());
    assert_eq!(list("good", 0, false).await.len(), 1);
}

#[tokio::test]
async fn a_list_that_fails_says_so_after_what_it_found() {
    let events = list("fail", 3, false).await;
    assert_eq!(summaries(&events[3].diagnostic), ["It failed", "Careful"]);
    let events = list("panic", 3, false).await;
    assert_eq!(summaries(&events[1].diagnostic), ["The provider panicked"]);
    let events = list("anonymous", 1, false).await;
    assert_eq!(summaries(&events[0].diagnostic), ["Incomplete identity"]);
}

fn invocation(mood_of: &str) -> Request<wire::invoke_action::Request> {
    let ty = Act { stopped: Arc::default() }.schema().object_type();
    Request::new(wire::invoke_action::Request {
        action_type: "test_act".to_owned(),
        config: message(&ty, mood(mood_of)),
        client_capabilities: None,
    })
}

#[tokio::test]
async fn an_action_tells_its_progress_and_how_it_ended() {
    use wire::invoke_action::event::Type as Told;
    for (mood, expected) in
        [("good", None), ("fail", Some("It failed")), ("panic", Some("The provider panicked"))]
    {
        let events = service().invoke_action(invocation(mood)).await.unwrap().into_inner();
        let events: Vec<_> = events.map(|event| event.unwrap().r#type.unwrap()).collect().await;
        let [Told::Progress(progress), Told::Completed(completed)] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(progress.message, "begun");
        assert_eq!(summaries(&completed.diagnostics), Vec::from_iter(expected));
    }
}

#[tokio::test]
async fn an_action_ends_when_it_is_stopped_or_nobody_listens() {
    use wire::invoke_action::event::Type as Told;
    let service = service();
    let mut events = service.invoke_action(invocation("wait")).await.unwrap().into_inner();
    assert!(matches!(events.next().await.unwrap().unwrap().r#type, Some(Told::Progress(_))));
    service.stop_provider(Request::new(<_>::default())).await.unwrap();
    let Some(Told::Completed(completed)) = events.next().await.unwrap().unwrap().r#type else { panic!() };
    assert_eq!(summaries(&completed.diagnostics), ["Interrupted"]);

    let provider = Whole::default();
    let stopped = Arc::clone(&provider.stopped);
    let service = Service::new(Arc::new(Registry::new(provider, CancellationToken::new())));
    let mut events = service.invoke_action(invocation("wait")).await.unwrap().into_inner();
    events.next().await.unwrap().unwrap();
    drop(events);
    tokio::time::timeout(Duration::from_secs(10), stopped.notified()).await.unwrap();
}
