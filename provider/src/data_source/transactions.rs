//! `esu_transactions`: the ledger.

use crate::adapter::{Many, View};
use schemas::{
    endpoint::transaction::List,
    registry::{endpoint_info, schema_of},
    resource::transaction::TransactionView,
};

/// How many transactions are listed where the configuration does not say.
const MOST: i64 = 1000;

/// Transactions, as they are looked up.
pub(crate) fn many() -> Many {
    let description = "A transaction is an entry of the ledger: what a day cost under a contract, money that came in, or \
                       a correction";
    let shown = schema_of::<TransactionView>();
    Many::new(View::read_only("transaction", description, &[], &shown, endpoint_info::<List>(), None))
        .newest(MOST)
}
