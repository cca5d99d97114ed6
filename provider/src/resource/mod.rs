//! The managed resources, one file each: what is special to it, over the one adapter.

mod client;
mod hypervisor;
mod partner;
mod tariff_plan;

use std::sync::Arc;
use tfplugin::Resource;

/// Every managed resource.
pub(crate) fn all() -> Vec<Arc<dyn Resource>> {
    vec![
        Arc::new(hypervisor::resource()),
        Arc::new(partner::resource()),
        Arc::new(tariff_plan::resource()),
        Arc::new(client::resource()),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_resource_of_the_registry_is_here() {
        let known = schemas::registry::resources();
        let known: BTreeSet<_> = known.iter().map(|resource| format!("esu_{}", resource.noun)).collect();
        let all = super::all();
        assert_eq!(
            all.iter().map(|resource| resource.type_name().to_owned()).collect::<BTreeSet<_>>(),
            known
        );
    }
}
