//! Charges, the ledger, runs, leases and settings.

use crate::fixture::{Fixture, at, client, partner};
use jiff::civil::Date;
use schemas::money::Money;
use store::{
    ListQuery, StoreError, Tx, Visible,
    model::{
        charge::{NewCharge, RunState},
        closing::Closing,
        contract::Contract,
        ledger::{LedgerEntry, LedgerFilter, NewLedgerTransaction, Posted, TransactionKind},
        payment::{Method, NewPayment, PaymentFilter},
    },
    queries::{self, run::Outcome},
};
use uuid::Uuid;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn rubles(text: &str) -> Money {
    text.parse().unwrap()
}

async fn contract(tx: &mut Tx) -> Contract {
    let (_, plan) = partner(tx, "acme").await;
    client(tx, &plan, "one").await.1
}

pub(crate) async fn charges_are_written_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let contract = contract(&mut tx).await;
    let run = queries::run::start(&mut tx, at(100), at(200), at(201)).await.unwrap();
    let charge = NewCharge {
        partner_id: contract.partner_id,
        contract_id: contract.id,
        run_id: run.id,
        resource: Uuid::new_v4(),
        resource_kind: "machine".into(),
        resource_name: "Web".into(),
        project_id: None,
        service: "kvm_cpu".into(),
        kind: "period".into(),
        first_day: day("2021-12-20"),
        last_day: day("2021-12-22"),
        plan_id: contract.plan_id,
        plan_version: 1,
        grant_id: 0,
        period: "day".into(),
        calendar: true,
        price: rubles("3"),
        starts_per_day: 1,
        rises_per_day: 0,
        quantity_per_day: 2,
        amount_per_day: rubles("-6"),
        total: rubles("-18"),
        rule: "F1".into(),
        about_day: day("2021-12-20"),
        corrects: None,
    };
    let later = NewCharge { first_day: day("2021-12-23"), last_day: day("2021-12-23"), ..charge.clone() };
    let batch = [charge.clone(), later, charge];
    assert_eq!(queries::charge::insert(&mut tx, &batch).await.unwrap().len(), 2);
    assert_eq!(queries::charge::insert(&mut tx, &batch).await.unwrap().len(), 0);
    let correction = NewCharge { about_day: day("2021-12-19"), corrects: Some(1), ..batch[0].clone() };
    assert_eq!(queries::charge::insert(&mut tx, &[correction.clone(), correction]).await.unwrap().len(), 1);
    for (first, last, count) in [
        ("2021-12-01", "2021-12-19", 0),
        ("2021-12-01", "2021-12-20", 2),
        ("2021-12-21", "2021-12-21", 2),
        ("2021-12-22", "2021-12-23", 3),
        ("2021-12-24", "2021-12-31", 0),
    ] {
        let (partner_id, id) = (contract.partner_id, contract.id);
        let found =
            queries::charge::overlapping(&mut tx, partner_id, id, day(first), day(last)).await.unwrap();
        assert_eq!(found.len(), count, "{first}");
        assert!(found.iter().all(|row| row.amount_per_day == rubles("-6")));
    }
}

pub(crate) async fn closed_days_are_recorded_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let contract = contract(&mut tx).await;
    let (partner_id, contract_id) = (contract.partner_id, contract.id);
    assert_eq!(queries::closing::last(&mut tx, partner_id, contract_id).await.unwrap(), None);
    let run_id = queries::run::start(&mut tx, at(100), at(200), at(201)).await.unwrap().id;
    let closing = |first: &str, last: &str, evidence| Closing {
        partner_id,
        contract_id,
        last_day: day(last),
        first_day: day(first),
        run_id,
        cutoff_at: at(200),
        evidence,
    };
    let (one, two) = (closing("2021-12-20", "2021-12-21", 3), closing("2021-12-22", "2021-12-22", 3));
    queries::closing::insert(&mut tx, &two).await.unwrap();
    queries::closing::insert(&mut tx, &one).await.unwrap();
    assert_eq!(queries::closing::last(&mut tx, partner_id, contract_id).await.unwrap(), Some(two.clone()));
    let error = queries::closing::insert(&mut tx, &two).await.unwrap_err();
    assert!(matches!(error, StoreError::Unique { .. }), "{error:?}");
}

fn transaction(contract: &Contract, key: &str) -> NewLedgerTransaction {
    NewLedgerTransaction {
        partner_id: contract.partner_id,
        key: key.into(),
        contract_id: contract.id,
        kind: TransactionKind::Charges,
        day: Some(day("2021-12-20")),
        at: at(300),
    }
}

