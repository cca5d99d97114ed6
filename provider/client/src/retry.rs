//! Which failures are worth another attempt, and after how long.

use crate::error::ClientError;
use http::{HeaderMap, Method, header};
use jiff::fmt::rfc2822;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// The longest wait before the second attempt; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that the client chooses by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Whether sending a request twice has the effect of sending it once.
pub(crate) fn is_idempotent(method: &Method, has_key: bool) -> bool {
    matches!(*method, Method::GET | Method::PUT | Method::DELETE) || has_key
}

/// Whether another attempt may succeed and cannot do harm. `sent` tells whether the server may have the request.
pub(crate) fn is_worth_it(failure: &ClientError, idempotent: bool, sent: bool) -> bool {
    match failure {
        // Refused before anything was done.
        ClientError::Status { status: 429 | 503, .. } => true,
        ClientError::Status { status: 502 | 504, .. } => idempotent,
        ClientError::Unreachable { .. } | ClientError::Timeout { .. } => idempotent || !sent,
        _ => false,
    }
}

/// Whether the server may have carried out what failed like this.
pub(crate) fn may_be_done(failure: &ClientError) -> bool {
    !matches!(failure, ClientError::Status { status: 429 | 503, .. })
}

/// How long to wait before attempt `attempt` (1 is the second one): what the server asks for, else a random part of
/// a time that doubles, so that clients that failed together do not come back together.
pub(crate) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16)).min(LONGEST_WAIT);
    match asked {
        Some(asked) => asked + part_of(FIRST_WAIT),
        None => part_of(longest),
    }
}

/// A random part of a time. The hasher's seed is random enough to spread load.
fn part_of(time: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 1_000;
    time.saturating_mul(u32::try_from(random).unwrap_or_default()) / 1_000
}

/// The wait that `Retry-After` asks for: seconds, or a date that is measured from the answer's own date.
pub(crate) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let after = text(header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let wait = instant(after)?.duration_since(instant(text(header::DATE)?)?);
    Some(wait.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = (header::DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        for (after, seconds) in
            [("7", Some(7)), ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)), ("soon", None), ("-1", None)]
        {
            let found = asked_wait(&headers(&[date.clone(), (header::RETRY_AFTER, after)]));
            assert_eq!(found, seconds.map(Duration::from_secs), "{after}");
        }
        let past = headers(&[date, (header::RETRY_AFTER, "Sun, 06 Nov 1994 08:00:00 GMT")]);
        assert_eq!(asked_wait(&past), Some(Duration::ZERO));
        assert_eq!(asked_wait(&HeaderMap::new()), None);
    }

    #[test]
    fn waits_grow_and_stay_within_bounds() {
        for attempt in 1..60 {
            assert!(wait(attempt, None) <= LONGEST_WAIT);
        }
        assert!(wait(1, None) <= FIRST_WAIT);
        let asked = Duration::from_secs(100);
        assert!((asked..=asked + FIRST_WAIT).contains(&wait(1, Some(asked))));
    }

    #[test]
    fn only_safe_requests_are_repeated() {
        let status = |status| ClientError::Status { status, body: Box::default() };
        assert!(is_worth_it(&status(429), false, true) && is_worth_it(&status(503), false, true));
        assert!(is_worth_it(&status(502), true, true) && !is_worth_it(&status(502), false, true));
        assert!(!is_worth_it(&status(500), true, true) && !is_worth_it(&status(409), true, true));
        let broken = ClientError::Unreachable { endpoint: String::new(), reason: String::new() };
        assert!(is_worth_it(&broken, false, false) && !is_worth_it(&broken, false, true));
        assert!(is_idempotent(&Method::POST, true) && !is_idempotent(&Method::POST, false));
        assert!(is_idempotent(&Method::DELETE, false) && !is_idempotent(&Method::PATCH, false));
    }
}
