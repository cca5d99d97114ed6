//! Lives by service, in columns: what the kernel reads, row after row.

use super::super::life::Stretch;
use crate::observation::Power;
use schemas::time::Instant;
use std::ops::Range;
use uuid::Uuid;

/// The machine is off in this row.
const OFF: u64 = 1 << 63;

/// Periods begun before do not go on in this row.
const ANEW: u64 = 1 << 62;

/// The bits of a row's quantity; a greater one is beyond what a charge can hold in any case.
const QUANTITY: u64 = ANEW - 1;

/// All lives under one service, contract after contract.
#[derive(Debug, Default)]
pub(super) struct Column {
    /// First instants, in microseconds.
    from: Vec<i64>,
    /// The first instants after, in microseconds; beyond all windows while a row lasts.
    to: Vec<i64>,
    /// Quantities in base units, with [`OFF`] and [`ANEW`].
    quantity: Vec<u64>,
    /// The resources, each with its first row.
    lives: Vec<(Uuid, usize)>,
    /// Which rows are whose.
    pub(super) shares: Vec<Share>,
}

/// The rows of one contract in a column.
#[derive(Clone, Debug)]
pub(super) struct Share {
    /// The contract's place in the sheet.
    pub(super) contract: usize,
    /// Its first instant, in microseconds.
    pub(super) since: i64,
    rows: Range<usize>,
    lives: Range<usize>,
}

/// Rows in columns of one length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    from: &'a [i64],
    to: &'a [i64],
    quantity: &'a [u64],
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The first instant, in microseconds.
    pub(super) from: i64,
    /// The first instant after it, in microseconds.
    pub(super) to: i64,
    bits: u64,
}

impl Column {
    /// Adds the life of a resource; `false` where a quantity is beyond 62 bits. Stretches that follow one another
    /// with equal quantities are one row.
    pub(super) fn push(&mut self, contract: usize, resource: Uuid, life: Vec<Stretch>) -> bool {
        let first = self.from.len();
        self.lives.push((resource, first));
        for stretch in life {
            let off = if stretch.power == Power::Off { OFF } else { 0 };
            let anew = if stretch.goes_on { 0 } else { ANEW };
            let bits = stretch.quantity | off;
            if stretch.quantity > QUANTITY {
                return false;
            }
            let is_equal = self.quantity.last().is_some_and(|last| last & !ANEW == bits);
            match self.to.last_mut().filter(|_| is_equal && stretch.goes_on && self.from.len() > first) {
                Some(to) => *to = stretch.to.micros(),
                None => {
                    self.from.push(stretch.from.micros());
                    self.to.push(stretch.to.micros());
                    self.quantity.push(bits | anew);
                }
            }
        }
        self.share(contract, first);
        true
    }

    /// Counts the rows from `first` on as the contract's.
    fn share(&mut self, contract: usize, first: usize) {
        let (rows, lives) = (self.from.len(), self.lives.len());
        let since = self.from.get(first).copied().unwrap_or(i64::MAX);
        match self.shares.last_mut().filter(|share| share.contract == contract) {
            Some(share) => {
                (share.rows.end, share.lives.end) = (rows, lives);
                share.since = share.since.min(since);
            }
            None => {
                let lives = lives.saturating_sub(1)..lives;
                self.shares.push(Share { contract, since, rows: first..rows, lives });
            }
        }
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.from.len()
    }

    /// The rows of a contract.
    pub(super) fn rows(&self, share: &Share) -> Rows<'_> {
        self.range(share.rows.clone())
    }

    /// The rows of a contract, resource by resource.
    pub(super) fn lives(&self, share: &Share) -> impl Iterator<Item = (Uuid, Rows<'_>)> {
        let lives = self.lives.get(share.lives.clone()).unwrap_or_default();
        let ends = lives.iter().skip(1).map(|(_, first)| *first).chain([share.rows.end]);
        lives.iter().zip(ends).map(|((resource, first), end)| (*resource, self.range(*first..end)))
    }

    fn range(&self, rows: Range<usize>) -> Rows<'_> {
        Rows {
            from: self.from.get(rows.clone()).unwrap_or_default(),
            to: self.to.get(rows.clone()).unwrap_or_default(),
            quantity: self.quantity.get(rows).unwrap_or_default(),
        }
    }
}

impl<'a> Rows<'a> {
    /// The rows in order.
    #[inline]
    pub(super) fn iter(self) -> impl Iterator<Item = Row> + use<'a> {
        let columns = self.from.iter().zip(self.to).zip(self.quantity);
        columns.map(|((from, to), bits)| Row { from: *from, to: *to, bits: *bits })
    }

    /// The rows that begin before `end`, as stretches.
    pub(super) fn stretches(self, end: Instant) -> impl Iterator<Item = Stretch> + use<'a> {
        self.iter().take_while(move |row| row.from < end.micros()).map(move |row| Stretch {
            from: Instant::from_micros(row.from),
            to: Instant::from_micros(row.to).min(end),
            goes_on: !row.is_anew(),
            quantity: row.quantity(false),
            power: if row.bits & OFF == 0 { Power::Running } else { Power::Off },
        })
    }

    /// What the rows hold, added up without any sense: the cost of reading them, to measure others by.
    pub(super) fn read(self) -> u64 {
        let times = self.from.iter().zip(self.to).fold(0, |sum: u64, (from, to)| {
            sum.wrapping_add(from.cast_unsigned()).wrapping_add(to.cast_unsigned())
        });
        self.quantity.iter().fold(times, |sum, bits| sum.wrapping_add(*bits))
    }
}

impl Row {
    /// Whether periods begun before do not go on here.
    #[inline]
    pub(super) const fn is_anew(self) -> bool {
        self.bits & ANEW != 0
    }

    /// The quantity in base units; 0 where the item asks for a running machine and it is off (Q2).
    #[inline]
    pub(super) const fn quantity(self, only_running: bool) -> u64 {
        let mask = if only_running { OFF } else { 0 };
        if self.bits & mask != 0 { 0 } else { self.bits & QUANTITY }
    }
}
