//! `esu_payments`: money that came in, and corrections of balances.

use crate::adapter::{Many, View};
use schemas::{
    endpoint::payment::List,
    registry::{endpoint_info, schema_of},
    resource::payment::PaymentView,
};

/// How many payments are listed where the configuration does not say.
const MOST: i64 = 1000;

/// Payments, as they are looked up.
pub(crate) fn many() -> Many {
    let description =
        "A payment is money that came in under a contract, or a correction of its balance by hand";
    let shown = schema_of::<PaymentView>();
    Many::new(View::read_only("payment", description, &[], &shown, endpoint_info::<List>(), None))
        .newest(MOST)
}
