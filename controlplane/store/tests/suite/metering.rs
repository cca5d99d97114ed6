//! Sources, resources and observations.

use crate::fixture::{Fixture, at, client, partner};
use std::collections::BTreeSet;
use store::{
    Json, ListQuery, Page, Store, StoreError, Tx, Visible,
    model::{
        machine_owner::MachineOwner,
        observation::{Delivery, Observation},
        outage::Outage,
        resource::{Resource, ResourceFilter, ResourceSort, Sighting},
        source::{Counts, NewSource, Source, SourceKind, SourceReport, SourceState},
    },
    queries,
};
use uuid::Uuid;

fn new_source(code: &str) -> NewSource {
    NewSource {
        code: code.into(),
        kind: SourceKind::External,
        hypervisor_id: None,
        hold_s: 900,
        created_at: at(0),
    }
}

pub(crate) async fn source(tx: &mut Tx, code: &str) -> Source {
    queries::source::open_epoch(tx, &new_source(code)).await.unwrap()
}

fn sighting(source: &Source, name: &str, seconds: i64) -> Sighting {
    Sighting {
        uuid: Uuid::new_v4(),
        source_id: source.id,
        kind: "machine".into(),
        name: name.into(),
        hypervisor_id: None,
        partner_id: None,
        contract_id: None,
        project_id: None,
        owner: None,
        problem: Some("untagged".into()),
        fact: Json("{\"vcpu\":1}".into()),
        seen_at: at(seconds),
    }
}

async fn resource(tx: &mut Tx, source: &Source, name: &str) -> Resource {
    seen(tx, &sighting(source, name, 1)).await
}

/// What a sighting leaves of a thing.
async fn seen(tx: &mut Tx, sighting: &Sighting) -> Resource {
    queries::resource::upsert(tx, std::slice::from_ref(sighting)).await.unwrap();
    queries::resource::find(tx, &Visible::All, sighting.uuid).await.unwrap().unwrap()
}

fn observation(source: &Source, resource: &Resource, sequence: i64, fact: &str) -> Observation {
    Observation {
        source_id: source.id,
        epoch: source.epoch,
        sequence,
        resource_id: resource.id,
        observed_at: at(sequence),
        received_at: at(sequence + 10),
        fact: Json(fact.into()),
    }
}

pub(crate) async fn epochs_are_never_given_twice(fixture: &Fixture) {
    let tasks = (0..10).map(|_| {
        let store: Store = fixture.store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            let epoch = source(&mut tx, "kvm-1").await.epoch;
            tx.commit().await.unwrap();
            epoch
        })
    });
    let epochs: BTreeSet<i64> =
        futures::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(epochs, (1..=10).collect());
}

pub(crate) async fn a_source_tells_how_it_does(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let source = source(&mut tx, "kvm-1").await;
    assert_eq!((source.state, source.state_since), (SourceState::New, at(0)));
    let ok = |seconds| SourceReport {
        state: SourceState::Ok,
        at: at(seconds),
        error: None,
        counts: Some(Counts { machines: 5, unowned: 1, mismatched: 0, unmapped_disks: 2 }),
    };
    let down =
        SourceReport { state: SourceState::Down, at: at(30), error: Some("refused".into()), counts: None };
    queries::source::set_state(&mut tx, source.id, &ok(10)).await.unwrap();
    let now = queries::source::set_state(&mut tx, source.id, &ok(20)).await.unwrap();
    assert_eq!((now.state_since, now.last_ok_at, now.machines), (at(10), Some(at(20)), 5));
    assert_eq!(now.unmapped_disks, 2);
    let now = queries::source::set_state(&mut tx, source.id, &down).await.unwrap();
    assert_eq!((now.state_since, now.last_ok_at, now.unowned), (at(30), Some(at(20)), 1));
    assert_eq!(now.attempts, 3, "failed ones too");
    assert_eq!(now.last_error.as_deref(), Some("refused"));
    assert_eq!(queries::source::find_by_code(&mut tx, "kvm-1").await.unwrap(), Some(now));
}

pub(crate) async fn a_sighting_makes_or_changes_a_resource(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let source = source(&mut tx, "kvm-1").await;
    let mut web = sighting(&source, "Web", 1);
    let first = seen(&mut tx, &web).await;
    assert_eq!((first.first_seen_at, first.last_seen_at, first.ended_at), (at(1), at(1), None));
    queries::resource::miss(&mut tx, &[first.id]).await.unwrap();
    queries::resource::end(&mut tx, source.id, &[(first.id, at(1))]).await.unwrap();
    assert!(queries::resource::live_of_source(&mut tx, source.id).await.unwrap().is_empty());
    (web.name, web.seen_at, web.problem) = ("Mail".into(), at(5), None);
    let again = seen(&mut tx, &web).await;
    assert_eq!((again.id, again.name.as_str(), again.missed), (first.id, "Mail", 0));
    assert_eq!((again.first_seen_at, again.last_seen_at, again.ended_at), (at(1), at(5), None));
    assert_eq!(again.problem, None);
    queries::resource::miss(&mut tx, &[first.id]).await.unwrap();
    queries::resource::touch(&mut tx, &[first.id], at(9)).await.unwrap();
    let now = queries::resource::find(&mut tx, &Visible::All, web.uuid).await.unwrap().unwrap();
    assert_eq!((now.last_seen_at, now.missed), (at(9), 0));
    let other = self::source(&mut tx, "kvm-2").await;
    assert_eq!(seen(&mut tx, &Sighting { source_id: other.id, ..web }).await, now, "it is another source's");
}

