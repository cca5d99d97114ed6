//! Payments and corrections: what makes a balance grow, once for its id for ever (B6, 7.7, 8.2).

use super::{
    Error, Operation, Signal,
    audit::Change,
    billing::{self, After, CLIENT_ACCOUNT, civil_day, lock_contract},
    contract::Owners,
    list,
};
use schemas::{
    endpoint::{InParent, Page, payment::PaymentQuery},
    error::Alias,
    money::Money,
    resource::{
        client::PaymentMethod,
        payment::{CorrectionSpec, Method as Word, PaymentSpec, PaymentStatus, PaymentView},
    },
    time::WireTime,
};
use store::{
    model::{
        contract::Contract,
        ledger::{LedgerEntry, NewLedgerTransaction, Posted, TransactionKind},
        payment::{Method, NewPayment, Payment, PaymentFilter, PaymentSort},
    },
    queries,
};

/// The most that one payment or correction moves, either way: a billion rubles.
const MOST: Money = Money::from_units(1_000_000_000 * schemas::money::UNITS_PER_RUBLE);

/// The most that a balance may be, either way: far from where the ledger's integers end.
const MOST_BALANCE: Money = Money::from_units(100_000_000_000 * schemas::money::UNITS_PER_RUBLE);

/// Lists payments and corrections that the caller sees, the newest first (8.2-01, 8.2-04, 8.2-05).
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: PaymentQuery) -> Result<Page<PaymentView>, Error> {
    let fields = [("date", PaymentSort::CreatedAt), ("amount", PaymentSort::Amount)];
    let of = (query.partner.as_deref(), query.client.as_deref(), query.contract.as_deref());
    let (partner_id, contract) = op.contract_named(of).await?;
    let filter = PaymentFilter {
        partner_id,
        contract,
        method: query.method.map(stored),
        external_id: query.external_id.clone(),
        from: query.from,
        to: query.to,
    };
    let wanted = list::wanted(query.part(), &fields, (PaymentSort::CreatedAt, true), filter)?;
    let visible = op.visible();
    let listed = queries::payment::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Reads one payment or correction.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str) -> Result<PaymentView, Error> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let visible = op.visible();
    let row = queries::payment::find(op.conn(), &visible, id).await?.ok_or(Error::NotFound)?;
    view(op, &row).await
}

/// Records money that came in.
///
/// # Errors
/// When the contract is not there, the amount is out of range, or its id belongs to another payment.
pub async fn create(op: &mut Operation, spec: PaymentSpec) -> Result<PaymentView, Error> {
    if spec.amount <= Money::ZERO || spec.amount > MOST {
        let text = format!("{} is not accepted; a payment is above 0 and at most {MOST} rubles", spec.amount);
        return Err(Error::field("amount", text));
    }
    let parent = InParent { partner: spec.partner.as_ref().map(ToString::to_string), client: None };
    let contract = match op.contract(&spec.contract, &parent).await {
        Err(Error::NotFound) => {
            let text =
                format!("there is no contract \"{}\"; give its id, or the code of its client", spec.contract);
            return Err(Error::field("contract", text));
        }
        found => found?,
    };
    let (method, word) = match spec.method {
        PaymentMethod::BankTransfer => (Method::BankTransfer, "bank_transfer"),
        PaymentMethod::YandexKassa => (Method::YandexKassa, "yandex_kassa"),
    };
    let incoming = Incoming {
        method,
        kind: TransactionKind::Payment,
        key: format!("payment/{word}/{}", spec.external_id),
        external_id: spec.external_id,
        amount: spec.amount,
        reason: None,
        named: "external_id",
    };
    record(op, &contract, incoming).await
}

/// Corrects the balance of a contract (7.7-01, 7.7-02).
///
/// # Errors
/// When the amount is out of range, or the reference belongs to a correction of another amount.
pub async fn correct(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    spec: CorrectionSpec,
) -> Result<PaymentView, Error> {
    let contract = op.contract(id, parent).await?;
    let size = if spec.amount < Money::ZERO { spec.amount.checked_neg() } else { Some(spec.amount) };
    if spec.amount == Money::ZERO || size.is_none_or(|size| size > MOST) {
        let text = format!(
            "{} is not accepted; a correction is from -{MOST} to {MOST} rubles, and not 0",
            spec.amount
        );
        return Err(Error::field("amount", text));
    }
    let incoming = Incoming {
        method: Method::Correction,
        kind: TransactionKind::Correction,
        key: format!("correction/{}/{}", contract.public_id, spec.reference),
        external_id: spec.reference,
        amount: spec.amount,
        reason: Some(spec.reason),
        named: "reference",
    };
    record(op, &contract, incoming).await
}

