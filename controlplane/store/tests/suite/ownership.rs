//! Accounts, partners, plans, clients and projects.

use crate::fixture::{Fixture, account, at, client, code, new_client, new_partner, partner};
use schemas::{id::HypervisorId, time::Instant};
use std::collections::BTreeSet;
use store::{
    Json, ListQuery, Page, StoreError, Visible,
    model::{
        account::{NewToken, Role, TokenKind},
        client::{Client, ClientEdit, ClientFilter, ClientSort},
        contract::{ContractState, NewFact},
        event::{EventFilter, NewEvent},
        hypervisor::{HypervisorFilter, HypervisorType, NewHypervisor},
        idempotency::Idempotency,
        partner::PartnerEdit,
        project::ProjectPath,
        tariff_plan::TariffPlanVersion,
    },
    queries,
};
use uuid::Uuid;

pub(crate) async fn one_code_is_taken_once(fixture: &Fixture) {
    let tasks = (0..8).map(|_| {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin().await?;
            queries::partner::insert(&mut tx, &new_partner("same", "Same")).await?;
            tx.commit().await
        })
    });
    let outcomes: Vec<Result<(), StoreError>> =
        futures::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(outcome.is_unique("partner_code_key"), "{outcome:?}");
    }
}

fn edit_of(client: &Client) -> ClientEdit {
    ClientEdit {
        name: client.name.clone(),
        internet_mbps: client.internet_mbps,
        lan_mbps: client.lan_mbps,
        allowed_hypervisors: client.allowed_hypervisors.clone(),
        payment_methods: client.payment_methods.clone(),
        payment_model: client.payment_model,
        min_balance: client.min_balance,
        deletion_protection: client.deletion_protection,
    }
}

pub(crate) async fn edits_expect_a_version(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = partner(&mut tx, "acme").await;
    let (client, contract, _) = client(&mut tx, &plan, "romashka").await;
    assert_eq!((partner.version, client.version), (1, 1));
    let edit = ClientEdit { name: "Ромашка".into(), min_balance: None, ..edit_of(&client) };
    let changed = queries::client::update(&mut tx, partner.id, client.id, Some(1), &edit).await.unwrap();
    assert_eq!((changed.version, changed.min_balance), (2, None));
    let followed = queries::contract::get(&mut tx, partner.id, contract.id).await.unwrap();
    assert_eq!(followed.client_name, "Ромашка");
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let stale = queries::client::update(&mut tx, partner.id, client.id, Some(1), &edit).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })), "{stale:?}");
    // A version that does not match is an answer, not a failure: the transaction goes on.
    let stale = queries::client::delete(&mut tx, partner.id, client.id, Some(7), at(9)).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })), "{stale:?}");
    let missing = queries::client::update(&mut tx, partner.id, client.id + 1, None, &edit).await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
    assert_eq!(queries::client::lock(&mut tx, partner.id, client.id).await.unwrap().version, 2);
    let referred = queries::partner::delete(&mut tx, partner.id, Some(1)).await;
    assert!(matches!(referred, Err(StoreError::ForeignKey { .. })), "{referred:?}");
    drop(tx);

    // Edits of the same version at once: one gets through.
    let edit = PartnerEdit {
        name: "Acme".into(),
        model: partner.model,
        time_zone: partner.time_zone.clone(),
        default_plan: Some(plan.code.clone()),
        grace_s: 60,
        dns_ns: partner.dns_ns.clone(),
        dns_admin_email: None,
        services: None,
        limits: None,
    };
    let tasks = (0..6).map(|_| {
        let (store, edit) = (fixture.store.clone(), edit.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await?;
            queries::partner::update(&mut tx, partner.id, Some(1), &edit).await?;
            tx.commit().await
        })
    });
    let outcomes = futures::future::join_all(tasks).await;
    assert_eq!(outcomes.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count(), 1);
}