fn entries(amounts: &[(&str, &str)]) -> Vec<LedgerEntry> {
    amounts
        .iter()
        .map(|(account, amount)| LedgerEntry { account: (*account).into(), amount: rubles(amount) })
        .collect()
}

pub(crate) async fn the_ledger_refuses_what_does_not_sum_to_zero(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let contract = contract(&mut tx).await;
    let (partner_id, id) = (contract.partner_id, contract.id);
    let off = entries(&[("client", "-142"), ("revenue", "141.9999999")]);
    let error = queries::ledger::post(&mut tx, &transaction(&contract, "d1"), &off).await.unwrap_err();
    assert!(matches!(error, StoreError::Unbalanced { sum: -1, .. }), "{error:?}");
    assert_eq!(queries::ledger::find(&mut tx, partner_id, "d1").await.unwrap(), None);
    let huge = [
        ("client", "922337203685.4775807"),
        ("client", "1"),
        ("revenue", "-922337203685.4775807"),
        ("x", "-1"),
    ];
    let error =
        queries::ledger::post(&mut tx, &transaction(&contract, "d1"), &entries(&huge)).await.unwrap_err();
    assert!(matches!(error, StoreError::Other(_)), "{error:?}");

    assert_eq!(queries::ledger::sum(&mut tx, partner_id, id, "client").await.unwrap(), Money::ZERO);
    let split = entries(&[("client", "-100"), ("client", "-42.0000001"), ("revenue", "142.0000001")]);
    let posted = queries::ledger::post(&mut tx, &transaction(&contract, "d1"), &split).await.unwrap();
    let Posted::New(transaction_id) = posted else { unreachable!("{posted:?}") };
    let stored = queries::ledger::entries(&mut tx, &[partner_id], &[transaction_id]).await.unwrap();
    let stored: Vec<LedgerEntry> = stored.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(stored, entries(&[("client", "-142.0000001"), ("revenue", "142.0000001")]));
    let payment = entries(&[("client", "500"), ("bank", "-500")]);
    queries::ledger::post(&mut tx, &transaction(&contract, "p1"), &payment).await.unwrap();
    assert_eq!(queries::ledger::sum(&mut tx, partner_id, id, "client").await.unwrap(), rubles("357.9999999"));
    assert_eq!(queries::ledger::sum_of_all(&mut tx).await.unwrap(), Money::ZERO);
    let filter = LedgerFilter { contract: Some((partner_id, id)), ..LedgerFilter::default() };
    let listed = queries::ledger::newest(&mut tx, &Visible::All, &filter, 0, 10).await.unwrap();
    assert_eq!(listed.rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["p1", "d1"]);
    for (from, to, count) in [("2021-12-20", "2021-12-20", 2), ("2021-12-21", "2021-12-31", 0)] {
        let filter = LedgerFilter { from: Some(day(from)), to: Some(day(to)), ..filter.clone() };
        let listed = queries::ledger::newest(&mut tx, &Visible::All, &filter, 0, 1).await.unwrap();
        assert_eq!(listed.total, count, "{from}");
    }
    tx.commit().await.unwrap();
}

pub(crate) async fn a_payment_stands_beside_one_transaction(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let contract = contract(&mut tx).await;
    let pair = entries(&[("client", "5"), ("correction", "-5")]);
    let posted = queries::ledger::post(&mut tx, &transaction(&contract, "p1"), &pair).await.unwrap();
    let Posted::New(transaction_id) = posted else { unreachable!("{posted:?}") };
    let new = NewPayment {
        partner_id: contract.partner_id,
        contract_id: contract.id,
        transaction_id,
        method: Method::BankTransfer,
        external_id: "Order 7".into(),
        amount: rubles("5"),
        reason: None,
        author: "admin".into(),
        created_at: at(300),
    };
    let made = queries::payment::insert(&mut tx, &new).await.unwrap();
    let again = queries::payment::of_transaction(&mut tx, contract.partner_id, transaction_id).await.unwrap();
    assert_eq!((&again, again.amount), (&made, rubles("5")));
    let other = Visible::partners(vec![contract.partner_id + 1]);
    assert_eq!(queries::payment::find(&mut tx, &other, made.id).await.unwrap(), None);
    for (from, to, count) in [(300, 301, 1), (299, 300, 0), (301, 400, 0)] {
        let filter = PaymentFilter { from: Some(at(from)), to: Some(at(to)), ..PaymentFilter::default() };
        let list = ListQuery { filter, search: Some("ORDER".into()), ..ListQuery::default() };
        let listed = queries::payment::list(&mut tx, &Visible::All, &list).await.unwrap();
        assert_eq!(listed.total, count, "{from}");
    }
    tx.commit().await.unwrap();
    for bad in [
        new.clone(),
        NewPayment { transaction_id: 999, ..new.clone() },
        NewPayment { amount: rubles("-5"), ..new.clone() },
    ] {
        let mut tx = fixture.store.begin().await.unwrap();
        queries::payment::insert(&mut tx, &bad).await.unwrap_err();
    }
}

