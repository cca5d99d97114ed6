//! Which plan and version is in force when (V1).

use super::{Contract, PlanVersion, RateError};
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;

/// What a service costs that a plan has no price for.
const FREE: PlanItem = PlanItem {
    price: Price::ZERO,
    period: Period::Minute,
    calendar: false,
    charging: Charging::FullPeriod,
    charged_while: While::Exists,
};

/// The plan and version in force from an instant on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// From when.
    pub(super) from: Instant,
    /// The plan as of this version.
    pub(super) version: &'a PlanVersion,
}

impl PlanVersion {
    /// The price of `service`; one without a row costs nothing a minute.
    pub fn item(&self, service: Service) -> PlanItem {
        self.items.get(&service).copied().unwrap_or(FREE)
    }
}

impl Terms<'_> {
    /// The price of `service`.
    pub(super) fn item(&self, service: Service) -> PlanItem {
        self.version.item(service)
    }
}

/// All that a contract's plan was, in order.
#[derive(Debug)]
pub(super) struct Plans<'a>(Vec<Terms<'a>>);

impl<'a> Plans<'a> {
    /// The terms of `contract` at all instants before `to`.
    ///
    /// # Errors
    /// When a plan has no version yet where the contract moves to it.
    pub(super) fn new(
        contract: &Contract,
        versions: &'a [PlanVersion],
        to: Instant,
    ) -> Result<Self, RateError> {
        let moves: BTreeMap<Instant, i64> =
            contract.plan_moves.iter().filter(|it| it.at < to).map(|it| (it.at, it.plan)).collect();
        let ends = moves.keys().skip(1).copied().chain([to]);
        let mut terms: Vec<Terms<'a>> = Vec::new();
        for ((at, plan), end) in moves.iter().map(|(at, plan)| (*at, *plan)).zip(ends) {
            let mut own: Vec<&PlanVersion> =
                versions.iter().filter(|version| version.plan == plan && version.from < end).collect();
            own.sort_by_key(|version| (version.from, version.version));
            let edits = own.partition_point(|version| version.from <= at);
            let first = edits.checked_sub(1).and_then(|index| own.get(index));
            let version = first.ok_or(RateError::NoVersion { plan, at })?;
            terms.push(Terms { from: at, version });
            terms.extend(own.iter().skip(edits).map(|version| Terms { from: version.from, version }));
        }
        Ok(Self(terms))
    }

    /// One version from the beginning on.
    pub(super) fn only(version: &'a PlanVersion) -> Self {
        Self(vec![Terms { from: Instant::MIN, version }])
    }

    /// These terms and no others.
    pub(super) fn of(terms: Terms<'a>) -> Self {
        Self(vec![terms])
    }

    /// The terms in force at `instant`; of several that began at once, the last.
    pub(super) fn at(&self, instant: Instant) -> Option<Terms<'a>> {
        self.0
            .partition_point(|terms| terms.from <= instant)
            .checked_sub(1)
            .and_then(|last| self.0.get(last))
            .copied()
    }

    /// The price of `service`, if it is the same under all terms, and from when on.
    pub(super) fn sole_item(&self, service: Service) -> Option<(PlanItem, Instant)> {
        let (first, rest) = self.0.split_first()?;
        let item = first.item(service);
        rest.iter().all(|terms| terms.item(service) == item).then_some((item, first.from))
    }

    /// When the terms change next after `instant`.
    pub(super) fn change_after(&self, instant: Instant) -> Option<Instant> {
        self.0.get(self.0.partition_point(|terms| terms.from <= instant)).map(|terms| terms.from)
    }
}
