//! Promotions and their grants.

use crate::fixture::{self, Fixture, at, code};
use jiff::civil::date;
use schemas::id::PromotionId;
use store::{
    ListQuery, Page, StoreError, Visible,
    model::{
        hypervisor::HypervisorType,
        promotion::{
            DiskType, NewPromotion, NewPromotionGrant, Promotion, PromotionEdit, PromotionFilter,
            PromotionSort,
        },
    },
    queries,
};
use uuid::Uuid;

fn edit(name: &str, first: i8, last: i8) -> PromotionEdit {
    PromotionEdit {
        name: name.into(),
        starts_on: date(2022, 6, first),
        ends_on: date(2022, 6, last),
        time_zone: "Europe/Moscow".into(),
        price_per_day: "3".parse().unwrap(),
        platform: HypervisorType::Kvm,
        max_count: Some(2),
        vcpu: 1,
        ram_gb: 1,
        hdd_gb: 10,
        disk_type: DiskType::Ssd,
        note: None,
    }
}

fn new(partner_id: i64, text: &str, edit: PromotionEdit) -> NewPromotion {
    NewPromotion { partner_id, public_id: PromotionId::random(), code: code(text), edit, created_at: at(0) }
}

fn new_grant(row: &Promotion, contract_id: i64, machine: Uuid) -> NewPromotionGrant {
    NewPromotionGrant {
        partner_id: row.partner_id,
        promotion_id: row.id,
        promotion_name: row.name.clone(),
        contract_id,
        machine,
        machine_name: "web".into(),
        system_disk: Uuid::new_v4(),
        owner: "acme/first/default".into(),
        price_per_day: row.price_per_day,
        granted_at: at(5),
    }
}

pub(crate) async fn a_promotion_is_found_changed_and_listed(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, _) = fixture::partner(&mut tx, "acme").await;
    let first =
        queries::promotion::insert(&mut tx, &new(partner.id, "first", edit("Лето", 1, 9))).await.unwrap();
    let second =
        queries::promotion::insert(&mut tx, &new(partner.id, "second", edit("Second", 5, 30))).await.unwrap();
    let cheap =
        PromotionEdit {
            price_per_day: "0.0000001".parse().unwrap(), max_count: None, ..edit("Лето", 1, 9)
        };
    let changed = queries::promotion::update(&mut tx, partner.id, first.id, Some(1), &cheap).await.unwrap();
    assert_eq!((changed.version, changed.max_count, changed.starts_on), (2, None, date(2022, 6, 1)));
    let stale = queries::promotion::update(&mut tx, partner.id, first.id, Some(1), &cheap).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })), "{stale:?}");
    let own = Visible::partners(vec![partner.id]);
    for (sort, on, ids) in [
        (PromotionSort::Price, None, vec![first.id, second.id]),
        (PromotionSort::EndsOn, Some(date(2022, 6, 9)), vec![first.id, second.id]),
        (PromotionSort::StartsOn, Some(date(2022, 6, 10)), vec![second.id]),
        (PromotionSort::StartsOn, Some(date(2022, 7, 1)), vec![]),
    ] {
        let query = ListQuery {
            sort,
            filter: PromotionFilter { on, platform: Some(HypervisorType::Kvm), ..PromotionFilter::default() },
            page: Page::Offset { page: 1, limit: 10 },
            ..ListQuery::default()
        };
        let listed = queries::promotion::list(&mut tx, &own, &query).await.unwrap();
        assert_eq!(listed.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{query:?}");
    }
    let others = Visible::partners(vec![partner.id + 1]);
    assert!(queries::promotion::find(&mut tx, &others, first.public_id).await.unwrap().is_none());
    assert!(queries::promotion::find_by_code(&mut tx, &others, "first").await.unwrap().is_empty());
    // Those that begin after a day go to another zone.
    queries::promotion::move_zone(&mut tx, partner.id, date(2022, 6, 1), "UTC").await.unwrap();
    let rows = queries::promotion::lock_many(&mut tx, &[second.id, first.id]).await.unwrap();
    let zones: Vec<&str> = rows.iter().map(|row| row.time_zone.as_str()).collect();
    assert_eq!(zones, ["Europe/Moscow", "UTC"]);
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let taken = queries::promotion::insert(&mut tx, &new(partner.id, "first", edit("Other", 1, 1))).await;
    assert!(matches!(taken, Err(StoreError::Unique { .. })), "{taken:?}");
    drop(tx);
    let mut tx = fixture.store.begin().await.unwrap();
    let referred = queries::partner::delete(&mut tx, partner.id, None).await;
    assert!(matches!(referred, Err(StoreError::ForeignKey { .. })), "{referred:?}");
}

pub(crate) async fn a_grant_outlives_its_promotion(fixture: &Fixture) {
    let mut tx = fixture.store.begin().await.unwrap();
    let (partner, plan) = fixture::partner(&mut tx, "acme").await;
    let (_, contract, _) = fixture::client(&mut tx, &plan, "first").await;
    let row =
        queries::promotion::insert(&mut tx, &new(partner.id, "summer", edit("Summer", 1, 30))).await.unwrap();
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    for machine in [one, two] {
        queries::promotion::insert_grant(&mut tx, &new_grant(&row, contract.id, machine)).await.unwrap();
    }
    queries::promotion::end_grant(&mut tx, one, at(9)).await.unwrap();
    queries::promotion::end_grant(&mut tx, one, at(10)).await.unwrap();
    let live = queries::promotion::live_grants(&mut tx, &[one, two]).await.unwrap();
    assert_eq!(live.iter().map(|grant| grant.machine).collect::<Vec<_>>(), [two]);
    // What ended counts, and the machine may be given a price anew.
    queries::promotion::insert_grant(&mut tx, &new_grant(&row, contract.id, one)).await.unwrap();
    assert_eq!(queries::promotion::used(&mut tx, &[partner.id], &[row.id]).await.unwrap(), [(row.id, 3)]);
    queries::promotion::delete(&mut tx, partner.id, row.id, Some(1)).await.unwrap();
    let kept = queries::promotion::grants_of_contract(&mut tx, partner.id, contract.id).await.unwrap();
    assert_eq!(kept.iter().map(|grant| grant.ended_at).collect::<Vec<_>>(), [Some(at(9)), None, None]);
    assert!(kept.iter().all(|grant| grant.id >= 1 && grant.promotion_name == "Summer"));
    let part = Page::Offset { page: 2, limit: 2 };
    let part = queries::promotion::grant_page(&mut tx, partner.id, row.id, part).await.unwrap();
    assert_eq!((part.total, part.rows.as_slice()), (3, &kept[2..]));
    tx.commit().await.unwrap();

    let mut tx = fixture.store.begin().await.unwrap();
    let second = queries::promotion::insert_grant(&mut tx, &new_grant(&row, contract.id, two)).await;
    assert!(matches!(second, Err(StoreError::Unique { .. })), "{second:?}");
}