/// What moves a balance.
struct Incoming {
    method: Method,
    kind: TransactionKind,
    /// What it is unique by within the partner, for ever.
    key: String,
    external_id: String,
    amount: Money,
    reason: Option<String>,
    /// The field that it is known by.
    named: &'static str,
}

/// Posts what came in and writes it down, unless that was done before: then it is answered as it is.
async fn record(op: &mut Operation, contract: &Contract, incoming: Incoming) -> Result<PaymentView, Error> {
    let (now, contract) = (op.now, lock_contract(op.tx()?, contract).await?);
    // What would have happened without this money until now has happened.
    let contract = billing::settle_or_put_off(op.tx()?, &contract, now, After::Nothing).await?;
    let opposite = incoming.amount.checked_neg().ok_or_else(|| Error::internal("payment", "out of range"))?;
    let transaction = NewLedgerTransaction {
        partner_id: contract.partner_id,
        key: incoming.key.clone(),
        contract_id: contract.id,
        kind: incoming.kind,
        day: Some(civil_day(&contract, op.now)?),
        at: op.now,
    };
    let entries = [
        LedgerEntry { account: CLIENT_ACCOUNT.to_owned(), amount: incoming.amount },
        LedgerEntry { account: incoming.method.as_str().to_owned(), amount: opposite },
    ];
    let transaction_id = match queries::ledger::post(op.tx()?, &transaction, &entries).await? {
        Posted::AlreadyPosted(id) => {
            let known = queries::payment::of_transaction(op.conn(), contract.partner_id, id).await?;
            return adopted(op, &contract, &known, &incoming).await;
        }
        Posted::New(id) => id,
    };
    let booked = queries::ledger::sum(op.conn(), contract.partner_id, contract.id, CLIENT_ACCOUNT).await?;
    if booked > MOST_BALANCE || booked.checked_neg().is_none_or(|owed| owed > MOST_BALANCE) {
        let text = format!("the balance would be {booked} rubles; it is at most {MOST_BALANCE} either way");
        return Err(Error::field("amount", text));
    }
    let new = NewPayment {
        partner_id: contract.partner_id,
        contract_id: contract.id,
        transaction_id,
        method: incoming.method,
        external_id: incoming.external_id,
        amount: incoming.amount,
        reason: incoming.reason,
        author: op.request.actor.login.clone(),
        created_at: op.now,
    };
    let row = queries::payment::insert(op.tx()?, &new).await?;
    billing::settle_or_put_off(op.tx()?, &contract, now, After::Money(transaction_id)).await?;
    op.signal(Signal::BalancesMoved);
    let view = view(op, &row).await?;
    let action = if row.method == Method::Correction { "correct" } else { "pay" };
    let change = Change {
        partner_id: Some(contract.partner_id),
        kind: super::contract::KIND,
        id: contract.public_id.0,
        name: &contract.name,
        before: None,
        after: Some(&view),
    };
    op.audit_as(action, change).await?;
    Ok(view)
}

/// The payment that is there, if it is the same.
async fn adopted(
    op: &mut Operation,
    contract: &Contract,
    known: &Payment,
    incoming: &Incoming,
) -> Result<PaymentView, Error> {
    if known.contract_id == contract.id && known.amount == incoming.amount {
        return view(op, known).await;
    }
    let whose = if known.contract_id == contract.id {
        format!("of {} rubles", known.amount)
    } else {
        "under another contract".to_owned()
    };
    let text = format!(
        "\"{}\" is the {} of payment {} {whose}, which stays for ever; use another one for other money",
        incoming.external_id, incoming.named, known.id
    );
    Err(Error::conflict_at(Alias::PaymentConflict, incoming.named, text))
}

async fn view(op: &mut Operation, row: &Payment) -> Result<PaymentView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("payment", "no view"))
}

/// Many payments, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Payment]) -> Result<Vec<PaymentView>, Error> {
    let owners = Owners::load(op, rows.iter().map(|row| (row.partner_id, row.contract_id))).await?;
    let view = |row: &Payment| {
        let owner = owners.of(row.partner_id, row.contract_id)?;
        Ok(PaymentView {
            id: row.id,
            date: WireTime(row.created_at),
            transaction: row.transaction_id,
            amount: row.amount,
            contract: owner.contract,
            client: owner.client,
            partner: owner.partner,
            method: match row.method {
                Method::BankTransfer => Word::BankTransfer,
                Method::YandexKassa => Word::YandexKassa,
                Method::Correction => Word::Correction,
            },
            status: PaymentStatus::Done,
            external_id: row.external_id.clone(),
            reason: row.reason.clone(),
            author: row.author.clone(),
        })
    };
    rows.iter().map(view).collect()
}

const fn stored(method: Word) -> Method {
    match method {
        Word::BankTransfer => Method::BankTransfer,
        Word::YandexKassa => Method::YandexKassa,
        Word::Correction => Method::Correction,
    }
}