pub(crate) async fn lists_are_sorted_searched_and_paged(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = partner(&mut tx, "acme").await;
    for (code, name) in [("c", "Ромашка 100%"), ("a", "РОМАН"), ("b", "Alpha_1"), ("d", "alphaX1")]
    {
        queries::client::insert(&mut tx, &new_client(partner.id, code, name)).await.unwrap();
    }
    let all = Visible::All;
    let ask = |sort, descending, search: Option<&str>, page| ListQuery {
        sort,
        descending,
        search: search.map(str::to_owned),
        filter: ClientFilter { partner_id: Some(partner.id), ..ClientFilter::default() },
        page,
    };
    let first = Page::Offset { page: 1, limit: 10 };
    let cases = [
        (ask(ClientSort::Code, false, None, first), "abcd", 4),
        (ask(ClientSort::Code, true, None, first), "dcba", 4),
        (ask(ClientSort::Code, false, Some("ром"), first), "ac", 2),
        (ask(ClientSort::Code, false, Some("0%"), first), "c", 1),
        (ask(ClientSort::Code, false, Some("a_1"), first), "b", 1),
        (ask(ClientSort::Code, false, None, Page::Offset { page: 2, limit: 3 }), "d", 4),
        (ask(ClientSort::Code, false, None, Page::Offset { page: 9, limit: 3 }), "", 4),
        (ask(ClientSort::CreatedAt, false, None, Page::Keyset { after_id: 0, limit: 3 }), "cab", 4),
    ];
    for (query, codes, total) in cases {
        let listed = queries::client::list(&mut tx, &all, &query).await.unwrap();
        let found: String = listed.rows.iter().map(|row| row.code.as_str()).collect();
        assert_eq!((found.as_str(), listed.total), (codes, total), "{query:?}");
    }
}

pub(crate) async fn tenants_do_not_see_each_other(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (acme, plan) = partner(&mut tx, "acme").await;
    let (other, other_plan) = partner(&mut tx, "other").await;
    let (mine, ..) = client(&mut tx, &plan, "same").await;
    let (theirs, ..) = client(&mut tx, &other_plan, "same").await;
    let own = Visible::partners(vec![acme.id]);
    assert!(queries::client::find(&mut tx, &own, mine.public_id).await.unwrap().is_some());
    assert!(queries::client::find(&mut tx, &own, theirs.public_id).await.unwrap().is_none());
    assert!(
        queries::client::find(&mut tx, &Visible::partners(vec![]), mine.public_id).await.unwrap().is_none()
    );
    assert_eq!(queries::client::find_by_code(&mut tx, &own, "same").await.unwrap(), vec![mine]);
    assert_eq!(queries::client::find_by_code(&mut tx, &Visible::All, "same").await.unwrap().len(), 2);
    let listed = queries::client::list(&mut tx, &own, &ListQuery::default()).await.unwrap();
    assert_eq!((listed.rows.len(), listed.total), (1, 1));
    assert!(queries::partner::find_by_code(&mut tx, &own, other.code.as_str()).await.unwrap().is_none());
    let plans = queries::tariff_plan::list(&mut tx, &own, &ListQuery::default()).await.unwrap();
    assert_eq!(plans.rows, vec![plan]);
    let projects = queries::project::list(&mut tx, &own, &ListQuery::default()).await.unwrap();
    assert_eq!(projects.total, 1);
    let contracts = queries::contract::after(&mut tx, &own, 0, 10).await.unwrap();
    assert_eq!(contracts.len(), 1);
}

