//! Payments and corrections of balances.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::payment::{NewPayment, Payment, PaymentFilter, PaymentSort},
    schema::{contract, payment},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Whether it may be seen: with the client of its contract, or with the partner.
macro_rules! seen {
    ($only:expr) => {{
        let contracts =
            contract::table.filter(contract::client_id.assume_not_null().eq_any($only.clients.clone()));
        payment::partner_id
            .eq_any($only.partners.clone())
            .or(payment::contract_id.eq_any(contracts.select(contract::id)))
    }};
}

/// Records a payment, beside its transaction in the ledger.
///
/// # Errors
/// `Unique` where the transaction has one, `ForeignKey` where there is no such contract or transaction.
pub async fn insert(tx: &mut Tx, new: &NewPayment) -> Result<Payment, StoreError> {
    query!(tx, |link| diesel::insert_into(payment::table)
        .values((new.clone(), payment::external_id_folded.eq(fold(&new.external_id))))
        .returning(Payment::as_returning())
        .get_result(link))
}

/// The payment of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, visible: &Visible, id: i64) -> Result<Option<Payment>, StoreError> {
    query!(conn, |link| {
        let mut query = payment::table.into_boxed::<Db>().filter(payment::id.eq(id));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Payment::as_select()).get_result(link)
    })
    .optional()
}

/// The payment that a transaction of the ledger books.
///
/// # Errors
/// `NotFound` where it books none.
pub async fn of_transaction(
    conn: &mut Conn,
    partner_id: i64,
    transaction_id: i64,
) -> Result<Payment, StoreError> {
    query!(conn, |link| payment::table
        .filter(payment::partner_id.eq(partner_id))
        .filter(payment::transaction_id.eq(transaction_id))
        .select(Payment::as_select())
        .get_result(link))
}

/// A list of payments and corrections, those of deleted clients too.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<PaymentSort, PaymentFilter>,
) -> Result<Listed<Payment>, StoreError> {
    let wanted = &list.filter;
    listed!(conn, list, Payment, id: payment::id,
        filtered: {
            let mut query = payment::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(payment::external_id_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = wanted.partner_id {
                query = query.filter(payment::partner_id.eq(partner_id));
            }
            if let Some((partner_id, contract_id)) = wanted.contract {
                query = query
                    .filter(payment::partner_id.eq(partner_id))
                    .filter(payment::contract_id.eq(contract_id));
            }
            if let Some(method) = wanted.method {
                query = query.filter(payment::method.eq(method));
            }
            if let Some(external_id) = &wanted.external_id {
                query = query.filter(payment::external_id.eq(external_id.clone()));
            }
            if let Some(from) = wanted.from {
                query = query.filter(payment::created_at.ge(Sql(from)));
            }
            if let Some(to) = wanted.to {
                query = query.filter(payment::created_at.lt(Sql(to)));
            }
            query
        },
        order: {
            PaymentSort::CreatedAt => payment::created_at,
            PaymentSort::Amount => payment::amount,
        }
    )
}