pub(crate) async fn one_key_is_posted_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let contract = contract(&mut tx).await;
    tx.commit().await.unwrap();
    let tasks = (0..8).map(|_| {
        let (store, contract) = (fixture.store.clone(), contract.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            let pair = entries(&[("client", "-1"), ("revenue", "1")]);
            let posted =
                queries::ledger::post(&mut tx, &transaction(&contract, "once"), &pair).await.unwrap();
            tx.commit().await.unwrap();
            posted
        })
    });
    let posted: Vec<Posted> =
        futures::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(posted.iter().filter(|posted| matches!(posted, Posted::New(_))).count(), 1);
    let mut reader = fixture.store.read().await.unwrap();
    let sum = queries::ledger::sum(&mut reader, contract.partner_id, contract.id, "client").await.unwrap();
    assert_eq!(sum, rubles("-1"));
}

pub(crate) async fn runs_keep_their_bounds(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let run = queries::run::start(&mut tx, at(1), at(2), at(3)).await.unwrap();
    assert_eq!((run.to_at, run.cutoff_at, run.state), (at(1), at(2), RunState::Running));
    let done = Outcome { contracts: 3, charges: 9, failed: 0 };
    let run = queries::run::finish(&mut tx, run.id, done, at(4)).await.unwrap();
    assert_eq!((run.state, run.charges, run.finished_at), (RunState::Done, 9, Some(at(4))));
    let next = queries::run::start(&mut tx, at(5), at(6), at(7)).await.unwrap();
    let failed = Outcome { failed: 1, ..done };
    let next = queries::run::finish(&mut tx, next.id, failed, at(8)).await.unwrap();
    assert_eq!(next.state, RunState::Failed);
    assert_eq!(queries::run::list(&mut tx, i64::MAX, 10).await.unwrap(), [next, run]);
}

pub(crate) async fn a_lease_has_one_holder(fixture: &Fixture) {
    let tasks = (0..8).map(|number| {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            let holder = format!("server-{number}");
            let mut tx = store.begin().await.unwrap();
            let got = queries::lease::claim(&mut tx, "bill", &holder, at(0), at(60)).await.unwrap();
            tx.commit().await.unwrap();
            got.then_some(holder)
        })
    });
    let holders: Vec<String> =
        futures::future::join_all(tasks).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(holders.len(), 1);
    let mut tx = fixture.store.begin().await.unwrap();
    let lease = queries::lease::find(&mut tx, "bill").await.unwrap().unwrap();
    assert_eq!((lease.holder, lease.expires_at), (holders[0].clone(), at(60)));
    for (holder, now, until, got) in [
        ("other", 59, 120, false),
        (holders[0].as_str(), 59, 120, true),
        ("other", 119, 180, false),
        ("other", 120, 180, true),
        (holders[0].as_str(), 121, 200, false),
    ] {
        let claimed = queries::lease::claim(&mut tx, "bill", holder, at(now), at(until)).await.unwrap();
        assert_eq!(claimed, got, "{holder} at {now}");
    }
    assert!(!queries::lease::release(&mut tx, "bill", &holders[0]).await.unwrap());
    assert!(queries::lease::release(&mut tx, "bill", "other").await.unwrap());
    assert_eq!(queries::lease::find(&mut tx, "bill").await.unwrap(), None);
}

pub(crate) async fn settings_are_kept(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    for value in ["1", "2"] {
        queries::setting::set(&mut tx, "clock", value).await.unwrap();
        assert_eq!(queries::setting::get(&mut tx, "clock").await.unwrap().as_deref(), Some(value));
    }
    assert_eq!(queries::setting::get(&mut tx, "none").await.unwrap(), None);
}