pub(crate) async fn a_contract_outlives_its_client(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = partner(&mut tx, "acme").await;
    let (client, contract, project) = client(&mut tx, &plan, "gone").await;
    let users =
        queries::tariff_plan::contracts(&mut tx, &Visible::All, &[partner.id], &[plan.id]).await.unwrap();
    assert_eq!(users, [(plan.id, 1)]);
    let version = TariffPlanVersion {
        partner_id: partner.id,
        plan_id: plan.id,
        version: 1,
        effective_at: at(0),
        recorded_at: at(0),
        items: Json("{}".into()),
    };
    queries::tariff_plan::insert_version(&mut tx, &version).await.unwrap();
    let second = TariffPlanVersion { version: 2, recorded_at: at(5), ..version.clone() };
    queries::tariff_plan::insert_version(&mut tx, &second).await.unwrap();
    let latest = queries::tariff_plan::latest_versions(&mut tx, &[partner.id], &[plan.id]).await.unwrap();
    assert_eq!(latest, std::slice::from_ref(&second));
    let after = Page::Keyset { after_id: 1, limit: 9 };
    let listed = queries::tariff_plan::version_page(&mut tx, partner.id, plan.id, after).await.unwrap();
    assert_eq!((listed.rows, listed.total), (vec![second], 2));
    for sequence in 1..=2 {
        let fact = NewFact {
            kind: "plan_assigned".into(),
            body: Json("{}".into()),
            effective_at: at(1),
            recorded_at: at(1),
        };
        let fact = queries::contract::append_fact(&mut tx, partner.id, contract.id, &fact).await.unwrap();
        assert_eq!(fact.sequence, sequence);
    }
    queries::contract::set_booked_to(&mut tx, partner.id, contract.id, "2021-12-20".parse().unwrap())
        .await
        .unwrap();
    queries::project::delete(&mut tx, partner.id, project.id, Some(1)).await.unwrap();
    queries::client::delete(&mut tx, partner.id, client.id, Some(1), at(50)).await.unwrap();
    let kept = queries::contract::find(&mut tx, &Visible::All, contract.public_id).await.unwrap().unwrap();
    assert_eq!((kept.client_id, kept.state, kept.closed_at), (None, ContractState::Closed, Some(at(50))));
    assert_eq!((kept.client_public_id, kept.client_code), (client.public_id, client.code));
    assert_eq!(kept.booked_to, Some("2021-12-20".parse().unwrap()));
    assert_eq!(queries::contract::facts(&mut tx, partner.id, contract.id).await.unwrap().len(), 2);
    assert!(
        queries::tariff_plan::contracts(&mut tx, &Visible::All, &[partner.id], &[plan.id])
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn projects_are_found_by_their_paths(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let path = |partner: &str, client: &str, project: &str| ProjectPath {
        partner: partner.into(),
        client: client.into(),
        project: project.into(),
    };
    let (_, plan) = partner(&mut tx, "acme").await;
    let (_, other) = partner(&mut tx, "other").await;
    let (one, contract, project) = client(&mut tx, &plan, "one").await;
    client(&mut tx, &other, "two").await;
    let (mine, others) = (path("acme", "one", "default"), path("other", "two", "default"));
    let nowhere = [path("acme", "two", "default"), path("other", "two", "none")];
    let paths = [mine.clone(), others.clone()].into_iter().chain(nowhere).collect();
    let found = queries::project::find_by_paths(&mut tx, &paths).await.unwrap();
    assert_eq!(Vec::from_iter(found.keys()), [&mine, &others]);
    let owner = found[&mine];
    assert_eq!((owner.client_id, owner.contract_id, owner.project_id), (one.id, contract.id, project.id));
    assert!(queries::project::find_by_paths(&mut tx, &BTreeSet::new()).await.unwrap().is_empty());
}

pub(crate) async fn tokens_tell_who_calls(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = partner(&mut tx, "acme").await;
    let ada = account(&mut tx, "ada").await;
    assert!(!queries::account::any_platform_admin_exists(&mut tx).await.unwrap());
    for (role, partner_id, new) in [
        (Role::PartnerAdmin, Some(partner.id), true),
        (Role::PartnerAdmin, Some(partner.id), false),
        (Role::PlatformAdmin, None, true),
        (Role::PlatformAdmin, None, false),
    ] {
        assert_eq!(
            queries::account::grant(&mut tx, &ada, role, (partner_id, None), at(0)).await.unwrap(),
            new
        );
    }
    assert!(queries::account::any_platform_admin_exists(&mut tx).await.unwrap());
    let new = NewToken {
        account_id: ada.id,
        hash: vec![7; 32],
        label: "cli".into(),
        created_at: at(0),
        expires_at: Some(at(1000)),
        kind: TokenKind::Token,
        prefix: "esu_cafe".into(),
        device: String::new(),
        address: String::new(),
        impersonator_id: None,
    };
    let token = queries::account::insert_token(&mut tx, &new).await.unwrap();
    assert!(queries::account::touch_is_due(&token, at(1)));
    for (seconds, written) in [(1, true), (30, false), (61, true)] {
        let wrote = queries::account::touch_token(&mut tx, token.id, at(seconds)).await.unwrap();
        assert_eq!(wrote, written, "{seconds}");
    }
    let bearer = queries::account::find_bearer(&mut tx, &[7; 32]).await.unwrap().unwrap();
    assert_eq!((bearer.account, bearer.held.accesses.len()), (ada, 2));
    assert_eq!((bearer.token.last_used_at, bearer.token.expires_at), (Some(at(61)), Some(at(1000))));
    assert!(queries::account::find_bearer(&mut tx, &[8; 32]).await.unwrap().is_none());
    let revoked = queries::account::revoke_token(&mut tx, token.id, at(70)).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(at(70)));
}

pub(crate) async fn an_idempotency_key_is_registered_once(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let ada = account(&mut tx, "ada").await;
    tx.commit().await.unwrap();
    let object = Uuid::new_v4();
    let row = Idempotency {
        account_id: ada.id,
        key: "k".into(),
        request_hash: vec![1],
        status: 201,
        answer: "{}".into(),
        headers: None,
        object_kind: "client".into(),
        object_id: Some(object),
        created_at: at(0),
    };
    let tasks = (0..8).map(|number| {
        let (store, mut row) = (fixture.store.clone(), row.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await?;
            row.answer = format!("{number}");
            let is_first = queries::idempotency::claim(&mut tx, &row).await?;
            if is_first {
                queries::setting::set(&mut tx, "effect", &row.answer).await?;
            }
            // Whoever is not the first has waited for it, and finds in its own transaction what it answered.
            let known = queries::idempotency::find(&mut tx, row.account_id, "k").await?;
            tx.commit().await?;
            Ok::<_, StoreError>((is_first, known.map(|known| known.answer)))
        })
    });
    let outcomes: Vec<(bool, Option<String>)> =
        futures::future::join_all(tasks).await.into_iter().map(|outcome| outcome.unwrap().unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|(is_first, _)| *is_first).count(), 1);
    assert!(outcomes.iter().all(|(_, known)| known.is_some() && *known == outcomes[0].1), "{outcomes:?}");
    let mut tx = fixture.store.begin().await.unwrap();
    let known = queries::idempotency::find(&mut tx, ada.id, "k").await.unwrap().unwrap();
    assert_eq!(queries::setting::get(&mut tx, "effect").await.unwrap(), Some(known.answer));
    assert_eq!(queries::idempotency::purge_before(&mut tx, at(0)).await.unwrap(), 0);
    assert_eq!(queries::idempotency::delete_by_object(&mut tx, "client", object).await.unwrap(), 1);
    assert!(queries::idempotency::claim(&mut tx, &row).await.unwrap());
    assert_eq!(queries::idempotency::purge_before(&mut tx, at(1)).await.unwrap(), 1);
}

