//! The data sources: one and many of every noun by the adapter, and the rest in one file each.

mod consumption;
mod contract;
mod effective_limits;
mod event;
mod plan_impact;
mod quote;
mod services;

use crate::adapter::{Many, One, View};
use schemas::registry::resources;
use std::sync::Arc;
use tfplugin::DataSource;

/// Every data source.
pub(crate) fn all() -> Vec<Arc<dyn DataSource>> {
    let mut all: Vec<Arc<dyn DataSource>> = vec![
        Arc::new(consumption::Consumption),
        Arc::new(effective_limits::EffectiveLimits),
        Arc::new(plan_impact::PlanImpact),
        Arc::new(quote::Quote),
        Arc::new(services::Services),
        Arc::new(event::many()),
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
