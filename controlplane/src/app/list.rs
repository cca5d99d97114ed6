//! Lists: the query's fields as the store takes them, and pages as the API returns them.

use super::Error;
use schemas::endpoint::{ListQuery, Page};
use store::{Listed, Page as StorePage};

/// Objects on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 10;

/// The most objects on a page.
const MAX_LIMIT: i64 = 1000;

/// Which part of a list is wanted, and how many objects fit in it.
pub(crate) fn page(
    number: Option<i64>,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<(StorePage, i64), Error> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Error::field("limit", format!("{limit} is not accepted; use 1 to {MAX_LIMIT}")));
    }
    let page = match (cursor, number) {
        (Some(_), Some(_)) => {
            return Err(Error::BadRequest("use either page or cursor, not both".to_owned()));
        }
        (Some(cursor), None) => StorePage::Keyset { after_id: read_cursor(cursor)?, limit },
        (None, number) => {
            let page = number.unwrap_or(1);
            if page < 1 {
                return Err(Error::field("page", format!("{page} is not accepted; pages count from 1")));
            }
            StorePage::Offset { page, limit }
        }
    };
    Ok((page, limit))
}

fn read_cursor(cursor: &str) -> Result<i64, Error> {
    if cursor.is_empty() {
        return Ok(0);
    }
    cursor
        .parse()
        .map_err(|_| Error::field("cursor", "use next_cursor of the answer before, or nothing at first"))
}

/// A page of views from a part of a list; past the last page it does not exist.
pub(crate) fn paged<R, V>(
    listed: &Listed<R>,
    views: Vec<V>,
    (page, limit): (StorePage, i64),
    id: impl Fn(&R) -> i64,
) -> Result<Page<V>, Error> {
    let mut next_cursor = None;
    match page {
        StorePage::Offset { page, .. } if page > 1 && views.is_empty() => {
            return Err(Error::NoSuchPage(page));
        }
        StorePage::Keyset { limit, .. } if i64::try_from(listed.rows.len()) == Ok(limit) => {
            next_cursor = listed.rows.last().map(|row| id(row).to_string());
        }
        _ => {}
    }
    Ok(Page { items: views, total: listed.total, limit, next_cursor })
}

/// The order that a list is wanted in: a field, and whether it is turned.
pub(crate) fn order<S>(query: &ListQuery, fields: &[(&str, S)], default: S) -> Result<(S, bool), Error>
where
    S: Copy,
{
    let Some(sort) = query.sort.as_deref() else { return Ok((default, false)) };
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let found = fields.iter().find(|(field, _)| *field == name);
    found.map(|(_, sort)| (*sort, descending)).ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        Error::field("sort", format!("\"{name}\" is not accepted; use one of {}", names.join(", ")))
    })
}

/// What part of the name is searched for.
pub(crate) fn search(query: &ListQuery) -> Option<String> {
    query.q.clone().or_else(|| query.name.clone())
}

/// The rows that have a code, as a list.
pub(crate) fn of_code<T>(rows: impl IntoIterator<Item = T>) -> Listed<T> {
    let rows: Vec<T> = rows.into_iter().collect();
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Listed { rows, total }
}