pub(crate) async fn events_are_listed(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = partner(&mut tx, "acme").await;
    let object = Uuid::new_v4();
    let event = |partner_id, at: Instant, action: &str| NewEvent {
        partner_id,
        at,
        request_id: Uuid::new_v4(),
        account_id: None,
        actor: "system".into(),
        action: action.into(),
        object_kind: "client".into(),
        object_id: object,
        object_name: "Ромашка".into(),
        before: None,
        after: Some(Json("{\"a\": 1}".into())),
        client: "test".into(),
        impersonator: None,
    };
    let first = queries::event::insert(&mut tx, &event(Some(partner.id), at(1), "create")).await.unwrap();
    let second = queries::event::insert(&mut tx, &event(None, at(2), "update")).await.unwrap();
    assert!(first < second);
    let untouched = NewEvent { after: None, ..event(None, at(3), "collect") };
    let third = queries::event::insert(&mut tx, &untouched).await.unwrap();
    let mut ids = async |visible: &Visible, filter: &EventFilter, before_id| -> Vec<i64> {
        let listed = queries::event::newest(&mut tx, visible, filter, before_id, 10).await.unwrap();
        listed.rows.iter().map(|event| event.id).collect()
    };
    let own = Visible::partners(vec![partner.id]);
    let any = EventFilter::default();
    assert_eq!(ids(&Visible::All, &any, 0).await, [third, second, first]);
    assert_eq!(ids(&Visible::All, &any, second).await, [first]);
    assert_eq!(ids(&own, &any, 0).await, [first]);
    let filter = EventFilter {
        object_kind: Some("client".into()),
        object_id: Some(object),
        actor: Some("system".into()),
        from: Some(at(2)),
        to: Some(at(3)),
        ..EventFilter::default()
    };
    assert_eq!(ids(&Visible::All, &filter, 0).await, [second]);
    let filter = EventFilter { action: Some("collect".into()), ..filter };
    assert!(ids(&Visible::All, &filter, 0).await.is_empty());
    // What left the object as it was did not change it last.
    let last = queries::event::latest_for_object(&mut tx, "client", object).await.unwrap().unwrap();
    assert_eq!((last.id, last.after.unwrap().0.as_str()), (second, "{\"a\": 1}"));
}

