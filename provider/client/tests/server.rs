//! The client and the real server: how many requests many objects take, and what is left when the server dies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use client::{CallOptions, Client, Config};
use schemas::{
    registry::{ResourceInfo, resource_info},
    resource::client::Client as ClientResource,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{
    database::TestDatabase,
    server::{Server, Setup},
    terraform::Programs,
};
use tokio::task::JoinSet;

/// How many objects are written and read.
const MANY: usize = 1000;
/// How many callers there are at a time, as Terraform has them.
const AT_A_TIME: usize = 10;

/// A server with one partner and one tariff plan.
async fn start() -> (Server, TestDatabase) {
    let programs = Programs::find().unwrap_or_else(|error| panic!("{error}"));
    let database = TestDatabase::sqlite().unwrap_or_else(|error| panic!("{error}"));
    let setup = Setup::new(&programs.controlplane, database.url());
    let server = Server::start(setup).unwrap_or_else(|error| panic!("{error}"));
    let admin = server.admin();
    let partner = json!({ "code": "north", "name": "North", "model": "white_label" });
    admin.post("/v1/partner", &partner).await.expect(201);
    let plan = json!({ "code": "basic", "partner": "north", "name": "Basic", "services": {} });
    admin.post("/v1/tariff_plan", &plan).await.expect(201);
    (server, database)
}

fn client(server: &Server) -> Arc<Client> {
    let config =
        Config { max_retries: 20, ..Config::new(server.url().parse().unwrap(), server.token().into()) };
    Arc::new(Client::new(config).unwrap())
}

fn info() -> ResourceInfo {
    resource_info::<ClientResource>()
}

/// Creates so many clients, ten at a time; their ids.
async fn create_all(client: &Arc<Client>, count: usize) -> Vec<String> {
    let next = Arc::new(Mutex::new(0..count));
    let mut writers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (client, next) = (Arc::clone(client), Arc::clone(&next));
        writers.spawn(async move {
            let mut ids = Vec::new();
            loop {
                let Some(number) = next.lock().unwrap().next() else { return ids };
                let body = json!({
                    "code": format!("c{number}"), "partner": "north", "name": "C", "tariff_plan": "basic",
                });
                let key = Some(format!("key{number}"));
                let options = CallOptions { idempotency_key: key, ..CallOptions::default() };
                let created = client.writer().create(&info(), &body, &options).await.unwrap();
                ids.push(created.body["id"].as_str().unwrap().to_owned());
            }
        });
    }
    writers.join_all().await.concat()
}

/// How many requests of an operation the server answered.
async fn answered(server: &Server, operation: &str) -> u64 {
    let text = server.admin().get("/metrics").await.text;
    let lines = text.lines().filter(|line| line.contains("http_requests_total{"));
    let of_it = lines.filter(|line| line.contains(&format!("operation=\"{operation}\"")));
    of_it.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test]
async fn many_objects_take_few_requests() {
    let (server, _database) = start().await;
    let ids = create_all(&client(&server), MANY).await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), MANY);
    let batches = answered(&server, "batch.run").await;
    assert!((100..=150).contains(&batches), "{batches} batches");
    assert!(answered(&server, "client.create").await <= 5);

    // Another process reads them.
    let reader = client(&server);
    let ids = Arc::new(Mutex::new(ids));
    let mut readers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (reader, ids) = (Arc::clone(&reader), Arc::clone(&ids));
        readers.spawn(async move {
            loop {
                let Some(id) = ids.lock().unwrap().pop() else { return };
                let read = reader.reader().by_id(&info(), &id, &CallOptions::default()).await;
                assert_eq!(read.unwrap().unwrap().body["id"], id.as_str());
            }
        });
    }
    readers.join_all().await;
    let (lists, reads) = (answered(&server, "client.list").await, answered(&server, "client.read").await);
    assert!(lists <= 2 && reads <= 2, "{lists} lists, {reads} reads");

    // What a list holds of an object is what reading it alone gives.
    let first = server.admin().get("/v1/client?limit=1&cursor=").await.expect(200)["items"][0].clone();
    let alone = reader.reader().fresh(&info(), first["id"].as_str().unwrap(), &CallOptions::default()).await;
    assert_eq!(alone.unwrap().unwrap().body, first);
}

#[tokio::test]
async fn a_server_that_dies_among_batches_neither_loses_nor_doubles() {
    let (mut server, _database) = start().await;
    let writing = tokio::spawn({
        let client = client(&server);
        async move { create_all(&client, 200).await }
    });
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        server = tokio::task::spawn_blocking(move || {
            server.restart().unwrap_or_else(|error| panic!("{error}"));
            server
        })
        .await
        .unwrap();
    }
    let ids = writing.await.unwrap();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 200);
    let page = server.admin().get("/v1/client?limit=1000&cursor=").await.expect(200);
    let there: BTreeSet<&str> =
        page["items"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(there, ids.iter().map(String::as_str).collect());
    assert_eq!(page["total"], Value::from(200));
}
