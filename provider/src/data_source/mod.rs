//! The data sources, one file each.

mod consumption;
mod services;

use std::sync::Arc;
use tfplugin::DataSource;

/// Every data source.
pub(crate) fn all() -> Vec<Arc<dyn DataSource>> {
    vec![Arc::new(consumption::Consumption), Arc::new(services::Services)]
}
