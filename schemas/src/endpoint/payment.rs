//! Operations on payments. A balance is corrected through its contract.

use super::{ById, Page, endpoint, list_query};
use crate::{
    resource::payment::{Method, PaymentSpec, PaymentView},
    time::Instant,
};

list_query! {
    /// Which payments, in which order. Filters are combined: what is listed passes all of them.
    PaymentQuery, sorted by "`date` or `amount`", searched by "external id or reference" {
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client; those of a client who is gone are found by its contract.
        client: String,
        /// Id of the contract.
        contract: String,
        /// How the money came in.
        method: Method,
        /// Exactly this external id, or reference of a correction.
        external_id: String,
        /// Payments at this instant or later, such as `2021-12-20T00:00:00+03:00` (8.2-04).
        from: Instant,
        /// Payments before this instant.
        to: Instant,
    }
}

endpoint! {
    /// Lists the payments and corrections of the contracts that the caller may see, the newest first (8.2-01).
    List = "payment.list" GET "/v1/payment" Partner query PaymentQuery, answer Page<PaymentView>
}

endpoint! {
    /// Records money that came in. Sent again with the same contract and amount it is answered with the payment that is there.
    Create = "payment.create" POST "/v1/payment" Partner body PaymentSpec, answer PaymentView
}

endpoint! {
    /// Reads one payment or correction by its number.
    Read = "payment.read" GET "/v1/payment/{id}" Partner path ById, answer PaymentView
}
