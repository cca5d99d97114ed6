//! Lists: the query's fields as the store takes them, and pages as the API returns them.

use super::Error;
use schemas::endpoint::{Page, Part};
use std::collections::BTreeSet;
use store::{ListQuery as StoreList, Listed, Page as StorePage};

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

/// What the store is asked for: the part, the order and the search of a query, and the noun's own filters. `default` is
/// the order, and whether it is turned, where the query names none.
pub(crate) fn wanted<S: Copy, F>(
    part: Part<'_>,
    fields: &[(&str, S)],
    default: (S, bool),
    filter: F,
) -> Result<StoreList<S, F>, Error> {
    let (page, _) = page(part.page, part.limit, part.cursor)?;
    let (sort, descending) = match part.sort {
        Some(sort) => order(sort, fields)?,
        None => default,
    };
    Ok(StoreList { sort, descending, search: part.search.map(str::to_owned), filter, page })
}

/// A field to sort by, and whether the order is turned.
pub(super) fn order<S: Copy>(sort: &str, fields: &[(&str, S)]) -> Result<(S, bool), Error> {
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let found = fields.iter().find(|(field, _)| *field == name);
    found.map(|(_, sort)| (*sort, descending)).ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        Error::field("sort", format!("\"{name}\" is not accepted; use one of {}", names.join(", ")))
    })
}

/// The answer to a list, from what the store found.
pub(crate) fn answer<R, V, S, F>(
    listed: &Listed<R>,
    views: Vec<V>,
    wanted: &StoreList<S, F>,
    id: impl Fn(&R) -> i64,
) -> Result<Page<V>, Error> {
    let limit = match wanted.page {
        StorePage::Offset { limit, .. } | StorePage::Keyset { limit, .. } => limit,
    };
    paged(listed, views, (wanted.page, limit), id)
}

/// Each of some numbers once.
pub(crate) fn distinct(ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
    ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}
