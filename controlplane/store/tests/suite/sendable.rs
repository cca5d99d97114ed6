//! Every query's future can move between threads, as a handler's must. That this compiles is the test.

use crate::fixture::at;
use std::collections::BTreeSet;
use store::{ListQuery, Reader, Store, Tx, Visible, model, queries as q};

fn sendable<T: Send>(_: T) {}

fn shared<T: Send + Sync>(_: &T) {}

#[allow(dead_code)]
fn of_writes(
    tx: &mut Tx,
    account: &model::account::NewAccount,
    partner: (&model::partner::NewPartner, &model::partner::PartnerEdit),
    client: (&model::client::NewClient, &model::client::ClientEdit),
    ledger: &model::ledger::NewLedgerTransaction,
) {
    sendable(q::account::insert(tx, account));
    sendable(q::account::find_or_insert(tx, account));
    sendable(q::access::set_projects(tx, 1, 1, &[]));
    sendable(q::partner::insert(tx, partner.0));
    sendable(q::partner::update(tx, 1, None, partner.1));
    sendable(q::partner::delete(tx, 1, None));
    sendable(q::partner::set_hypervisors(tx, 1, &[]));
    sendable(q::client::insert(tx, client.0));
    sendable(q::client::insert_whole(tx, &[]));
    sendable(q::event::insert_many(tx, &[]));
    sendable(q::client::update(tx, 1, 1, None, client.1));
    sendable(q::client::delete(tx, 1, 1, None, at(0)));
    sendable(q::resource::upsert(tx, &[]));
    sendable(q::resource::touch(tx, &[], at(0)));
    sendable(q::observation::insert(tx, &[]));
    sendable(q::charge::insert(tx, &[]));
    sendable(q::ledger::post(tx, ledger, &[]));
    sendable(q::lease::claim(tx, "", "", at(0), at(0)));
    sendable(tx.mark());
    sendable(tx.undo());
}

#[allow(dead_code)]
fn of_reads(reader: &mut Reader, visible: &Visible, none: &BTreeSet<model::project::ProjectPath>) {
    sendable(q::account::find_bearer(reader, &[]));
    sendable(q::access::list(reader, visible, &ListQuery::default()));
    sendable(q::event::newest(reader, visible, &model::event::EventFilter::default(), 0, 1));
    sendable(q::note::list(reader, visible, &ListQuery::default()));
    sendable(q::contract::list(reader, visible, &ListQuery::default()));
    sendable(q::partner::list(reader, visible, &ListQuery::default()));
    sendable(q::client::list(reader, visible, &ListQuery::default()));
    sendable(q::resource::list(reader, visible, &ListQuery::default()));
    sendable(q::project::find_by_paths(reader, none));
    sendable(q::observation::of_contract(reader, 1, 1, at(0)));
    sendable(q::ledger::sum(reader, 1, 1, ""));
}

#[allow(dead_code)]
fn of_the_store(store: Store) {
    shared(&store);
    sendable(store.begin());
    sendable(store.read());
    sendable(store.migrate());
    sendable(async move { store.begin().await?.commit().await });
}
