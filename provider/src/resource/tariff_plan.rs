//! `esu_tariff_plan`: a price list.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::tariff_plan::TariffPlan};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<TariffPlan>())
}
