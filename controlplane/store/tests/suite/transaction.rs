//! Transactions: what stays and what does not.

use crate::fixture::{Fixture, new_partner};
use futures::poll;
use std::{pin::pin, time::Duration};
use store::{ListQuery, Settings, Store, StoreError, Visible, queries};

async fn partners(store: &Store) -> i64 {
    let mut reader = store.read().await.unwrap();
    queries::partner::list(&mut reader, &Visible::All, &ListQuery::default()).await.unwrap().total
}

pub(crate) async fn a_dropped_transaction_leaves_nothing(fixture: &Fixture) {
    let store = &fixture.store;
    let mut tx = store.begin().await.unwrap();
    queries::partner::insert(&mut tx, &new_partner("one", "One")).await.unwrap();
    drop(tx);
    assert_eq!(partners(store).await, 0);
    let mut tx = store.begin().await.unwrap();
    queries::partner::insert(&mut tx, &new_partner("one", "One")).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(partners(store).await, 0);
    let mut tx = store.begin().await.unwrap();
    queries::partner::insert(&mut tx, &new_partner("one", "One")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(partners(store).await, 1);
}

pub(crate) async fn a_failed_transaction_cannot_be_committed(fixture: &Fixture) {
    let store = &fixture.store;
    let mut tx = store.begin().await.unwrap();
    queries::partner::insert(&mut tx, &new_partner("one", "One")).await.unwrap();
    let error = queries::partner::insert(&mut tx, &new_partner("one", "Two")).await.unwrap_err();
    assert!(error.is_unique("partner_code_key"), "{error:?}");
    assert!(matches!(queries::partner::get(&mut tx, 1).await, Err(StoreError::Other(_))));
    assert!(tx.commit().await.is_err());
    assert_eq!(partners(store).await, 0);
}

pub(crate) async fn a_mark_undoes_a_failure(fixture: &Fixture) {
    let store = &fixture.store;
    let mut tx = store.begin().await.unwrap();
    for (code, name) in [("one", "One"), ("one", "Twice"), ("two", "Two")] {
        tx.mark().await.unwrap();
        match queries::partner::insert(&mut tx, &new_partner(code, name)).await {
            Ok(_) => tx.keep().await.unwrap(),
            Err(_) => tx.undo().await.unwrap(),
        }
    }
    tx.commit().await.unwrap();
    assert_eq!(partners(store).await, 2);
}

/// Cancels a transaction after ever longer times, so that some are met within a statement and some between two.
pub(crate) async fn a_cancelled_transaction_never_comes_back_open(fixture: &Fixture) {
    let settings = Settings { postgres_connections: 1, sqlite_readers: 1, ..Settings::default() };
    let store = fixture.another(&settings).await;
    for round in 0..60_u64 {
        let work = async {
            let mut tx = store.begin().await.unwrap();
            for number in 0..100 {
                queries::partner::insert(&mut tx, &new_partner(&format!("c{number}"), "Cut")).await.unwrap();
            }
            // Held open: it is always cancelled.
            std::future::pending::<()>().await;
            drop(tx);
        };
        tokio::select! {
            () = work => unreachable!(),
            () = tokio::time::sleep(Duration::from_micros(round * 300)) => {}
        }
        // The only connection there is must be in no transaction and hold none of the rows.
        let mut tx = store.begin().await.unwrap();
        queries::setting::set(&mut tx, "round", &round.to_string()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.read().await.unwrap();
        assert_eq!(queries::setting::get(&mut reader, "round").await.unwrap(), Some(round.to_string()));
        drop(reader);
        assert_eq!(partners(&store).await, 0, "round {round}");
    }
    // Also from another task, which is how a server drops a request whose client has gone.
    for round in 0..20_u64 {
        let other = store.clone();
        let task = tokio::spawn(async move {
            let mut tx = other.begin().await.unwrap();
            loop {
                let row = queries::partner::insert(&mut tx, &new_partner("cut", "Cut")).await.unwrap();
                queries::partner::delete(&mut tx, row.id, None).await.unwrap();
            }
        });
        tokio::time::sleep(Duration::from_micros(round * 200)).await;
        task.abort();
        task.await.ok();
        assert_eq!(partners(&store).await, 0, "abort {round}");
    }
    assert_eq!(partners(&fixture.store).await, 0);
}

pub(crate) async fn a_transaction_with_a_cancelled_statement_is_of_no_use(fixture: &Fixture) {
    let partner = new_partner("one", "One");
    let mut tx = loop {
        let mut tx = fixture.store.begin().await.unwrap();
        // Polled once: the statement is on its way, and its answer is not awaited, unless it came at once.
        if poll!(pin!(queries::partner::insert(&mut tx, &partner))).is_pending() {
            break tx;
        }
    };
    let error = queries::partner::get(&mut tx, 1).await.unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error:?}");
    assert!(tx.commit().await.is_err());
    assert_eq!(partners(&fixture.store).await, 0);
}

pub(crate) async fn a_reader_sees_one_snapshot(fixture: &Fixture) {
    let store = &fixture.store;
    let mut reader = store.read().await.unwrap();
    let list = ListQuery::default();
    assert_eq!(queries::partner::list(&mut reader, &Visible::All, &list).await.unwrap().total, 0);
    let mut tx = store.begin().await.unwrap();
    queries::partner::insert(&mut tx, &new_partner("one", "One")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(queries::partner::list(&mut reader, &Visible::All, &list).await.unwrap().total, 0);
    drop(reader);
    assert_eq!(partners(store).await, 1);
}

pub(crate) async fn too_many_transactions_are_refused_in_time(fixture: &Fixture) {
    let settings = Settings {
        postgres_connections: 1,
        sqlite_readers: 1,
        acquire_timeout: Duration::from_millis(200),
        ..Settings::default()
    };
    let store = fixture.another(&settings).await;
    let tx = store.begin().await.unwrap();
    let error = store.begin().await.unwrap_err();
    assert!(error.retryable(), "{error:?}");
    tx.rollback().await.unwrap();
    store.begin().await.unwrap().commit().await.unwrap();
}
