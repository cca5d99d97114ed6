//! How many requests a token may send: a bucket for each, which fills evenly.

use crate::app::Error;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// A request, in the unit that buckets are measured in: at one request a second, a microsecond brings one unit.
const REQUEST: i64 = 1_000_000;

/// From how many buckets on the full ones are thrown away: a full one is as good as none.
const BUCKETS: usize = 10_000;

/// The limit, and how near to it each token is.
pub(crate) struct Rate {
    /// Requests in a second; 0 for no limit.
    per_second: u32,
    buckets: Mutex<HashMap<i64, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: i64,
    at: Instant,
}

/// What a caller is told of its limit, in the headers of the IETF's draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    limit: u32,
    remaining: i64,
    reset_s: i64,
}

impl Rate {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second, buckets: Mutex::default() }
    }

    /// Lets a request of a token through, or says after how many seconds to come again.
    pub(crate) fn admit(&self, token: i64, now: Instant) -> (Option<Allowance>, Result<(), Error>) {
        if self.per_second == 0 {
            return (None, Ok(()));
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.capacity());
        }
        let known = buckets.get(&token).copied().unwrap_or(Bucket { level: self.capacity(), at: now });
        let mut level = self.filled(known, now);
        let outcome = if level >= REQUEST {
            level -= REQUEST;
            Ok(())
        } else {
            Err(Error::TooMany { retry_after_s: self.seconds(REQUEST - level) })
        };
        buckets.insert(token, Bucket { level, at: now });
        let reset_s = self.seconds(self.capacity() - level);
        (Some(Allowance { limit: self.per_second, remaining: level.max(0) / REQUEST, reset_s }), outcome)
    }

    /// Takes what a request turned out to cost beside itself. It is done all the same; those after it wait.
    pub(crate) fn charge(&self, token: i64, requests: u32) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&token) {
            let lowest = -self.capacity();
            bucket.level = bucket.level.saturating_sub(i64::from(requests) * REQUEST).max(lowest);
        }
    }

    fn capacity(&self) -> i64 {
        i64::from(self.per_second) * REQUEST
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> i64 {
        let passed_us = now.saturating_duration_since(bucket.at).as_micros();
        let brought = i64::try_from(passed_us).unwrap_or(i64::MAX).saturating_mul(i64::from(self.per_second));
        bucket.level.saturating_add(brought).min(self.capacity())
    }

    /// After how many seconds so much has come, rounded up.
    fn seconds(&self, level: i64) -> i64 {
        let each_s = self.capacity();
        level.saturating_add(each_s - 1) / each_s
    }
}

impl Allowance {
    /// Tells the caller.
    pub(crate) fn tell(&self, response: &mut Response) {
        let fields = [
            ("ratelimit-limit", i64::from(self.limit).to_string()),
            ("ratelimit-remaining", self.remaining.to_string()),
            ("ratelimit-reset", self.reset_s.to_string()),
            ("ratelimit-policy", format!("{};w=1", self.limit)),
        ];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Says when to come again.
pub(crate) fn retry_after(response: &mut Response, seconds: i64) {
    if let Ok(value) = HeaderValue::from_str(&seconds.max(1).to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use std::time::{Duration, Instant};

    fn admitted(rate: &Rate, token: i64, now: Instant, tries: usize) -> usize {
        (0..tries).filter(|_| rate.admit(token, now).1.is_ok()).count()
    }

    #[test]
    fn a_bucket_empties_and_fills_evenly() {
        let (rate, start) = (Rate::new(10), Instant::now());
        assert_eq!(admitted(&rate, 1, start, 15), 10);
        assert_eq!(admitted(&rate, 2, start, 3), 3, "every token has its own");
        assert_eq!(admitted(&rate, 1, start + Duration::from_millis(350), 15), 3);
        assert_eq!(admitted(&rate, 1, start + Duration::from_secs(9), 15), 10);
    }

    #[test]
    fn what_costs_more_is_paid_for_afterwards() {
        let (rate, start) = (Rate::new(10), Instant::now());
        assert_eq!(admitted(&rate, 1, start, 1), 1);
        rate.charge(1, 100);
        let (allowance, refused) = rate.admit(1, start);
        assert_eq!((allowance.unwrap().remaining, refused.is_err()), (0, true));
        assert_eq!(admitted(&rate, 1, start + Duration::from_millis(1900), 20), 9);
    }

    #[test]
    fn without_a_limit_everything_is_let_through() {
        let (rate, now) = (Rate::new(0), Instant::now());
        assert_eq!(admitted(&rate, 1, now, 5000), 5000);
        assert_eq!(rate.admit(1, now).0, None);
    }
}
