//! Quotes: what a configuration costs before it is ordered, promotions included (invariant 14).

use super::{
    Error, FieldErrors, Operation, convert, list,
    promotion::{
        self,
        configuration::{AttachedDisk, Configuration, Shown},
        offer::{self, Offers},
    },
};
use ::billing::{
    observation::{DiskType, Fact, Platform, Power, Shape, Thing},
    quote::{self as engine, Promotion, Quote, Wanted},
    rate::PlanVersion,
    report::quantity_text,
};
use schemas::{
    cost::base_units,
    endpoint::{InParent, quote::QuoteQuery},
    money::Money,
    resource::{
        Ref,
        quote::{QuoteLine, QuoteView},
    },
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use store::{
    Json,
    model::{contract::Contract, resource::Promoted, tariff_plan::TariffPlan},
    queries,
};
use uuid::Uuid;

/// MiB in a GB.
const MIB_PER_GB: u64 = 1024;

/// The most machines of a quote.
const MAX_MACHINES: u64 = 10_000;

/// What a configuration, or what a client has, costs under a plan.
///
/// # Errors
/// When the query names neither plan nor client, or half a machine.
pub async fn read(op: &mut Operation, query: &QuoteQuery) -> Result<QuoteView, Error> {
    let contract = contract(op, query).await?;
    let plan = plan(op, query, contract.as_ref()).await?;
    let at = query.at.unwrap_or(op.now);
    let version = version(op, &plan, at).await?;
    let mut asked = Asked { wanted: quantities(query)?, ..Asked::default() };
    if let Some(machines) = machines(query)? {
        asked.add_new(op, plan.partner_id, at, &machines).await?;
    }
    if asked.wanted.is_empty() {
        let text = "say what is quoted: a machine, quantities, or a client, for what it has now";
        let contract = contract.ok_or_else(|| Error::field("quantities", text))?;
        asked.add_present(op, &contract).await?;
    }
    let too_much = || Error::field("quantities", "this costs more than 922 billion rubles");
    let quote = engine::quote(&version, asked.wanted).ok_or_else(too_much)?;
    view(&plan, &version, at, &quote, &asked.promotions).ok_or_else(too_much)
}

/// The contract of the client that the query names.
async fn contract(op: &mut Operation, query: &QuoteQuery) -> Result<Option<Contract>, Error> {
    let Some(client) = &query.client else { return Ok(None) };
    let client = op.client(client, &InParent { partner: query.partner.clone(), client: None }).await?;
    let contracts = queries::contract::of_clients(op.conn(), &[client.partner_id], &[client.id]).await?;
    Ok(contracts.into_iter().next())
}

async fn plan(
    op: &mut Operation,
    query: &QuoteQuery,
    contract: Option<&Contract>,
) -> Result<TariffPlan, Error> {
    match (&query.tariff_plan, contract) {
        (Some(plan), _) => {
            let parent = InParent { partner: query.partner.clone(), client: None };
            op.tariff_plan(plan, &parent).await
        }
        (None, Some(contract)) => {
            Ok(queries::tariff_plan::get(op.conn(), contract.partner_id, contract.plan_id).await?)
        }
        (None, None) => Err(Error::field("tariff_plan", "say under which plan, or for which client")),
    }
}

/// The version of a plan that is in force at an instant.
async fn version(op: &mut Operation, plan: &TariffPlan, at: Instant) -> Result<PlanVersion, Error> {
    let rows = queries::tariff_plan::versions(op.conn(), plan.partner_id, plan.id).await?;
    let in_force = rows.iter().filter(|row| row.effective_at <= at).max_by_key(|row| row.version);
    let row = in_force.ok_or_else(|| {
        Error::field("at", format!("the plan \"{}\" had no prices at {at}; it was made later", plan.code))
    })?;
    let items = row.items.read().map_err(convert::stored)?;
    Ok(PlanVersion { plan: plan.id, version: row.version, from: row.effective_at, items })
}

/// The quantities of services that the query tells of.
fn quantities(query: &QuoteQuery) -> Result<Vec<Wanted>, Error> {
    let parts = query.quantities.iter().flat_map(|text| text.split(',')).filter(|part| !part.is_empty());
    let wanted = parts.map(|part| {
        let refused = |text: String| Error::field("quantities", text);
        let (id, quantity) = part.split_once(':').ok_or_else(|| {
            refused(format!("\"{part}\" is no quantity of a service; write it like public_ip:2"))
        })?;
        let service: Service =
            id.parse().map_err(|error: schemas::service::ServiceError| refused(error.to_string()))?;
        let quantity = base_units(service, quantity).ok_or_else(|| {
            let unit = service.info().measure.text();
            refused(format!("\"{quantity}\" is no quantity of {id}; it is counted in {unit}, from 0"))
        })?;
        Ok(Wanted { service, quantity, count: 1, runs: true, promotion: None })
    });
    wanted.collect()
}

/// So many equal machines that are to be ordered.
struct Machines {
    count: u64,
    platform: Platform,
    vcpu: u32,
    ram_mib: u64,
    windows: bool,
    /// The system disk: its type and its size in MiB.
    disk: Option<(DiskType, u64)>,
}

impl Machines {
    fn machine(&self) -> Shape {
        let Self { platform, vcpu, ram_mib, windows, .. } = *self;
        running(Thing::Machine { platform, cpu_class_3_2: false, vcpu, ram_mib, windows })
    }

    fn disk(&self) -> Option<Shape> {
        let (disk_type, size_mib) = self.disk?;
        let platform = self.platform;
        Some(running(Thing::Disk { platform, disk_type: Some(disk_type), size_mib }))
    }

    /// What promotions compare of each, if it is ordered at an instant.
    fn configuration(&self, at: Instant) -> Configuration {
        let disk = AttachedDisk { id: Uuid::nil(), system: true, known: self.disk };
        let disks = self.disk.map(|_| disk).into_iter().collect();
        let shown = Shown { platform: self.platform, vcpu: self.vcpu, ram_mib: self.ram_mib, disks };
        shown.configuration(None, at)
    }
}

fn running(thing: Thing) -> Shape {
    Shape { thing, contract: None, power: Power::Running }
}

/// The machines that the query tells of; none where it tells of no field of theirs.
fn machines(query: &QuoteQuery) -> Result<Option<Machines>, Error> {
    let QuoteQuery { platform, vcpu, ram_gb, hdd_gb, disk_type, windows, machines, .. } = query;
    let is_told = platform.is_some()
        || vcpu.is_some()
        || ram_gb.is_some()
        || hdd_gb.is_some()
        || disk_type.is_some()
        || windows.is_some()
        || machines.is_some();
    if !is_told {
        return Ok(None);
    }
    let count = machines.unwrap_or(1);
    let mut errors = FieldErrors::new();
    let mut missing = |field: &str, is_missing: bool, text: &str| {
        if is_missing {
            errors.insert(field.to_owned(), vec![text.to_owned()]);
        }
    };
    missing("platform", platform.is_none(), "a machine needs a platform: kvm or vmware");
    missing("vcpu", vcpu.is_none_or(|vcpu| vcpu == 0), "a machine needs 1 vCPU or more");
    missing("ram_gb", ram_gb.is_none_or(|ram| ram == 0), "a machine needs 1 GB of RAM or more");
    missing("disk_type", hdd_gb.is_some() && disk_type.is_none(), "a disk needs a type: sata, sas or ssd");
    missing("hdd_gb", disk_type.is_some() && hdd_gb.is_none(), "a disk needs a size in GB");
    missing("machines", !(1..=MAX_MACHINES).contains(&count), "1 to 10000 machines are quoted at once");
    let (Some(platform), Some(vcpu), Some(ram_gb), true) = (*platform, *vcpu, *ram_gb, errors.is_empty())
    else {
        return Err(Error::Fields(errors));
    };
    let mib = |field: &str, gb: u64| {
        gb.checked_mul(MIB_PER_GB).ok_or_else(|| Error::field(field, format!("{gb} GB are too much")))
    };
    let size_mib = hdd_gb.map(|hdd_gb| mib("hdd_gb", hdd_gb)).transpose()?;
    Ok(Some(Machines {
        count,
        platform,
        vcpu,
        ram_mib: mib("ram_gb", ram_gb)?,
        windows: windows.unwrap_or(false),
        disk: disk_type.zip(size_mib),
    }))
}

/// What is asked for, with the promotions of its lines by internal id.
#[derive(Default)]
struct Asked {
    wanted: Vec<Wanted>,
    promotions: BTreeMap<i64, Ref>,
}

impl Asked {
    /// Adds machines that are ordered at an instant: as many as there are left of each promotion that is for them have its
    /// price, the others what the plan says (A3 to A5).
    async fn add_new(
        &mut self,
        op: &mut Operation,
        partner_id: i64,
        at: Instant,
        machines: &Machines,
    ) -> Result<(), Error> {
        let (machine, configuration) = (machines.machine(), machines.configuration(at));
        let mut left = i64::try_from(machines.count).map_err(|error| Error::internal("quote", error))?;
        let is_wanted = |row: &_| configuration.is_promoted(row);
        let matching = offer::matching(op.conn(), &[partner_id], (at, at), is_wanted).await?;
        if !matching.is_empty() {
            let mut offers = Offers::load(op.conn(), &[partner_id], matching).await?;
            while let Some((row, count)) = offers.take(partner_id, &configuration, at, left)? {
                let promotion = Promotion { id: row.id, price_per_day: promotion::price(row.price_per_day)? };
                self.promotions.insert(row.id, promotion::reference(row));
                self.wanted.extend(engine::promoted(&machine, count.unsigned_abs(), promotion));
                left = left.saturating_sub(count);
            }
        }
        let left = left.unsigned_abs();
        if left > 0 {
            self.wanted.extend(engine::wanted(&machine, left));
            self.wanted.extend(machines.disk().iter().flat_map(|disk| engine::wanted(disk, left)));
        }
        Ok(())
    }

    /// Adds what a contract has now, each machine at the price that it was granted, if it was.
    async fn add_present(&mut self, op: &mut Operation, contract: &Contract) -> Result<(), Error> {
        let (partner_id, contract_id) = (contract.partner_id, contract.id);
        let shape = |fact: &Json| match fact.read().map_err(convert::stored) {
            Ok(Fact::Present(shape)) => Ok(Some(shape)),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        for alike in queries::resource::used_by_plan(op.conn(), partner_id, contract_id).await? {
            let shape = shape(&alike.fact)?;
            self.wanted.extend(shape.iter().flat_map(|it| engine::wanted(it, alike.count.unsigned_abs())));
        }
        let promoted = queries::resource::promoted(op.conn(), partner_id, contract_id).await?;
        self.name_promotions(op, partner_id, &promoted).await?;
        for alike in &promoted {
            let price_per_day = promotion::price(alike.price_per_day)?;
            let promotion = Promotion { id: alike.promotion_id, price_per_day };
            let (shape, count) = (shape(&alike.fact)?, alike.count.unsigned_abs());
            self.wanted.extend(shape.iter().flat_map(|it| engine::promoted(it, count, promotion)));
        }
        Ok(())
    }

    /// Names promotions; one that was deleted by the name that it had.
    async fn name_promotions(
        &mut self,
        op: &mut Operation,
        partner_id: i64,
        promoted: &[Promoted],
    ) -> Result<(), Error> {
        let ids: Vec<i64> = list::distinct(promoted.iter().map(|alike| alike.promotion_id));
        if ids.is_empty() {
            return Ok(());
        }
        for alike in promoted {
            let deleted = Ref { id: Uuid::nil(), code: String::new(), name: alike.promotion_name.clone() };
            self.promotions.insert(alike.promotion_id, deleted);
        }
        let rows = queries::promotion::get_many(op.conn(), &[partner_id], &ids).await?;
        self.promotions.extend(rows.iter().map(|row| (row.id, promotion::reference(row))));
        Ok(())
    }
}

/// The quote as it is answered; none where a number does not fit.
fn view(
    plan: &TariffPlan,
    version: &PlanVersion,
    at: Instant,
    quote: &Quote,
    promotions: &BTreeMap<i64, Ref>,
) -> Option<QuoteView> {
    let line = |line: &engine::QuoteLine| {
        let promotion = line.promotion.and_then(|promotion| promotions.get(&promotion.id));
        let service_name = promotion.map_or_else(
            || line.service.info().name.to_owned(),
            |promotion| promotion::line_name(&promotion.name),
        );
        Some(QuoteLine {
            service: line.service,
            service_name,
            promotion: promotion.cloned(),
            quantity: quantity_text(line.service, line.quantity),
            price: line.item.price,
            period: line.item.period,
            calendar: line.item.calendar,
            charging: line.item.charging,
            charged_while: line.item.charged_while,
            per_period: line.per_period,
            per_day: line.running.day()?,
            per_month: line.running.month()?,
        })
    };
    let lines: Option<Vec<QuoteLine>> = quote.lines.iter().map(line).collect();
    let first_charge: Money = quote.first_charge;
    Some(QuoteView {
        plan: Ref { id: plan.public_id.0, code: plan.code.to_string(), name: plan.name.clone() },
        plan_version: version.version,
        quoted_at: at,
        lines: lines?,
        first_charge,
        per_hour: quote.running.hour()?,
        per_day: quote.running.day()?,
        per_month: quote.running.month()?,
        per_year: quote.running.year()?,
    })
}
