//! The managed resources, one file each: what is special to it, over the one adapter.

mod access;
mod balance_correction;
mod client;
mod client_defaults;
mod client_limits;
mod clients;
mod default_limits;
mod domain;
mod hypervisor;
mod note;
mod partner;
mod project;
mod promotion;
mod public_key;
mod tariff_plan;
mod user;

use crate::adapter::Listing;
use schemas::resource::{Resource as _, project::Project};
use std::sync::Arc;
use tfplugin::{ListResource, Resource};

/// Every managed resource.
pub(crate) fn all() -> Vec<Arc<dyn Resource>> {
    vec![
        Arc::new(hypervisor::resource()),
        Arc::new(partner::resource()),
        Arc::new(tariff_plan::resource()),
        Arc::new(promotion::resource()),
        Arc::new(client_defaults::resource()),
        Arc::new(default_limits::resource()),
        Arc::new(client::resource()),
        Arc::new(client_limits::resource()),
        Arc::new(project::resource()),
        Arc::new(note::resource()),
        Arc::new(domain::resource()),
        Arc::new(user::resource()),
        Arc::new(access::resource()),
        Arc::new(public_key::resource()),
        Arc::new(clients::resource()),
        Arc::new(balance_correction::resource()),
    ]
}

/// The lists of what there is of every noun.
pub(crate) fn lists() -> Vec<Arc<dyn ListResource>> {
    let all = schemas::registry::resources().into_iter();
    let all = all.map(|info| match info.noun {
        Project::NOUN => Listing::new(info).without(project::is_automatic),
        _ => Listing::new(info),
    });
    all.map(|listing| Arc::new(listing) as Arc<dyn ListResource>).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_resource_of_the_registry_is_here() {
        let known = schemas::registry::resources();
        let known = known.iter().map(|resource| format!("esu_{}", resource.noun));
        // Many clients at once are no noun of their own; a correction is a payment that cannot be changed or deleted.
        let others = ["esu_clients", "esu_balance_correction"].map(str::to_owned);
        let known: BTreeSet<_> = known.chain(others).collect();
        let all = super::all();
        assert_eq!(
            all.iter().map(|resource| resource.type_name().to_owned()).collect::<BTreeSet<_>>(),
            known
        );
    }
}