pub(crate) async fn hypervisors_are_let_to_partners(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = partner(&mut tx, "acme").await;
    let mut ids = Vec::new();
    for (text, type_) in [("kvm-1", HypervisorType::Kvm), ("esx-1", HypervisorType::Vmware)] {
        let new = NewHypervisor {
            public_id: HypervisorId::random(),
            code: code(text),
            name: text.into(),
            type_,
            uri: "qemu+tls://h/system".into(),
            username: None,
            password_sealed: Some(vec![1, 2, 3]),
            password_version: Some(1),
            disk_types: Json("{}".into()),
            external_networks: Json("[]".into()),
            ca_certificate: None,
            certificate_thumbprint: None,
            cpu_class: None,
            cpu_per_vm: Some(64),
            ram_gb_per_vm: None,
            poll_interval_s: 60,
            inventory_timeout_s: 60,
            hold_s: 900,
            created_at: at(0),
        };
        ids.push(queries::hypervisor::insert(&mut tx, &new).await.unwrap().id);
    }
    let filter = HypervisorFilter { code: Some("kvm-1".to_owned()), ..HypervisorFilter::default() };
    let query = ListQuery { filter, ..ListQuery::default() };
    let listed = queries::hypervisor::list(&mut tx, &query).await.unwrap();
    assert_eq!(
        (listed.total, listed.rows[0].id, listed.rows[0].password_sealed.clone()),
        (1, ids[0], Some(vec![1, 2, 3]))
    );
    queries::partner::set_hypervisors(&mut tx, partner.id, &[ids[0], ids[1], ids[0]]).await.unwrap();
    queries::partner::set_hypervisors(&mut tx, partner.id, &[ids[1]]).await.unwrap();
    assert_eq!(queries::partner::hypervisors(&mut tx, &[partner.id]).await.unwrap(), [(partner.id, ids[1])]);
    let asked = queries::hypervisor::ask_collect(&mut tx, ids[1], at(7)).await.unwrap();
    assert_eq!((asked.collect_asked_at, asked.version), (Some(at(7)), 1));
    let again = queries::hypervisor::ask_collect(&mut tx, ids[1], at(7)).await.unwrap();
    assert!(again.collect_asked_at > Some(at(7)), "a second request is another one");
    assert_eq!(queries::hypervisor::get_many(&mut tx, &ids).await.unwrap().len(), 2);
    queries::hypervisor::delete(&mut tx, ids[0], None).await.unwrap();
    let used = queries::hypervisor::delete(&mut tx, ids[1], None).await;
    assert!(matches!(used, Err(StoreError::ForeignKey { .. })), "{used:?}");
}