pub(crate) async fn the_latest_place_is_that_of_the_latest_epoch(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let first = source(&mut tx, "kvm-1").await;
    let (one, two) = (resource(&mut tx, &first, "a").await, resource(&mut tx, &first, "b").await);
    let never = resource(&mut tx, &first, "c").await;
    let second = source(&mut tx, "kvm-1").await;
    let rows = [
        observation(&first, &one, 9, "{}"),
        observation(&second, &one, 2, "{}"),
        observation(&second, &one, 1, "{}"),
        observation(&first, &two, 3, "{}"),
    ];
    queries::observation::insert(&mut tx, &rows).await.unwrap();
    let ids = [one.id, two.id, never.id];
    let latest = queries::observation::latest_places(&mut tx, &ids).await.unwrap();
    assert_eq!(latest, [(one.id, (second.epoch, 2)), (two.id, (first.epoch, 3))].into());
}

pub(crate) async fn resources_are_filtered(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = partner(&mut tx, "acme").await;
    let (_, contract, project) = client(&mut tx, &plan, "one").await;
    let source = source(&mut tx, "kvm-1").await;
    let owned = Sighting {
        partner_id: Some(partner.id),
        contract_id: Some(contract.id),
        project_id: Some(project.id),
        problem: None,
        ..sighting(&source, "Владелец", 3)
    };
    seen(&mut tx, &owned).await;
    let ended = seen(&mut tx, &Sighting { kind: "disk".into(), ..sighting(&source, "b", 2) }).await;
    queries::resource::end(&mut tx, source.id, &[(ended.id, at(2))]).await.unwrap();
    resource(&mut tx, &source, "a").await;
    let filters = [
        (ResourceFilter::default(), 3),
        (ResourceFilter { owned: Some(true), ..Default::default() }, 1),
        (ResourceFilter { owned: Some(false), ..Default::default() }, 2),
        (ResourceFilter { live: Some(false), ..Default::default() }, 1),
        (ResourceFilter { live: Some(true), problem: Some("untagged".into()), ..Default::default() }, 1),
        (ResourceFilter { kind: Some("disk".into()), source_id: Some(source.id), ..Default::default() }, 1),
        (
            ResourceFilter {
                partner_id: Some(partner.id),
                project_id: Some(project.id),
                ..Default::default()
            },
            1,
        ),
    ];
    for (filter, total) in filters {
        let query = ListQuery {
            sort: ResourceSort::LastSeen,
            descending: true,
            search: None,
            filter,
            page: Page::Offset { page: 1, limit: 10 },
        };
        let listed = queries::resource::list(&mut tx, &Visible::All, &query).await.unwrap();
        assert_eq!((listed.total, listed.rows.len()), (total, usize::try_from(total).unwrap()), "{query:?}");
        assert!(listed.rows.is_sorted_by(|one, two| one.last_seen_at >= two.last_seen_at));
    }
    let other = Visible::partners(vec![partner.id + 1]);
    let query = ListQuery { search: Some("владе".into()), ..ListQuery::default() };
    assert_eq!(queries::resource::list(&mut tx, &other, &query).await.unwrap().total, 0);
    let own = Visible::partners(vec![partner.id]);
    assert_eq!(queries::resource::list(&mut tx, &own, &query).await.unwrap().total, 1);
    assert_eq!(queries::resource::forget_project(&mut tx, partner.id, project.id).await.unwrap(), 1);
}

pub(crate) async fn observations_are_stored_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let source = source(&mut tx, "kvm-1").await;
    let resource = resource(&mut tx, &source, "a").await;
    let make = |sequence, fact: &str| observation(&source, &resource, sequence, fact);
    assert_eq!(queries::observation::last_sequence(&mut tx, source.id, 1).await.unwrap(), 0);
    let batch = [make(1, "{\"a\":\"\\u0000'é\"}"), make(2, "{}"), make(2, "{}"), make(2, "{\"other\":1}")];
    let told = queries::observation::insert(&mut tx, &batch).await.unwrap();
    assert_eq!(told, [Delivery::New, Delivery::New, Delivery::Duplicate, Delivery::Conflict]);
    let later = Observation { received_at: at(99), ..batch[0].clone() };
    let batch = [make(3, "{}"), later, make(2, "[]")];
    let told = queries::observation::insert(&mut tx, &batch).await.unwrap();
    assert_eq!(told, [Delivery::New, Delivery::Duplicate, Delivery::Conflict]);
    assert_eq!(queries::observation::last_sequence(&mut tx, source.id, 1).await.unwrap(), 3);
    let many: Vec<Observation> = (10..6_010).map(|sequence| make(sequence, "{}")).collect();
    let told = queries::observation::insert(&mut tx, &many).await.unwrap();
    assert!(told.len() == 6_000 && told.iter().all(|delivery| *delivery == Delivery::New));
    assert!(queries::observation::insert(&mut tx, &[]).await.unwrap().is_empty());
}

