//! How many requests a token may send.

use crate::fixture::{Fixture, START};
use serde_json::json;
use testkit::server::{Server, Setup};

const LIMIT: u32 = 5;

pub(crate) async fn who_calls_too_often_is_told_when_to_come_again(f: &Fixture) {
    let own = f.another();
    let setup = Setup::new(env!("CARGO_BIN_EXE_controlplane"), own.database.url())
        .with_test_clock(START)
        .with_token(own.server.token())
        .with_requests_per_second(LIMIT);
    let server = Server::start(setup).unwrap();
    let admin = server.admin();
    let me = || admin.get("/v1/account/me");
    // Whatever the machine does meanwhile, so many at once are too many.
    let answers = futures::future::join_all((0..60).map(|_| me())).await;
    let (admitted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!admitted.is_empty() && !refused.is_empty(), "{} admitted", admitted.len());
    for answer in admitted.iter().chain(&refused) {
        assert_eq!(answer.header("ratelimit-limit"), "5");
        assert_eq!(answer.header("ratelimit-policy"), "5;w=1");
        let number = |name: &str| answer.header(name).parse::<u32>().unwrap();
        assert!(number("ratelimit-remaining") <= LIMIT && number("ratelimit-reset") <= 1);
    }
    for answer in refused {
        assert_eq!((answer.header("retry-after"), answer.header("ratelimit-remaining")), ("1", "0"));
        assert_eq!(answer.alias(429), "rate_limited");
    }
    // A second later there is room again.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    me().await.expect(200);
    // A batch is paid for by its operations: after a hundred of them, more than a second passes.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let operation = json!({ "method": "DELETE", "path": "/v1/client/nobody" });
    admin.post("/v1/batch", &json!({ "operations": vec![operation; 100] })).await.expect(200);
    assert_eq!(me().await.alias(429), "rate_limited");
    // The server that sets nothing lets a thousand through.
    assert_eq!(f.admin.get("/v1/account/me").await.header("ratelimit-limit"), "1000");
}
