//! Reads that are answered from lists, and a server that fails in the middle of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod responder;

use client::{CallOptions, CancellationToken, Client, ClientError, Config};
use responder::{Reply, Responder, answer, path_of, slow};
use schemas::{
    registry::{ResourceInfo, resource_info},
    resource::client::Client as ClientResource,
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const ONE: &str = "GET /v1/client/";
const LIST: &str = "GET /v1/client?";

fn client(server: &Responder) -> Arc<Client> {
    with(server, |config| config)
}

fn with(server: &Responder, change: impl Fn(Config) -> Config) -> Arc<Client> {
    let config = Config { max_retries: 1, ..Config::new(server.url.parse().unwrap(), "esu_x".into()) };
    Arc::new(Client::new(change(config)).unwrap())
}

fn info() -> ResourceInfo {
    resource_info::<ClientResource>()
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn object(number: usize) -> Value {
    json!({ "id": id(number), "version": 1, "price": 0.1, "code": format!("c{number}") })
}

/// The page that a request asks for, of a collection of so many objects.
fn page(request: &str, total: usize) -> Reply {
    let query = path_of(request).split_once('?').unwrap().1;
    let cursor = query.split('&').find_map(|part| part.strip_prefix("cursor=")).unwrap();
    let from: usize = if cursor.is_empty() { 0 } else { cursor.parse().unwrap() };
    let to = (from + 1000).min(total);
    let items: Vec<Value> = (from..to).map(object).collect();
    let next = (to < total).then(|| to.to_string());
    let page = json!({ "items": items, "total": total, "limit": 1000, "next_cursor": next });
    slow(answer(200, &page.to_string()))
}

/// The object that a request asks for.
fn one(request: &str) -> Reply {
    let number = path_of(request).rsplit('-').next().unwrap().parse().unwrap();
    slow(answer(200, &object(number).to_string()))
}

/// A server with so many objects.
async fn full(total: usize) -> Responder {
    Responder::serving(
        move |_, request| {
            if request.starts_with(LIST) { page(request, total) } else { one(request) }
        },
    )
    .await
}

/// Reads these objects, ten at a time.
async fn read_all(client: &Arc<Client>, numbers: Vec<usize>) {
    let numbers = Arc::new(numbers);
    let next = Arc::new(AtomicUsize::new(0));
    let mut readers = JoinSet::new();
    for _ in 0..10 {
        let (client, numbers, next) = (Arc::clone(client), Arc::clone(&numbers), Arc::clone(&next));
        readers.spawn(async move {
            while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                let read = client.reader().by_id(&info(), &id(*number), &CallOptions::default()).await;
                assert_eq!(read.unwrap().unwrap().body, object(*number));
            }
        });
    }
    readers.join_all().await;
}

/// So many numbers below a total, in no order.
fn some(count: usize, total: usize) -> Vec<usize> {
    (0..count).map(|number| number * 7919 % total).collect()
}

#[tokio::test]
async fn one_object_is_read_alone_and_many_by_pages() {
    let server = full(1000).await;
    read_all(&client(&server), vec![5]).await;
    assert_eq!((server.count(ONE), server.count(LIST)), (1, 0), "a plan of one object lists nothing");

    let server = full(1000).await;
    let client = with(&server, |config| Config { partner: Some("north".to_owned()), ..config });
    read_all(&client, some(1000, 1000)).await;
    assert_eq!((server.count(ONE), server.count(LIST)), (1, 1));
    let list = server.seen().into_iter().find(|request| request.starts_with(LIST)).unwrap();
    assert_eq!(path_of(&list), "/v1/client?limit=1000&cursor=&partner=north");
}

#[tokio::test]
async fn a_large_collection_is_read_to_its_end_only_for_many() {
    let server = full(8000).await;
    read_all(&client(&server), some(8000, 8000)).await;
    assert_eq!(server.count(LIST), 8);
    assert!(server.count(ONE) <= 80, "{} single reads", server.count(ONE));

    let server = full(100_000).await;
    read_all(&client(&server), some(50, 100_000)).await;
    assert_eq!(server.count(LIST), 1);
    assert!(server.count(ONE) <= 50);
}

#[tokio::test]
async fn one_after_the_other_is_read_by_pages_too() {
    let server = full(500).await;
    let client = client(&server);
    for number in some(100, 500) {
        client.reader().by_id(&info(), &id(number), &CallOptions::default()).await.unwrap().unwrap();
    }
    assert_eq!((server.count(ONE), server.count(LIST)), (10, 1));
}

#[tokio::test]
async fn absence_from_a_list_is_confirmed() {
    let gone = id(77);
    let server = Responder::serving(move |_, request| {
        if request.starts_with(LIST) {
            page(request, 50)
        } else if request.contains(&gone) {
            answer(404, r#"{"detail":"Not found."}"#)
        } else {
            one(request)
        }
    })
    .await;
    let client = client(&server);
    // 60 is not in the list, and there.
    read_all(&client, vec![1, 60, 2, 3]).await;
    let read = client.reader().by_id(&info(), &id(77), &CallOptions::default()).await;
    assert_eq!(read.unwrap(), None);
    assert_eq!(server.count(LIST), 1);
    assert!(server.seen().iter().any(|request| request.contains(&id(60))));
}

#[tokio::test]
async fn an_object_is_handed_out_once_and_data_sources_always_ask() {
    let server = full(20).await;
    let client = client(&server);
    read_all(&client, (0..20).collect()).await;
    let before = server.count(ONE);
    read_all(&client, vec![4]).await;
    client.reader().fresh(&info(), &id(5), &CallOptions::default()).await.unwrap().unwrap();
    assert_eq!(server.count(ONE), before + 2);
}

#[tokio::test]
async fn a_failed_load_fails_nobody() {
    for bad in [Reply::HangUp, answer(500, "{}"), answer(200, "<html>"), answer(403, r#"{"detail":"No."}"#)] {
        let server = Responder::serving(
            move |_, request| {
                if request.starts_with(LIST) { bad.clone() } else { one(request) }
            },
        )
        .await;
        read_all(&client(&server), (0..40).collect()).await;
        assert_eq!(server.count(ONE), 40);
        assert!((1..=4).contains(&server.count(LIST)), "it is not tried for ever: {}", server.count(LIST));
    }
}

#[tokio::test]
async fn a_busy_list_is_waited_for() {
    let server = Responder::serving(|number, request| {
        if number == 1 {
            Reply::Answer(429, "retry-after: 1\r\n", r#"{"detail":"Slow down."}"#.to_owned())
        } else if request.starts_with(LIST) {
            page(request, 100)
        } else {
            one(request)
        }
    })
    .await;
    read_all(&client(&server), (0..100).collect()).await;
    assert_eq!(server.count(ONE), 1);
}

#[tokio::test]
async fn who_began_the_list_may_give_up() {
    let server = full(10).await;
    let client = client(&server);
    let token = CancellationToken::new();
    let mut readers = JoinSet::new();
    for number in 0..10 {
        let (client, token) = (Arc::clone(&client), token.clone());
        readers.spawn(async move {
            // The second one begins the list.
            let cancellation = (number == 1).then_some(token);
            let options = CallOptions { cancellation, ..CallOptions::default() };
            (number, client.reader().by_id(&info(), &id(number), &options).await)
        });
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    token.cancel();
    for (number, read) in readers.join_all().await {
        match read {
            Ok(read) => assert_eq!(read.unwrap().body, object(number)),
            Err(error) => assert!(number == 1 && matches!(error, ClientError::Cancelled), "{error}"),
        }
    }
    assert_eq!((server.count(ONE), server.count(LIST)), (1, 1));
}

#[tokio::test]
async fn waiting_for_a_list_ends_within_the_readers_own_time() {
    let server = Responder::serving(
        |_, request| {
            if request.starts_with(LIST) { Reply::Silence } else { one(request) }
        },
    )
    .await;
    let client = client(&server);
    let options = CallOptions { deadline: Some(Duration::from_secs(1)), ..CallOptions::default() };
    let started = Instant::now();
    let mut readers = JoinSet::new();
    for number in 0..5 {
        let (client, options) = (Arc::clone(&client), options.clone());
        readers.spawn(async move { client.reader().by_id(&info(), &id(number), &options).await });
    }
    assert!(readers.join_all().await.iter().all(Result::is_ok));
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_write_ends_the_lists() {
    let server = Responder::serving(|_, request| match request {
        _ if request.starts_with(LIST) => page(request, 100),
        _ if request.starts_with("GET") => one(request),
        _ => answer(200, "{}"),
    })
    .await;
    let client = client(&server);
    read_all(&client, (0..50).collect()).await;
    let rehearsal = json!({ "dry_run": true });
    client
        .send(
            &info().replace,
            &json!({ "id": id(60) }),
            &rehearsal,
            Some(&json!({})),
            &CallOptions::default(),
        )
        .await
        .unwrap();
    read_all(&client, vec![60]).await;
    assert_eq!((server.count(ONE), server.count(LIST)), (1, 1), "a rehearsal writes nothing");
    client.writer().replace(&info(), &id(61), &json!({}), &CallOptions::default()).await.unwrap();
    read_all(&client, (60..90).collect()).await;
    assert_eq!((server.count(ONE), server.count(LIST)), (31, 1));
}

#[tokio::test]
async fn lists_can_be_switched_off() {
    let server = full(100).await;
    let client = with(&server, |config| Config { batch: false, ..config });
    read_all(&client, (0..100).collect()).await;
    assert_eq!((server.count(ONE), server.count(LIST)), (100, 0));
}