pub(crate) async fn racing_deliveries_are_stored_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let source = source(&mut tx, "kvm-1").await;
    let resource = resource(&mut tx, &source, "a").await;
    tx.commit().await.unwrap();
    let batch: Vec<Observation> =
        (1..=50).map(|number| observation(&source, &resource, number, "{}")).collect();
    let tasks = (0..6).map(|_| {
        let (store, batch) = (fixture.store.clone(), batch.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            let told = queries::observation::insert(&mut tx, &batch).await.unwrap();
            tx.commit().await.unwrap();
            told
        })
    });
    let told: Vec<Delivery> =
        futures::future::join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(told.iter().filter(|delivery| **delivery == Delivery::New).count(), 50);
    assert_eq!(told.iter().filter(|delivery| **delivery == Delivery::Duplicate).count(), 250);
}

pub(crate) async fn a_contract_reads_what_was_known_at_the_cutoff(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = partner(&mut tx, "acme").await;
    let (_, contract, _) = client(&mut tx, &plan, "one").await;
    let first = source(&mut tx, "kvm-1").await;
    let (one, two) = (resource(&mut tx, &first, "a").await, resource(&mut tx, &first, "b").await);
    let foreign = resource(&mut tx, &first, "c").await;
    for resource in [&two, &one, &one] {
        let owned = [(partner.id, contract.id, resource.id)].into();
        queries::resource::associate(&mut tx, &owned).await.unwrap();
    }
    assert_eq!(queries::resource::of_contract(&mut tx, partner.id, contract.id).await.unwrap().len(), 2);
    let second = source(&mut tx, "kvm-1").await;
    let rows = [
        observation(&second, &one, 1, "{}"),
        observation(&first, &two, 3, "{}"),
        observation(&first, &one, 2, "{}"),
        observation(&first, &one, 1, "{}"),
        observation(&first, &foreign, 4, "{}"),
        observation(&first, &one, 9, "{}"),
    ];
    queries::observation::insert(&mut tx, &rows).await.unwrap();
    let read = queries::observation::of_contract(&mut tx, partner.id, contract.id, at(19)).await.unwrap();
    let keys: Vec<(i64, i64, i64)> =
        read.iter().map(|row| (row.resource_id, row.epoch, row.sequence)).collect();
    assert_eq!(keys, [(one.id, 1, 1), (one.id, 1, 2), (one.id, 2, 1), (two.id, 1, 3)]);
}

pub(crate) async fn a_machine_is_of_the_project_it_was_assigned_to(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = partner(&mut tx, "acme").await;
    let (_, contract, one) = client(&mut tx, &plan, "one").await;
    let (_, _, two) = client(&mut tx, &plan, "two").await;
    let (web, db) = (Uuid::new_v4(), Uuid::new_v4());
    let owner = |machine, project_id| MachineOwner {
        machine,
        partner_id: partner.id,
        project_id,
        assigned_at: at(1),
    };
    for (machine, project) in [(web, two.id), (web, one.id), (db, two.id)] {
        queries::machine_owner::set(&mut tx, &owner(machine, project)).await.unwrap();
    }
    let both = [web, db, Uuid::new_v4()];
    let found = queries::machine_owner::of_machines(&mut tx, &both).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[&web].contract_id, found[&web].project_id), (contract.id, one.id));
    // With its project an assignment goes.
    queries::project::delete(&mut tx, partner.id, two.id, None).await.unwrap();
    assert_eq!(queries::machine_owner::of_machines(&mut tx, &both).await.unwrap().len(), 1);
    assert!(queries::machine_owner::delete(&mut tx, web).await.unwrap());
    assert!(!queries::machine_owner::delete(&mut tx, web).await.unwrap());
    let nowhere = queries::machine_owner::set(&mut tx, &owner(db, two.id)).await;
    assert!(matches!(nowhere, Err(StoreError::ForeignKey { .. })), "{nowhere:?}");
}

pub(crate) async fn ends_of_silences_are_found_among_instants(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (one, other) = (source(&mut tx, "kvm-1").await, source(&mut tx, "kvm-2").await);
    for (source, from, to) in [(&one, 0, 10), (&one, 20, 30), (&other, 0, 11)] {
        let outage =
            Outage { source_id: source.id, from_at: at(from), to_at: at(to), hold_s: 5, recorded_at: at(to) };
        queries::outage::insert(&mut tx, &outage).await.unwrap();
    }
    let asked = BTreeSet::from([at(0), at(10), at(11), at(12)]);
    let ends = queries::outage::ends_among(&mut tx, one.id, &asked).await.unwrap();
    assert_eq!(ends, BTreeSet::from([at(10)]));
    assert!(queries::outage::ends_among(&mut tx, one.id, &BTreeSet::new()).await.unwrap().is_empty());
}
