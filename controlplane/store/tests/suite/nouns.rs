//! Notes, domains, users and their public keys.

use crate::fixture::{self, Fixture, at};
use schemas::id::{AccountId, DomainId, NoteId, PublicKeyId};
use store::{
    ListQuery, StoreError, Visible,
    model::{
        access::{Audience, Notice},
        account::Role,
        domain::{DomainEdit, NewDomain},
        note::{NewNote, NoteEdit, NoteFilter, ZoneDay},
        public_key::{NewPublicKey, PublicKeyFilter},
        user::{NewUser, Notify, UserEdit},
    },
    queries,
};

pub(crate) async fn a_note_goes_with_its_client(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = fixture::partner(&mut tx, "acme").await;
    let (client, _, project) = fixture::client(&mut tx, &plan, "first").await;
    let new = |client_id, body: &str, seconds| NewNote {
        partner_id: partner.id,
        public_id: NoteId::random(),
        client_id,
        body: body.to_owned(),
        author: "ada".to_owned(),
        system: false,
        notify_at: None,
        done: false,
        created_at: at(seconds),
        due_at: None,
    };
    let first = queries::note::insert(&mut tx, &new(client.id, "Первая", 5)).await.unwrap();
    let second = queries::note::insert(&mut tx, &new(client.id, "second", 50)).await.unwrap();
    let edit =
        NoteEdit { body: "Новая".to_owned(), notify_at: Some(at(9)), done: true, due_at: Some(at(9)) };
    let edited = queries::note::update(&mut tx, partner.id, first.id, Some(1), &edit).await.unwrap();
    assert_eq!((edited.version, edited.notify_at, edited.done), (2, Some(at(9)), true));
    let stale = queries::note::update(&mut tx, partner.id, first.id, Some(1), &edit).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })), "{stale:?}");
    let day = |zone: &str| ZoneDay { time_zone: zone.to_owned(), from: at(10), to: at(100) };
    for (filter, search, ids) in [
        (NoteFilter::default(), Some("НОВ"), vec![first.id]),
        (NoteFilter { notification: Some(true), ..NoteFilter::default() }, None, vec![first.id]),
        (NoteFilter { notify_from: Some(at(10)), ..NoteFilter::default() }, None, vec![]),
        (
            NoteFilter {
                written: Some((vec![day("Europe/Moscow"), day("UTC")], true)),
                ..NoteFilter::default()
            },
            None,
            vec![second.id],
        ),
        (
            NoteFilter { written: Some((vec![day("Europe/Moscow")], false)), ..NoteFilter::default() },
            None,
            vec![first.id],
        ),
        (NoteFilter { written: Some((vec![day("UTC")], true)), ..NoteFilter::default() }, None, vec![]),
    ] {
        let search = search.map(str::to_owned);
        let query = ListQuery { filter, search, ..ListQuery::default() };
        let listed = queries::note::list(&mut tx, &Visible::All, &query).await.unwrap();
        assert_eq!(listed.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{query:?}");
    }
    let others = Visible::partners(vec![partner.id + 1]);
    assert!(queries::note::find(&mut tx, &others, first.public_id).await.unwrap().is_none());
    queries::project::delete(&mut tx, partner.id, project.id, None).await.unwrap();
    queries::client::delete(&mut tx, partner.id, client.id, None, at(60)).await.unwrap();
    assert!(queries::note::find(&mut tx, &Visible::All, second.public_id).await.unwrap().is_none());
}

