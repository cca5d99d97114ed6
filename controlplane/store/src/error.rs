//! What can go wrong, told alike by both databases.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row does not exist, or may not be seen.
    #[error("no such row")]
    NotFound,
    /// The row has moved on from the version that the caller knows.
    #[error("the row is at version {current}")]
    VersionMismatch {
        /// The version it has now.
        current: i64,
    },
    /// Another row has this key.
    #[error("the constraint {constraint} allows one row")]
    Unique {
        /// The constraint, `table_column_..._key`, equal on both databases.
        constraint: String,
    },
    /// A row that this one refers to is missing, or this one is still referred to.
    #[error("a reference does not hold: {detail}")]
    ForeignKey {
        /// What the database says; SQLite does not name the constraint.
        detail: String,
    },
    /// The entries of a ledger transaction do not sum to zero.
    #[error("the entries of the ledger transaction {key} sum to {sum} units, not to 0")]
    Unbalanced {
        /// The transaction's key.
        key: String,
        /// The sum in units of 10^-7 rubles.
        sum: i128,
    },
    /// The database cannot be reached or is busy; the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Anything else: a fault of the program, the schema or the disk.
    #[error("{0}")]
    Other(String),
}

/// The longest name that PostgreSQL keeps.
const NAME_LENGTH: usize = 63;

impl StoreError {
    /// Whether the same call may succeed when it is made again.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether it is the violation of this constraint.
    pub fn is_unique(&self, name: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint == name)
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, information) => classify(&kind, &*information),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Tells the kinds of database errors apart.
fn classify(
    kind: &DatabaseErrorKind,
    information: &(dyn DatabaseErrorInformation + Send + Sync),
) -> StoreError {
    let message = information.message().to_owned();
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Unique {
            constraint: information.constraint_name().map_or_else(|| constraint_of(&message), str::to_owned),
        },
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            StoreError::ForeignKey { detail: message }
        }
        DatabaseErrorKind::SerializationFailure
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection => StoreError::Unavailable(message),
        _ if transient(&message) => StoreError::Unavailable(message),
        _ => StoreError::Other(
            information.details().map_or(message.clone(), |more| format!("{message}: {more}")),
        ),
    }
}

/// Whether a message that comes without a kind of its own tells of a state that passes.
fn transient(message: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "database is locked",
        "database table is locked",
        "deadlock detected",
        "lock timeout",
        "terminating connection",
        "the database system is",
        "too many clients",
        "remaining connection slots",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

/// The constraint's name that PostgreSQL gives, from SQLite's list of columns:
/// `UNIQUE constraint failed: client.partner_id, client.code`.
fn constraint_of(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let mut name = String::new();
    for (index, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if index == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name.push_str("_key");
    if name.len() > NAME_LENGTH {
        // The one key that is too long for a name is given a short one.
        name = format!("{}_key", name.split('_').next().unwrap_or_default());
    }
    name
}

/// Turns "no such row" into `None`.
pub trait Optional<T> {
    /// The row, or `None` where there is none.
    ///
    /// # Errors
    /// All but [`StoreError::NotFound`].
    fn optional(self) -> Result<Option<T>, StoreError>;
}

impl<T> Optional<T> for Result<T, StoreError> {
    fn optional(self) -> Result<Option<T>, StoreError> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::constraint_of;

    #[test]
    fn sqlite_names_constraints_as_postgresql_does() {
        assert_eq!(constraint_of("UNIQUE constraint failed: partner.code"), "partner_code_key");
        assert_eq!(
            constraint_of("UNIQUE constraint failed: client.partner_id, client.code"),
            "client_partner_id_code_key"
        );
    }
}
