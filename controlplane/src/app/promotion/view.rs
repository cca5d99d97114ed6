//! Promotions and their grants, as the API shows them.

use super::super::{Error, Operation, convert, hypervisor, list, partner};
use schemas::{
    id::MachineId,
    money::{Money, Price},
    resource::{
        hypervisor::DiskType,
        promotion::{PromotionGrantView, PromotionUpdate, PromotionView},
    },
    time::{CivilDay, WireTime},
};
use std::collections::BTreeMap;
use store::{
    model::{
        partner::Partner,
        promotion::{DiskType as StoredDiskType, Promotion, PromotionGrant},
    },
    queries,
};

pub(super) async fn view(op: &mut Operation, row: &Promotion) -> Result<PromotionView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("promotion", "no view"))
}

/// Many promotions, in the order of the rows, in a few queries.
pub(super) async fn views(op: &mut Operation, rows: &[Promotion]) -> Result<Vec<PromotionView>, Error> {
    let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let partners: BTreeMap<i64, &Partner> = partners.iter().map(|row| (row.id, row)).collect();
    let used = queries::promotion::used(op.conn(), &partner_ids, &ids).await?;
    let used: BTreeMap<i64, i64> = used.into_iter().collect();
    let view = |row: &Promotion| {
        let owner = partners.get(&row.partner_id);
        let owner = owner.ok_or_else(|| Error::internal("promotion", "it has no partner"))?;
        let settings = settings(row)?;
        Ok(PromotionView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            code: row.code.to_string(),
            partner: partner::reference(owner),
            name: settings.name,
            starts_on: settings.starts_on,
            ends_on: settings.ends_on,
            price_per_day: settings.price_per_day,
            platform: settings.platform,
            max_count: settings.max_count,
            vcpu: settings.vcpu,
            ram_gb: settings.ram_gb,
            hdd_gb: settings.hdd_gb,
            disk_type: settings.disk_type,
            note: settings.note,
            used: used.get(&row.id).copied().unwrap_or(0),
        })
    };
    rows.iter().map(view).collect()
}

/// What may change in a promotion, as it is.
pub(super) fn settings(row: &Promotion) -> Result<PromotionUpdate, Error> {
    Ok(PromotionUpdate {
        name: row.name.clone(),
        starts_on: CivilDay::try_from(row.starts_on).map_err(convert::stored)?,
        ends_on: CivilDay::try_from(row.ends_on).map_err(convert::stored)?,
        price_per_day: price(row.price_per_day)?,
        platform: hypervisor::platform(row.platform),
        max_count: row.max_count.map(convert::unsigned).transpose()?,
        vcpu: convert::unsigned(row.vcpu)?,
        ram_gb: convert::unsigned(row.ram_gb)?,
        hdd_gb: convert::unsigned(row.hdd_gb)?,
        disk_type: disk_type(row.disk_type),
        note: row.note.clone(),
    })
}

/// A machine that was given a promotion's price.
pub(super) fn grant(row: &PromotionGrant) -> Result<PromotionGrantView, Error> {
    Ok(PromotionGrantView {
        machine: MachineId(row.machine),
        machine_name: row.machine_name.clone(),
        owner: row.owner.clone(),
        price_per_day: price(row.price_per_day)?,
        granted_at: row.granted_at,
        ended_at: row.ended_at,
    })
}

/// A price as it is stored.
pub(super) const fn money(price: Price) -> Money {
    Money::from_units(price.units())
}

/// A stored price.
pub(crate) fn price(money: Money) -> Result<Price, Error> {
    Price::from_units(money.units()).map_err(convert::stored)
}

/// A stored tier.
pub(super) const fn disk_type(stored: StoredDiskType) -> DiskType {
    match stored {
        StoredDiskType::Sata => DiskType::Sata,
        StoredDiskType::Sas => DiskType::Sas,
        StoredDiskType::Ssd => DiskType::Ssd,
    }
}

/// A tier as it is stored.
pub(super) const fn stored_disk_type(disk_type: DiskType) -> StoredDiskType {
    match disk_type {
        DiskType::Sata => StoredDiskType::Sata,
        DiskType::Sas => StoredDiskType::Sas,
        DiskType::Ssd => StoredDiskType::Ssd,
    }
}
