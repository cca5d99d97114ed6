//! `charge_dates`: when an order is charged.

use jiff::tz::TimeZone;
use schemas::{period::Boundaries, resource::tariff_plan::Period, time::Instant};
use std::iter;
use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

/// The function.
pub(crate) struct ChargeDates;

/// The most charges that are told.
const MOST: u64 = 1000;

#[async_trait]
impl Function for ChargeDates {
    fn name(&self) -> &str {
        "charge_dates"
    }

    fn signature(&self) -> Signature {
        let count = format!("How many charges, the first one included: 1 to {MOST}.");
        Signature::new("When an order is charged", Type::list(Type::String))
            .description(
                "Tells when a service is charged that is ordered at some moment and kept: at once, and whenever a period \
                 begins. With `calendar`, periods begin with the civil minute, hour, day, month or year of the time \
                 zone; without, at the same time of day as the order, in the last day of a month that is too short. An \
                 order of 5 October by the month is charged on 5 October and on 1 November with the calendar, and on 5 \
                 October and 5 November without.",
            )
            .parameter(Parameter::new(
                "ordered_at",
                Type::String,
                "The moment of the order, such as `2021-10-05T12:00:00Z`, `plantimestamp()`.",
            ))
            .parameter(Parameter::new(
                "period",
                Type::String,
                "How long one charge lasts: `minute`, `hour`, `day`, `month` or `year`.",
            ))
            .parameter(Parameter::new(
                "calendar",
                Type::Bool,
                "Whether periods begin with the calendar, as in `esu_tariff_plan`.",
            ))
            .parameter(Parameter::new(
                "time_zone",
                Type::String,
                "Time zone of the contract, such as `Europe/Moscow`.",
            ))
            .parameter(Parameter::new("count", Type::Number, count))
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = |position: usize| arguments.get(position).and_then(Value::as_str).unwrap_or_default();
        let refuse = FunctionError::argument;
        let ordered_at: Instant =
            text(0).parse().map_err(|error: schemas::time::InstantError| refuse(0, error.to_string()))?;
        let period: Period = serde_json::from_value(text(1).into()).map_err(|_| {
            refuse(1, format!("\"{}\" is no period; use minute, hour, day, month or year", text(1)))
        })?;
        let calendar = arguments.get(2).and_then(Value::as_bool).unwrap_or_default();
        let zone = TimeZone::get(text(3)).map_err(|_| {
            refuse(3, format!("\"{}\" is no time zone; write one like Europe/Moscow", text(3)))
        })?;
        let count = arguments.get(4).and_then(Value::as_number);
        let count = count.and_then(tfplugin::Number::to_u64).filter(|count| (1..=MOST).contains(count));
        let count = count.ok_or_else(|| refuse(4, format!("use a whole number from 1 to {MOST}")))?;
        Ok(Value::list(dates(ordered_at, period, calendar, &zone, count)))
    }
}

/// The first charges, as local times with their offset.
fn dates(ordered_at: Instant, period: Period, calendar: bool, zone: &TimeZone, count: u64) -> Vec<String> {
    let boundaries = Boundaries::new(ordered_at, period, calendar, zone.clone());
    let all = iter::successors(Some(ordered_at), |last| boundaries.after(*last));
    let text =
        |at: Instant| at.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
    all.take(usize::try_from(count).unwrap_or(0)).map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charged(ordered_at: &str, period: Period, calendar: bool, zone: &str, count: u64) -> Vec<String> {
        dates(ordered_at.parse().unwrap(), period, calendar, &TimeZone::get(zone).unwrap(), count)
    }

    /// The golden facts of an order on 5 October, of the last day of a month, and of a leap day (T1, F2).
    #[test]
    fn months_and_years_keep_their_day_or_begin_with_the_calendar() {
        let october = "2021-10-05T12:30:00+03:00";
        assert_eq!(
            charged(october, Period::Month, true, "Europe/Moscow", 3),
            ["2021-10-05T12:30:00+03:00", "2021-11-01T00:00:00+03:00", "2021-12-01T00:00:00+03:00"]
        );
        assert_eq!(
            charged(october, Period::Month, false, "Europe/Moscow", 2),
            ["2021-10-05T12:30:00+03:00", "2021-11-05T12:30:00+03:00"]
        );
        let days = |ordered: &str, period, count| -> Vec<String> {
            charged(ordered, period, false, "UTC", count).iter().map(|at| at[..10].to_owned()).collect()
        };
        assert_eq!(
            days("2022-12-31T00:00:00Z", Period::Month, 4),
            ["2022-12-31", "2023-01-31", "2023-02-28", "2023-03-31"]
        );
        assert_eq!(
            days("2024-02-29T00:00:00Z", Period::Year, 5),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
        );
    }

    /// A day of 23 hours, and the whole hours around it (T2).
    #[test]
    fn local_times_hold_where_clocks_are_moved() {
        assert_eq!(
            charged("2024-03-09T12:00:00-05:00", Period::Day, false, "America/New_York", 2),
            ["2024-03-09T12:00:00-05:00", "2024-03-10T12:00:00-04:00"]
        );
        assert_eq!(
            charged("2024-03-10T01:30:00-05:00", Period::Hour, true, "America/New_York", 2),
            ["2024-03-10T01:30:00-05:00", "2024-03-10T03:00:00-04:00"]
        );
    }
}
