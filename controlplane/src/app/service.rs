//! The catalogue of services.

use schemas::{
    endpoint::{Page, service::ServiceView},
    service::CATALOGUE,
};

/// The whole catalogue, in the order of the ids (3.1-03, 3.1-04).
pub fn list() -> Page<ServiceView> {
    let items: Vec<ServiceView> = CATALOGUE
        .iter()
        .map(|row| ServiceView {
            id: row.service,
            name: row.name.to_owned(),
            sku: row.sku.to_owned(),
            measure: row.measure,
        })
        .collect();
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Page { items, total, limit: total, next_cursor: None }
}
