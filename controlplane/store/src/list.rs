//! Lists: what is asked for, and what comes back.

/// Which rows the actor may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// Everyone's.
    All,
    /// Those of some partners, clients and projects.
    Only(Only),
}

/// Whose rows may be seen, by internal ids. What belongs to a partner alone is seen with the partner only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// All rows of these partners.
    pub partners: Vec<i64>,
    /// The rows of these clients.
    pub clients: Vec<i64>,
    /// These projects, and what is in them.
    pub projects: Vec<i64>,
}

impl Visible {
    /// All rows of these partners, and no others.
    pub fn partners(partners: Vec<i64>) -> Self {
        Self::Only(Only { partners, ..Only::default() })
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The page of this number, from 1, in the order asked for.
    Offset {
        /// Its number, from 1.
        page: i64,
        /// Rows on a page.
        limit: i64,
    },
    /// The rows after this one in the order of internal ids, whatever order is asked for: nothing is missed or
    /// doubled while others write. 0 is before the first.
    Keyset {
        /// The internal id of the last row known.
        after_id: i64,
        /// The highest number of rows.
        limit: i64,
    },
}

impl Page {
    /// The row that is before it in the order of ids, how many rows there are at most, and how many to skip.
    pub(crate) fn bounds(self) -> (i64, i64, i64) {
        match self {
            Self::Keyset { after_id, limit } => (after_id, limit, 0),
            Self::Offset { page, limit } => (0, limit, limit.saturating_mul(page.saturating_sub(1).max(0))),
        }
    }
}

/// What is asked of a list: `S` is the noun's order, `F` its filters.
#[derive(Clone, Debug)]
pub struct ListQuery<S, F = ()> {
    /// The order.
    pub sort: S,
    /// Whether the order is turned round.
    pub descending: bool,
    /// A part of the name; case does not matter.
    pub search: Option<String>,
    /// The noun's own filters.
    pub filter: F,
    /// Which part is wanted.
    pub page: Page,
}

impl<S: Default, F: Default> Default for ListQuery<S, F> {
    fn default() -> Self {
        Self {
            sort: S::default(),
            descending: false,
            search: None,
            filter: F::default(),
            page: Page::Keyset { after_id: 0, limit: 1000 },
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: i64,
}

/// A name as it is searched for. Rust folds the case: SQLite knows only that of ASCII, PostgreSQL that of its locale.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The pattern that finds `search` anywhere in a folded name.
pub(crate) fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for character in fold(search).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Runs a list: counts it, then reads the part that is wanted.
///
/// `$filtered` builds the boxed query; it is written out once for each database and use.
macro_rules! listed {
    (
        $conn:expr, $list:expr, $row:ty, id: $id:expr,
        filtered: $filtered:expr,
        order: { $($sort:pat => $column:expr),* $(,)? }
    ) => {{
        let conn: &mut $crate::conn::Conn = $conn;
        let total: i64 = $crate::conn::query!(conn, |link| $filtered.count().get_result(link))?;
        let rows: Vec<$row> = $crate::conn::query!(conn, |link| {
            let query = $filtered;
            let query = match $list.page {
                $crate::list::Page::Keyset { after_id, limit } => {
                    query.filter($id.gt(after_id)).order($id.asc()).limit(limit)
                }
                $crate::list::Page::Offset { page, limit } => {
                    let query = match ($list.sort, $list.descending) {
                        $(
                            ($sort, false) => query.order(($column.asc(), $id.asc())),
                            ($sort, true) => query.order(($column.desc(), $id.desc())),
                        )*
                    };
                    query.limit(limit).offset(limit.saturating_mul(page.saturating_sub(1).max(0)))
                }
            };
            query.select(<$row>::as_select()).load(link)
        })?;
        Ok($crate::list::Listed { rows, total })
    }};
}
pub(crate) use listed;

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_a_pattern_gives_a_meaning_to_is_escaped() {
        assert_eq!(pattern("50%_\\Я"), "%50\\%\\_\\\\я%");
    }
}