pub(crate) async fn a_note_is_due_until_it_is_told(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = fixture::partner(&mut tx, "acme").await;
    let (client, ..) = fixture::client(&mut tx, &plan, "first").await;
    let mut ids = Vec::new();
    for (due_at, done) in [(Some(at(30)), false), (Some(at(10)), false), (Some(at(5)), true), (None, false)] {
        let new = NewNote {
            partner_id: partner.id,
            public_id: NoteId::random(),
            client_id: client.id,
            body: "n".to_owned(),
            author: "ada".to_owned(),
            system: false,
            notify_at: due_at,
            done,
            created_at: at(0),
            due_at,
        };
        ids.push(queries::note::insert(&mut tx, &new).await.unwrap().id);
    }
    let (late, early) = (ids[0], ids[1]);
    assert_eq!(queries::note::next_due(&mut tx).await.unwrap(), Some(at(10)));
    assert!(queries::note::due(&mut tx, at(9), 10).await.unwrap().is_empty());
    let due = queries::note::due(&mut tx, at(30), 10).await.unwrap();
    assert_eq!(due, [(partner.id, early), (partner.id, late)]);
    queries::note::told(&mut tx, partner.id, early).await.unwrap();
    assert_eq!(queries::note::due(&mut tx, at(30), 10).await.unwrap(), [(partner.id, late)]);
    queries::note::told(&mut tx, partner.id, late).await.unwrap();
    assert_eq!(queries::note::next_due(&mut tx).await.unwrap(), None);
    assert_eq!(
        queries::note::lock(&mut tx, partner.id, late).await.unwrap().version,
        1,
        "nothing was edited"
    );
}

pub(crate) async fn those_are_told_who_may_and_want_to(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = fixture::partner(&mut tx, "acme").await;
    let (other, _) = fixture::partner(&mut tx, "other").await;
    let (client, ..) = fixture::client(&mut tx, &plan, "first").await;
    let grants = [
        ("platform", Role::PlatformAdmin, (None, None)),
        ("partner", Role::PartnerAdmin, (Some(partner.id), None)),
        ("quiet", Role::PartnerAdmin, (Some(partner.id), None)),
        ("blocked", Role::PartnerAdmin, (Some(partner.id), None)),
        ("elsewhere", Role::PartnerAdmin, (Some(other.id), None)),
        ("client", Role::ClientAdmin, (Some(partner.id), Some(client.id))),
        ("support", Role::ClientSupport, (Some(partner.id), Some(client.id))),
    ];
    for (login, role, over) in grants {
        let account = fixture::account(&mut tx, login).await;
        queries::account::grant(&mut tx, &account, role, over, at(0)).await.unwrap();
        let row = queries::user::lock(&mut tx, account.id).await.unwrap();
        let notify = Notify { note: login != "quiet", ..row.notify };
        let edit = UserEdit { blocked: login == "blocked", notify, ..UserEdit::of(&row) };
        queries::user::update(&mut tx, row.id, None, &edit).await.unwrap();
    }
    for (audience, notice, logins) in [
        (Audience::Platform, Notice::Collector, &["platform"][..]),
        (Audience::Partner(partner.id), Notice::Note, &["partner"]),
        (Audience::Partner(partner.id), Notice::Collector, &["partner", "quiet"]),
        (Audience::Client(client.id), Notice::LowBalance, &["client"]),
    ] {
        let told = queries::access::recipients(&mut tx, audience, notice).await.unwrap();
        assert_eq!(told, logins, "{audience:?} {notice:?}");
    }
}

