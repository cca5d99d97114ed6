//! What a configuration costs: the price of a quantity for one period, and that by the hour, day, month and year.

use crate::{
    money::Money,
    resource::tariff_plan::{Period, PlanItem},
    service::{Measure, Service},
};
use rust_decimal::{Decimal, RoundingStrategy};

/// MiB in a GB, the base units of a price per GB (Q1).
const MIB_PER_GB: u64 = 1024;

/// Bytes in a GB, the base units of traffic.
const BYTES_PER_GB: u64 = 1 << 30;

/// The price of a quantity in base units, pieces, MiB or bytes of traffic, for one period: rounded half-even to 0.0000001 rubles (D1).
/// `None` beyond 922 billion rubles.
pub fn per_period(service: Service, item: &PlanItem, quantity: u64) -> Option<Money> {
    let product = i128::from(item.price.units()).checked_mul(i128::from(quantity))?;
    money(divide_half_even(product, base_units_priced(service).into())?)
}

/// How many base units the price of a service is for (Q1).
fn base_units_priced(service: Service) -> u64 {
    match service.info().measure {
        Measure::Gb if service == Service::Bandwidth => BYTES_PER_GB,
        Measure::Gb => MIB_PER_GB,
        Measure::Pc => 1,
    }
}

/// So many pieces or GB in base units: pieces are whole, a part of a MiB or a byte counts as a whole one. `None` where the number
/// is below 0, is a part of a piece, or does not fit.
pub fn base_units(service: Service, quantity: &str) -> Option<u64> {
    let quantity = Decimal::from_str_exact(quantity).or_else(|_| Decimal::from_scientific(quantity)).ok()?;
    let units = match service.info().measure {
        Measure::Gb => quantity.checked_mul(base_units_priced(service).into())?,
        Measure::Pc if !quantity.is_integer() => return None,
        Measure::Pc => quantity,
    };
    let whole = units.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity);
    u64::try_from(whole).ok()
}

/// What runs on at the same price: by the hour, the day, the month and the year. A year has 365 days, and a month is a
/// twelfth of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunningCost {
    /// 10^-7 rubles a year.
    year: i128,
}

impl RunningCost {
    /// Adds what is charged for each period; `None` where the sum does not fit.
    #[must_use]
    pub fn plus(self, amount: Money, period: Period) -> Option<Self> {
        let periods = match period {
            Period::Minute => 365 * 24 * 60,
            Period::Hour => 365 * 24,
            Period::Day => 365,
            Period::Month => 12,
            Period::Year => 1,
        };
        let more = i128::from(amount.units()).checked_mul(periods)?;
        Some(Self { year: self.year.checked_add(more)? })
    }

    /// An hour of it; `None` beyond 922 billion rubles.
    pub fn hour(self) -> Option<Money> {
        self.share(365 * 24)
    }

    /// A day of it; `None` beyond 922 billion rubles.
    pub fn day(self) -> Option<Money> {
        self.share(365)
    }

    /// A month of it; `None` beyond 922 billion rubles.
    pub fn month(self) -> Option<Money> {
        self.share(12)
    }

    /// A year of it; `None` beyond 922 billion rubles.
    pub fn year(self) -> Option<Money> {
        self.share(1)
    }

    fn share(self, of: i128) -> Option<Money> {
        money(divide_half_even(self.year, of)?)
    }
}

fn money(units: i128) -> Option<Money> {
    i64::try_from(units).ok().map(Money::from_units)
}

/// The quotient rounded to the nearest integer, a half to the even one. Both are at least 0, the divisor above.
fn divide_half_even(value: i128, divisor: i128) -> Option<i128> {
    let floor = value.checked_div(divisor)?;
    let twice = value.checked_rem(divisor)?.checked_mul(2)?;
    let up = twice > divisor || (twice == divisor && floor.checked_rem(2)? == 1);
    floor.checked_add(i128::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::tariff_plan::{Charging, While};

    fn item(price: &str) -> PlanItem {
        PlanItem {
            price: price.parse().unwrap(),
            period: Period::Day,
            calendar: false,
            charging: Charging::FullPeriod,
            charged_while: While::Exists,
        }
    }

    #[test]
    fn a_period_is_rounded_once_to_the_even_digit() {
        let cost = |service, price, quantity| per_period(service, &item(price), quantity).map(Money::units);
        assert_eq!(cost(Service::KvmCpu, "1.5", 4), Some(60_000_000));
        assert_eq!(cost(Service::KvmRam, "0.0000001", 512), Some(0));
        assert_eq!(cost(Service::KvmRam, "0.0000003", 512), Some(2));
        assert_eq!(cost(Service::KvmRam, "0.0000001", 513), Some(1));
        assert_eq!(cost(Service::KvmCpu, "1000000", u64::MAX), None);
    }

    #[test]
    fn a_month_is_a_twelfth_of_365_days() {
        let cost = RunningCost::default().plus(Money::from_units(10), Period::Day).unwrap();
        assert_eq!(cost.year(), Some(Money::from_units(3650)));
        assert_eq!(cost.month(), Some(Money::from_units(304)));
        let months = RunningCost::default().plus(Money::from_units(365), Period::Month).unwrap();
        assert_eq!(
            (months.month(), months.day()),
            (Some(Money::from_units(365)), Some(Money::from_units(12)))
        );
        assert_eq!(
            RunningCost::default().plus(Money::from_units(i64::MAX), Period::Minute).unwrap().year(),
            None
        );
    }

    #[test]
    fn quantities_are_pieces_or_gigabytes() {
        for (service, text, units) in [
            (Service::KvmCpu, "4", Some(4)),
            (Service::KvmCpu, "0.5", None),
            (Service::KvmCpu, "-1", None),
            (Service::KvmRam, "1.5", Some(1536)),
            (Service::KvmRam, "0.0001", Some(1)),
            (Service::KvmRam, "1e3", Some(1_024_000)),
            (Service::KvmRam, "100000000000000000000", None),
            (Service::KvmRam, "much", None),
        ] {
            assert_eq!(base_units(service, text), units, "{text}");
        }
    }
}
