//! The data sources: one and many of every noun by the adapter, and the rest in one file each.

mod asked;
mod balance;
mod consumption;
mod contract;
mod effective_limits;
mod event;
mod payments;
mod plan_impact;
mod quote;
mod services;
mod transactions;

use crate::adapter::{Many, One, View};
use client::Client;
use schemas::registry::resources;
use std::sync::Arc;
use tfplugin::{DataSource, Diagnostic, Object};

/// Every data source.
pub(crate) fn all() -> Vec<Arc<dyn DataSource>> {
    let mut all: Vec<Arc<dyn DataSource>> = vec![
        Arc::new(balance::Balance),
        Arc::new(consumption::Consumption),
        Arc::new(effective_limits::EffectiveLimits),
        Arc::new(plan_impact::PlanImpact),
        Arc::new(quote::Quote),
        Arc::new(services::Services),
        Arc::new(event::many()),
        Arc::new(payments::many()),
        Arc::new(transactions::many()),
    ];
    let views = resources().into_iter().map(|info| move || View::managed(&info));
    for view in views {
        add(&mut all, view);
    }
    add(&mut all, contract::view);
    all
}

/// One of a noun, and many where the noun has another word for them.
fn add(all: &mut Vec<Arc<dyn DataSource>>, view: impl Fn() -> View) {
    if let Some(one) = One::new(view()) {
        all.push(Arc::new(one));
    }
    if !view().is_plural() {
        all.push(Arc::new(Many::new(view())));
    }
}

/// The partner and the code, or the id, of the client that a configuration names: by itself, or as `partner/client`.
fn named_client(config: &Object, client: &Client) -> (Option<String>, String) {
    let named = config.str("client").unwrap_or_default();
    let (partner, code) = match named.split_once('/') {
        Some((partner, code)) => (Some(partner), code),
        None => (config.str("partner").or(client.partner()), named),
    };
    (partner.map(str::to_owned), code.to_owned())
}

fn no_client(config: &Object) -> Diagnostic {
    let named = config.str("client").unwrap_or_default();
    Diagnostic::error(format!("No client \"{named}\""))
        .detail(
            "The server has none, or the token may not see it. Accepted are the client's code in the provider's \
             `partner` or in the attribute `partner`, and `partner/client`.",
        )
        .at("client")
}
