//! Many clients at once, all or nothing, in parts that fit in memory.

use super::{KIND, check_hypervisors, new_client, new_contract, plan, plan_fact, views};
use crate::app::{Error, FieldErrors, Operation, audit::Change};
use schemas::{
    code::Code,
    error::Alias,
    id::{ClientId, ProjectId},
    resource::{
        client::ClientView,
        clients::{ClientLine, ClientReceipt},
    },
    time::Instant,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{
    StoreError,
    model::{client::WholeClient, partner::Partner, tariff_plan::TariffPlan},
    queries,
};

/// How many clients are handed to the database at once.
const CLIENTS_AT_ONCE: usize = 500;

/// How many errors are told at once.
pub(crate) const MAX_ERRORS: usize = 100;

/// A line with its number, from 1.
type Numbered = (usize, ClientLine);

/// Where receipts go, in the order of the lines.
pub(crate) type Receipts<'a> = dyn FnMut(&ClientReceipt) -> Result<(), Error> + Send + 'a;

/// Creates the clients of all lines, each with its contract and its project.
///
/// # Errors
/// When a code is taken or given twice, or a plan or a hypervisor is not there: what is wrong with any line, up to a
/// limit. Nothing is created then.
pub(crate) async fn create_many(
    op: &mut Operation,
    partner: &str,
    lines: &mut (dyn Iterator<Item = Result<Numbered, Error>> + Send),
    receipts: &mut Receipts<'_>,
) -> Result<(), Error> {
    let owner = op.partner(partner).await?;
    let mut import =
        Import { owner, plans: BTreeMap::new(), seen: HashMap::new(), errors: Errors::default() };
    while let Some(part) = next_part(lines)? {
        let plans = import.check(op, &part).await?;
        if import.errors.is_empty() {
            import.write(op, &part, &plans, receipts).await?;
        }
    }
    import.errors.into_result()
}

/// The receipts of clients that were created before, at that instant, by the same lines.
///
/// # Errors
/// When the partner is gone, or one of the clients.
pub(crate) async fn receipts_of(
    op: &mut Operation,
    partner: &str,
    created_at: Instant,
    lines: &mut (dyn Iterator<Item = Result<Numbered, Error>> + Send),
    receipts: &mut Receipts<'_>,
) -> Result<(), Error> {
    let owner = op.partner(partner).await?;
    while let Some(part) = next_part(lines)? {
        let codes: Vec<Code> = part.into_iter().map(|(_, line)| line.code).collect();
        let views = views_of(op, &owner, &codes, created_at).await?;
        for code in &codes {
            let view = views.get(code.as_str()).ok_or_else(|| {
                let text = format!(
                    "These clients were created before, and \"{code}\" was deleted since; use a new key."
                );
                Error::conflict(Alias::IdempotencyKeyReused, text)
            })?;
            receipts(&receipt(view))?;
        }
    }
    Ok(())
}

/// The next lines; none at the end.
fn next_part(
    lines: &mut (dyn Iterator<Item = Result<Numbered, Error>> + Send),
) -> Result<Option<Vec<Numbered>>, Error> {
    let part = lines.take(CLIENTS_AT_ONCE).collect::<Result<Vec<_>, Error>>()?;
    Ok((!part.is_empty()).then_some(part))
}

/// Clients of one partner on their way in.
struct Import {
    owner: Partner,
    plans: BTreeMap<Option<Code>, TariffPlan>,
    seen: HashMap<Code, usize>,
    errors: Errors,
}

impl Import {
    /// Notes what is wrong with some lines, and answers their plans.
    async fn check(
        &mut self,
        op: &mut Operation,
        part: &[Numbered],
    ) -> Result<Vec<Option<TariffPlan>>, Error> {
        let mut plans = Vec::with_capacity(part.len());
        let codes: Vec<Code> = part.iter().map(|(_, line)| line.code.clone()).collect();
        let taken = queries::client::of_codes(op.conn(), self.owner.id, &codes).await?;
        let mut taken: BTreeSet<Code> = taken.into_iter().map(|row| row.code).collect();
        for (number, line) in part {
            if let Some(first) = self.seen.insert(line.code.clone(), *number) {
                let text = format!("line {first} has this code too");
                self.errors.wrong((*number, line), "code", &text);
                // What this very call wrote before is no client of somebody else's.
                taken.remove(&line.code);
            }
            if taken.contains(&line.code) {
                self.errors.taken((*number, line));
            }
            let found = self.plan(op, line).await;
            plans.push(self.errors.noted((*number, line), found)?);
            if line.settings.allowed_hypervisors.is_some() {
                let checked = check_hypervisors(op, &self.owner, &line.settings).await;
                self.errors.noted((*number, line), checked)?;
            }
        }
        Ok(plans)
    }

    /// The plan of a line, looked up once for each code.
    async fn plan(&mut self, op: &mut Operation, line: &ClientLine) -> Result<TariffPlan, Error> {
        let code = line.settings.tariff_plan.clone();
        if let Some(plan) = self.plans.get(&code) {
            return Ok(plan.clone());
        }
        let found = plan(op, &self.owner, code.as_ref()).await?;
        self.plans.insert(code, found.clone());
        Ok(found)
    }

    async fn write(
        &self,
        op: &mut Operation,
        part: &[Numbered],
        plans: &[Option<TariffPlan>],
        receipts: &mut Receipts<'_>,
    ) -> Result<(), Error> {
        let now = op.now;
        let mut rows = Vec::with_capacity(part.len());
        for ((_, line), plan) in part.iter().zip(plans) {
            let plan = plan.as_ref().ok_or_else(|| Error::internal("clients", "a line without a plan"))?;
            rows.push(self.whole(line, plan, now)?);
        }
        queries::client::insert_whole(op.tx()?, &rows).await.map_err(raced)?;
        let codes: Vec<Code> = part.iter().map(|(_, line)| line.code.clone()).collect();
        let views = views_of(op, &self.owner, &codes, now).await?;
        let views = codes.iter().map(|code| views.get(code.as_str())).collect::<Option<Vec<_>>>();
        let views = views.ok_or_else(|| Error::internal("clients", "a client that is not there"))?;
        let partner_id = Some(self.owner.id);
        let changes = views.iter().map(|view| Change {
            partner_id,
            kind: KIND,
            id: view.id.0,
            name: &view.code,
            before: None,
            after: Some(*view),
        });
        op.audit_many(changes).await?;
        views.into_iter().try_for_each(|view| receipts(&receipt(view)))
    }

    fn whole(&self, line: &ClientLine, plan: &TariffPlan, now: Instant) -> Result<WholeClient, Error> {
        let client = new_client(&self.owner, &line.code, &line.settings, now)?;
        let id: (Option<i64>, ClientId) = (None, client.public_id);
        Ok(WholeClient {
            contract: new_contract(&self.owner, id, &line.code, plan, &line.settings, now),
            fact: plan_fact(plan.id, now)?,
            project: (ProjectId::random(), Code::default_code()),
            client,
        })
    }
}

/// The clients of some codes that were created at an instant, by code.
async fn views_of(
    op: &mut Operation,
    owner: &Partner,
    codes: &[Code],
    created_at: Instant,
) -> Result<BTreeMap<String, ClientView>, Error> {
    let mut rows = queries::client::of_codes(op.conn(), owner.id, codes).await?;
    rows.retain(|row| row.created_at == created_at);
    Ok(views(op, &rows).await?.into_iter().map(|view| (view.code.clone(), view)).collect())
}

fn receipt(view: &ClientView) -> ClientReceipt {
    ClientReceipt {
        code: view.code.clone(),
        id: view.id,
        version: view.version,
        contract_id: view.contract.id,
        contract_name: view.contract.name.clone(),
        default_project_id: ProjectId(view.default_project.id),
        tariff_plan: view.contract.billing_plan.code.clone(),
    }
}

/// Somebody created a client of the same code between the check and the write.
fn raced(error: StoreError) -> Error {
    match error {
        StoreError::Unique { .. } => Error::conflict(
            Alias::ManagedElsewhere,
            "One of the clients was created by somebody else just now; send the lines again to learn which.",
        ),
        error => error.into(),
    }
}

/// What is wrong with lines, up to a limit.
#[derive(Default)]
struct Errors {
    wrong: FieldErrors,
    taken: FieldErrors,
    codes: Vec<String>,
    more: usize,
}

impl Errors {
    fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.taken.is_empty()
    }

    fn wrong(&mut self, (number, line): (usize, &ClientLine), field: &str, text: &str) {
        if self.wrong.len() < MAX_ERRORS {
            let messages = self.wrong.entry(format!("lines.{number}.{field}")).or_default();
            messages.push(format!("{}: {text}", line.code));
        } else {
            self.more += 1;
        }
    }

    fn taken(&mut self, (number, line): (usize, &ClientLine)) {
        if self.taken.len() < MAX_ERRORS {
            let text = format!("{}: the partner has a client with this code already", line.code);
            self.taken.insert(format!("lines.{number}.code"), vec![text]);
            self.codes.push(line.code.to_string());
        } else {
            self.more += 1;
        }
    }

    /// What went well; what went wrong is noted where the line is to blame.
    fn noted<T>(
        &mut self,
        line: (usize, &ClientLine),
        outcome: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::Fields(fields)) => {
                for (field, texts) in &fields {
                    texts.iter().for_each(|text| self.wrong(line, field, text));
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn into_result(self) -> Result<(), Error> {
        if !self.wrong.is_empty() {
            let mut fields = self.wrong;
            if self.more > 0 {
                let text = format!("{} more errors are not shown", self.more);
                fields.insert("non_field_errors".to_owned(), vec![text]);
            }
            return Err(Error::Fields(fields));
        }
        if self.codes.is_empty() {
            return Ok(());
        }
        let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
        let detail = format!(
            "A client has one manager, and these exist already: {}{more}. Import them, or leave them out.",
            self.codes.join(", ")
        );
        Err(Error::Conflict { alias: Alias::ManagedElsewhere, detail, fields: self.taken })
    }
}
