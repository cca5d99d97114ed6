//! Which promotion is for a machine, and which of several: for whoever grants it, and for whoever asks what it would
//! cost (A3 to A5).

use super::{super::Error, configuration::Configuration, time_zone};
use billing::period;
use jiff::{ToSpan, tz::TimeZone};
use schemas::time::Instant;
use std::collections::BTreeMap;
use store::{Conn, model::promotion::Promotion, queries};

/// The promotions of some partners that may run at an instant of `first` to `last`, in whichever time zone, and that are
/// for one of some configurations.
///
/// # Errors
/// When the database fails.
pub(crate) async fn matching(
    conn: &mut Conn,
    partners: &[i64],
    (first, last): (Instant, Instant),
    is_wanted: impl Fn(&Promotion) -> bool,
) -> Result<Vec<Promotion>, Error> {
    let day = |at: Instant| period::civil_day(at, &TimeZone::UTC);
    let (first, last) = (day(first).saturating_sub(1.day()), day(last).saturating_add(1.day()));
    let mut rows = queries::promotion::between(conn, partners, first, last).await?;
    rows.retain(is_wanted);
    Ok(rows)
}

/// Promotions that may be given, the cheaper and then the older first (A5), each with how often it was given.
#[derive(Debug)]
pub(crate) struct Offers(Vec<(Promotion, i64)>);

impl Offers {
    /// What is left of some promotions. Whoever gives their prices has them locked, so that none is given more often than
    /// it may be (A4).
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn load(
        conn: &mut Conn,
        partners: &[i64],
        mut rows: Vec<Promotion>,
    ) -> Result<Self, Error> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let used = queries::promotion::used(conn, partners, &ids).await?;
        let used: BTreeMap<i64, i64> = used.into_iter().collect();
        rows.sort_by_key(|row| (row.price_per_day, row.created_at, row.id));
        let with_used = |row: Promotion| {
            let used = used.get(&row.id).copied().unwrap_or(0);
            (row, used)
        };
        Ok(Self(rows.into_iter().map(with_used).collect()))
    }

    /// Takes the price of the best promotion for machines of a partner that are seen at an instant: which it is, and for
    /// how many of `count` it is left. It ran already when they came to their configuration, where that was not known
    /// at once: late evidence never awards (A4).
    ///
    /// # Errors
    /// When a promotion's time zone is not known.
    pub(crate) fn take(
        &mut self,
        partner_id: i64,
        configuration: &Configuration,
        at: Instant,
        count: i64,
    ) -> Result<Option<(&Promotion, i64)>, Error> {
        for (row, used) in &mut self.0 {
            let left = row.max_count.map_or(count, |most| most.saturating_sub(*used).min(count));
            if row.partner_id != partner_id || left <= 0 || !configuration.is_promoted(row) {
                continue;
            }
            let zone = time_zone(row)?;
            let runs = |at: Instant| (row.starts_on..=row.ends_on).contains(&period::civil_day(at, &zone));
            if runs(configuration.since) && runs(at) {
                *used = used.saturating_add(left);
                return Ok(Some((row, left)));
            }
        }
        Ok(None)
    }
}
