//! Times in which a source could not be heard (P7): recorded when it is heard again, derived while they last. Nothing is
//! kept in memory, so that neither a restart nor another server's collecting hides one.

use super::Error;
use billing::observation::Outage;
use schemas::time::Instant;
use std::collections::BTreeSet;
use store::{Conn, Tx, model::outage::Outage as Row, queries};

/// What is known of the silences of some sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Silences {
    /// Those that last, and those that were longer than allowed.
    pub outages: Vec<Outage>,
    /// Grows with all that becomes known: by one when a silence grows too long, by one more when it is over.
    pub evidence: i64,
}

/// The first instant after another.
pub(crate) fn after(instant: Instant) -> Instant {
    Instant::from_micros(instant.micros().saturating_add(1))
}

/// Whether a source that was last heard at an instant is silent for too long at another.
pub(crate) const fn is_too_long(from: Instant, hold_s: i64, to: Instant) -> bool {
    to.micros().saturating_sub(from.micros()) > hold_s.saturating_mul(1_000_000)
}

/// A silence that was too long, and lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// When the source was last heard.
    pub from_at: Instant,
    /// The seconds that it is allowed.
    hold_s: i64,
}

/// The silence of a source before `seen_at`, if by now it is too long. It is to be called before anything else is
/// recorded of the source: it keeps others from it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lasting(
    tx: &mut Tx,
    source_id: i64,
    seen_at: Instant,
    now: Instant,
) -> Result<Option<Silence>, Error> {
    let source = queries::source::lock(tx, source_id).await?;
    let from_at = source.last_ok_at.filter(|from| *from < seen_at);
    let hold_s = source.allowed_s();
    let silence = from_at.map(|from_at| Silence { from_at, hold_s });
    Ok(silence.filter(|silence| is_too_long(silence.from_at, hold_s, now)))
}

/// Records that a silence was over at `seen_at`, when the source looked at everything. Answers the contracts that may cost
/// something else now, by the partner and the contract, which are still to be marked as due.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn end(
    tx: &mut Tx,
    source_id: i64,
    Silence { from_at, hold_s }: Silence,
    seen_at: Instant,
    now: Instant,
) -> Result<BTreeSet<(i64, i64)>, Error> {
    let row = Row { source_id, from_at, to_at: seen_at, hold_s, recorded_at: now };
    queries::outage::insert(tx, &row).await?;
    // What was found unchanged is charged for the time of silence too.
    let things = queries::resource::live_of_source(tx, source_id).await?;
    Ok(things.iter().filter_map(|row| row.partner_id.zip(row.contract_id)).collect())
}

/// What was known before `cutoff` of the silences of some sources (P9): of one that was over later, that it lasted.
///
/// # Errors
/// When the database fails.
pub(crate) async fn known(conn: &mut Conn, sources: &[i64], cutoff: Instant) -> Result<Silences, Error> {
    let mut silences = Silences::default();
    let asked = Instant::from_micros(cutoff.micros().saturating_sub(1));
    // At the instant of the last look everything was seen.
    let lasting = |source, from: Instant| Outage { source, from: after(from), to: None };
    for row in queries::outage::of_sources(conn, sources, cutoff).await? {
        if row.recorded_at < cutoff {
            silences.evidence += 2;
            if is_too_long(row.from_at, row.hold_s, row.to_at) {
                silences.outages.push(Outage { to: Some(row.to_at), ..lasting(row.source_id, row.from_at) });
            }
        } else if is_too_long(row.from_at, row.hold_s, asked) {
            silences.evidence += 1;
            silences.outages.push(lasting(row.source_id, row.from_at));
        }
    }
    for source in queries::source::get_many(conn, sources).await? {
        if let Some(from) = source.last_ok_at.filter(|from| is_too_long(*from, source.allowed_s(), asked)) {
            silences.evidence += 1;
            silences.outages.push(lasting(source.id, from));
        }
    }
    Ok(silences)
}
