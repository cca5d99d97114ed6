//! Quotes: what a configuration costs before it is ordered (invariant 14).

use super::{Error, FieldErrors, Operation, convert};
use ::billing::{
    observation::{Fact, Power, Shape, Thing},
    quote::{self as engine, Quote, Wanted},
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
use store::{
    model::{contract::Contract, tariff_plan::TariffPlan},
    queries,
};

/// MiB in a GB.
const MIB_PER_GB: u64 = 1024;

/// The most machines of a quote.
const MAX_MACHINES: u64 = 10_000;

/// Things that are read at once.
const AT_ONCE: i64 = 1000;

/// What a configuration, or what a client has, costs under a plan.
///
/// # Errors
/// When the query names neither plan nor client, or half a machine.
pub async fn read(op: &mut Operation, query: &QuoteQuery) -> Result<QuoteView, Error> {
    let contract = contract(op, query).await?;
    let plan = plan(op, query, contract.as_ref()).await?;
    let at = query.at.unwrap_or(op.now);
    let version = version(op, &plan, at).await?;
    let mut wanted = wanted(query)?;
    if wanted.is_empty() {
        let text = "say what is quoted: a machine, quantities, or a client, for what it has now";
        let contract = contract.ok_or_else(|| Error::field("quantities", text))?;
        wanted = present(op, &contract).await?;
    }
    let too_much = || Error::field("quantities", "this costs more than 922 billion rubles");
    let quote = engine::quote(&version, wanted).ok_or_else(too_much)?;
    view(&plan, &version, at, &quote).ok_or_else(too_much)
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

/// What the query says is wanted; nothing where it says nothing.
fn wanted(query: &QuoteQuery) -> Result<Vec<Wanted>, Error> {
    let mut wanted = machines(query)?;
    let parts = query.quantities.iter().flat_map(|text| text.split(',')).filter(|part| !part.is_empty());
    for part in parts {
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
        wanted.push(Wanted { service, quantity, count: 1, runs: true });
    }
    Ok(wanted)
}

/// The machines that the query tells of, with their system disks.
fn machines(query: &QuoteQuery) -> Result<Vec<Wanted>, Error> {
    let QuoteQuery { platform, vcpu, ram_gb, hdd_gb, disk_type, windows, machines, .. } = query;
    let is_told = platform.is_some()
        || vcpu.is_some()
        || ram_gb.is_some()
        || hdd_gb.is_some()
        || disk_type.is_some()
        || windows.is_some()
        || machines.is_some();
    if !is_told {
        return Ok(Vec::new());
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
    let shape = |thing| Shape { thing, contract: None, power: Power::Running };
    let windows = windows.unwrap_or(false);
    let machine =
        Thing::Machine { platform, cpu_class_3_2: false, vcpu, ram_mib: mib("ram_gb", ram_gb)?, windows };
    let mut wanted: Vec<Wanted> = engine::wanted(&shape(machine), count).collect();
    if let Some(hdd_gb) = *hdd_gb {
        let disk = Thing::Disk { platform, disk_type: *disk_type, size_mib: mib("hdd_gb", hdd_gb)? };
        wanted.extend(engine::wanted(&shape(disk), count));
    }
    Ok(wanted)
}

/// What a contract has now.
async fn present(op: &mut Operation, contract: &Contract) -> Result<Vec<Wanted>, Error> {
    let mut wanted = Vec::new();
    let mut after = 0;
    loop {
        let (partner_id, id) = (contract.partner_id, Some(contract.id));
        let rows = queries::resource::used(op.conn(), partner_id, id, after, AT_ONCE).await?;
        for row in &rows {
            if let Fact::Present(shape) = row.fact.read().map_err(convert::stored)? {
                wanted.extend(engine::wanted(&shape, 1));
            }
        }
        match rows.last() {
            Some(last) if i64::try_from(rows.len()) == Ok(AT_ONCE) => after = last.id,
            _ => return Ok(wanted),
        }
    }
}

/// The quote as it is answered; none where a number does not fit.
fn view(plan: &TariffPlan, version: &PlanVersion, at: Instant, quote: &Quote) -> Option<QuoteView> {
    let line = |line: &engine::QuoteLine| {
        Some(QuoteLine {
            service: line.service,
            service_name: line.service.info().name.to_owned(),
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