pub(crate) async fn a_name_is_of_one_domain(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = fixture::partner(&mut tx, "acme").await;
    let (other, _) = fixture::partner(&mut tx, "other").await;
    let new = |name: &str| NewDomain {
        public_id: DomainId::random(),
        name: name.to_owned(),
        partner_id: partner.id,
        registration_enabled: false,
        created_at: at(0),
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let one = queries::domain::insert(&mut tx, &new("one.example")).await.unwrap();
    queries::domain::set_names(&mut tx, one.id, &names(&["one.example", "b.example"])).await.unwrap();
    queries::domain::set_names(&mut tx, one.id, &names(&["one.example", "a.example"])).await.unwrap();
    let known = queries::domain::names(&mut tx, &[one.id]).await.unwrap();
    assert_eq!(known, [(one.id, "a.example".to_owned()), (one.id, "one.example".to_owned())]);
    let taken = queries::domain::taken(&mut tx, &names(&["b.example", "a.example"])).await.unwrap();
    assert_eq!(taken, [(one.id, "a.example".to_owned())]);
    let two = queries::domain::insert(&mut tx, &new("two.example")).await.unwrap();
    let edit = DomainEdit { partner_id: other.id, registration_enabled: true };
    let moved = queries::domain::update(&mut tx, two.id, Some(1), &edit).await.unwrap();
    assert_eq!((moved.version, moved.partner_id, moved.registration_enabled), (2, other.id, true));
    let own = Visible::partners(vec![partner.id]);
    assert!(queries::domain::find_by_name(&mut tx, &own, "two.example").await.unwrap().is_none());
    let listed = queries::domain::list(&mut tx, &own, &ListQuery::default()).await.unwrap();
    assert_eq!(listed.rows, std::slice::from_ref(&one));
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let twice = queries::domain::set_names(&mut tx, two.id, &names(&["two.example", "a.example"])).await;
    assert!(matches!(twice, Err(StoreError::Unique { .. })), "{twice:?}");
    drop(tx);
    let mut tx = fixture.store.begin().await.unwrap();
    let referred = queries::partner::delete(&mut tx, other.id, None).await;
    assert!(matches!(referred, Err(StoreError::ForeignKey { .. })), "{referred:?}");
    drop(tx);
    let mut tx = fixture.store.begin().await.unwrap();
    queries::domain::delete(&mut tx, one.id, None).await.unwrap();
    assert!(queries::domain::taken(&mut tx, &names(&["a.example"])).await.unwrap().is_empty());
}

/// A domain for the users of a partner.
fn home_of(partner_id: i64) -> NewDomain {
    NewDomain {
        public_id: DomainId::random(),
        name: "users.example".to_owned(),
        partner_id,
        registration_enabled: false,
        created_at: at(0),
    }
}

fn user_of(domain_id: i64, login: &str) -> NewUser {
    NewUser {
        public_id: AccountId::random(),
        login: login.to_owned(),
        name: "Ада".to_owned(),
        domain_id,
        phone: None,
        active: true,
        blocked: false,
        password_version: None,
        created_at: at(0),
        notify: Notify::default(),
    }
}

pub(crate) async fn a_user_is_of_a_domain(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = fixture::partner(&mut tx, "acme").await;
    let nobodys = fixture::account(&mut tx, "root").await;
    let home = queries::domain::insert(&mut tx, &home_of(partner.id)).await.unwrap();
    let new = |login: &str| user_of(home.id, login);
    let ada = queries::user::insert(&mut tx, &new("ada")).await.unwrap();
    let edit = UserEdit {
        name: "Lin".to_owned(),
        phone: None,
        active: true,
        blocked: true,
        password_version: Some(1),
        notify: Notify { note: false, ..Notify::default() },
    };
    let edited = queries::user::update(&mut tx, ada.id, Some(1), &edit).await.unwrap();
    assert_eq!((edited.version, edited.blocked, edited.password_version), (2, true, Some(1)));
    assert_eq!(UserEdit::of(&edited), edit);
    assert_eq!(queries::user::notify(&mut tx, ada.id).await.unwrap(), edit.notify);
    let stale = queries::user::update(&mut tx, ada.id, Some(1), &edit).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })), "{stale:?}");
    queries::user::set_password_hash(&mut tx, ada.id, "hash").await.unwrap();
    assert_eq!(queries::user::password_hash(&mut tx, ada.id).await.unwrap().as_deref(), Some("hash"));
    assert!(queries::user::any_of_domain(&mut tx, home.id).await.unwrap());
    // An account without a domain is nobody's to manage.
    assert!(queries::user::find(&mut tx, &Visible::All, nobodys.public_id).await.unwrap().is_none());
    for (visible, count) in [
        (Visible::All, 1),
        (Visible::partners(vec![partner.id]), 1),
        (Visible::partners(vec![partner.id + 1]), 0),
    ] {
        let query = ListQuery { search: Some("LIN".to_owned()), ..ListQuery::default() };
        assert_eq!(queries::user::list(&mut tx, &visible, &query).await.unwrap().total, count);
        assert_eq!(
            queries::user::find_by_login(&mut tx, &visible, "ada").await.unwrap().is_some(),
            count == 1
        );
    }
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let taken = queries::user::insert(&mut tx, &new("root")).await;
    assert!(matches!(taken, Err(StoreError::Unique { .. })), "{taken:?}");
    drop(tx);
    let mut tx = fixture.store.begin().await.unwrap();
    let referred = queries::domain::delete(&mut tx, home.id, None).await;
    assert!(matches!(referred, Err(StoreError::ForeignKey { .. })), "{referred:?}");
    drop(tx);
    let mut tx = fixture.store.begin().await.unwrap();
    queries::user::delete(&mut tx, ada.id, Some(2)).await.unwrap();
    queries::domain::delete(&mut tx, home.id, None).await.unwrap();
}

