//! The functions: offline and pure.

mod charge_dates;
mod clients_from_csv;
mod inn_valid;
mod monthly_cost;
mod parse_sku;

use std::sync::Arc;
use tfplugin::Function;

/// Every function.
pub(crate) fn all() -> Vec<Arc<dyn Function>> {
    vec![
        Arc::new(charge_dates::ChargeDates),
        Arc::new(clients_from_csv::ClientsFromCsv),
        Arc::new(inn_valid::InnValid),
        Arc::new(monthly_cost::MonthlyCost),
        Arc::new(parse_sku::ParseSku),
    ]
}
