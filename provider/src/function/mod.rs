//! The functions: offline and pure.

mod parse_sku;

use std::sync::Arc;
use tfplugin::Function;

/// Every function.
pub(crate) fn all() -> Vec<Arc<dyn Function>> {
    vec![Arc::new(parse_sku::ParseSku)]
}