pub(crate) async fn a_public_key_is_seen_with_its_user(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = fixture::partner(&mut tx, "acme").await;
    let root = fixture::account(&mut tx, "root").await;
    let home = queries::domain::insert(&mut tx, &home_of(partner.id)).await.unwrap();
    let ada = queries::user::insert(&mut tx, &user_of(home.id, "ada")).await.unwrap();
    let new = |account_id, name: &str| NewPublicKey {
        public_id: PublicKeyId::random(),
        account_id,
        name: name.to_owned(),
        openssh: "ssh-ed25519 AAAA".to_owned(),
        fingerprint: format!("SHA256:{name}"),
        created_at: at(0),
    };
    let own = queries::public_key::insert(&mut tx, &new(root.id, "root")).await.unwrap();
    let of_ada = queries::public_key::insert(&mut tx, &new(ada.id, "Ноутбук")).await.unwrap();
    let renamed = queries::public_key::rename(&mut tx, &of_ada, "Телефон").await.unwrap();
    assert_eq!((renamed.version, renamed.openssh.as_str()), (2, "ssh-ed25519 AAAA"));
    let (one, other) = (Visible::partners(vec![partner.id]), Visible::partners(vec![partner.id + 1]));
    let all = PublicKeyFilter::default();
    let of_partner = PublicKeyFilter { partner_id: Some(partner.id), ..all.clone() };
    let of_root = PublicKeyFilter { account_id: Some(root.id), ..all.clone() };
    let named = PublicKeyFilter { fingerprint: Some("SHA256:root".to_owned()), ..all.clone() };
    // What an account without a domain has is its own alone.
    for (visible, account, filter, ids) in [
        (&Visible::All, root.id, &all, vec![own.id, of_ada.id]),
        (&Visible::All, ada.id, &all, vec![of_ada.id]),
        (&one, root.id, &all, vec![own.id, of_ada.id]),
        (&other, root.id, &all, vec![own.id]),
        (&other, ada.id, &all, vec![of_ada.id]),
        (&one, root.id, &of_partner, vec![of_ada.id]),
        (&one, ada.id, &of_root, vec![]),
        (&one, root.id, &of_root, vec![own.id]),
        (&one, root.id, &named, vec![own.id]),
    ] {
        let query = ListQuery { filter: filter.clone(), ..ListQuery::default() };
        let listed = queries::public_key::list(&mut tx, visible, account, &query).await.unwrap();
        let found: Vec<i64> = listed.rows.iter().map(|row| row.id).collect();
        assert_eq!((found, listed.total), (ids.clone(), i64::try_from(ids.len()).unwrap()), "{query:?}");
        for row in [&own, &of_ada] {
            let found = queries::public_key::find(&mut tx, visible, account, row.public_id).await.unwrap();
            assert!(found.is_some() || !ids.contains(&row.id), "{visible:?}");
        }
    }
    let query = ListQuery { search: Some("ТЕЛЕ".to_owned()), ..ListQuery::default() };
    assert_eq!(queries::public_key::list(&mut tx, &one, root.id, &query).await.unwrap().total, 1);
    assert!(queries::public_key::find(&mut tx, &other, root.id, of_ada.public_id).await.unwrap().is_none());
    assert_eq!(queries::public_key::count(&mut tx, ada.id).await.unwrap(), 1);
    queries::user::delete(&mut tx, ada.id, None).await.unwrap();
    assert_eq!(queries::public_key::count(&mut tx, ada.id).await.unwrap(), 0);
    queries::public_key::delete(&mut tx, own.id).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let nobodys = queries::public_key::insert(&mut tx, &new(ada.id, "late")).await;
    assert!(matches!(nobodys, Err(StoreError::ForeignKey { .. })), "{nobodys:?}");
}
