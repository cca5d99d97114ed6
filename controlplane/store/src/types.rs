//! SQL types of our own, so that the types of `schemas` are read and written the same way on both databases.
//!
//! | SQL type | Rust | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Id`] | a public id, [`Uuid`] | `uuid` | `BLOB`, 16 bytes |
//! | [`Micros`] | [`Instant`] | `bigint` | `INTEGER` |
//! | [`Amount`] | [`Money`], units of 10^-7 rubles | `bigint` | `INTEGER` |
//! | [`Day`] | [`Date`], days since 1970-01-01 | `integer` | `INTEGER` |
//! | [`CodeText`] | [`Code`] | `text` | `TEXT` |
//! | `Text` | [`Json`] and the closed lists of words of `model` | `text` | `TEXT` |

use diesel::{
    Queryable,
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    internal::derives::as_expression::Bound,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, Integer, Nullable, SqlType, Text},
    sqlite::Sqlite,
};
use jiff::{Span, civil::Date};
use schemas::{
    code::Code,
    id::{
        AccessId, AccountId, ClientId, ContractId, DomainId, HypervisorId, NoteId, PartnerId, ProjectId,
        PromotionId, PublicKeyId, TariffPlanId,
    },
    money::Money,
    time::Instant,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A public id.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Id;

/// An instant in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 20, array_oid = 1016))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Micros;

/// Money in units of 10^-7 rubles.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 20, array_oid = 1016))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Amount;

/// A civil day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 23, array_oid = 1007))]
#[diesel(sqlite_type(name = "Integer"))]
pub struct Day;

/// A code, unique within its parent.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 25, array_oid = 1009))]
#[diesel(sqlite_type(name = "Text"))]
pub struct CodeText;

/// A value of a foreign type on its way into a query. Only a type of this crate can be one; rows have the plain types.
#[derive(Clone, Copy, Debug)]
pub struct Sql<T>(pub T);

impl<T, S, DB> ToSql<S, DB> for Sql<T>
where
    T: ToSql<S, DB>,
    DB: Backend,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// A value of a foreign type, or none, on its way into a column that may be empty.
#[derive(Clone, Copy, Debug)]
pub struct SqlOption<T>(pub Option<T>);

impl<T> From<Option<T>> for SqlOption<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T> From<T> for Sql<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// Lets a foreign type stand in queries as one of the SQL types above.
macro_rules! bind {
    ($($rust:ty => $sql:ty),* $(,)?) => {$(
        impl AsExpression<$sql> for Sql<$rust> {
            type Expression = Bound<$sql, $rust>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self.0)
            }
        }

        impl AsExpression<Nullable<$sql>> for SqlOption<$rust> {
            type Expression = Bound<Nullable<$sql>, Option<$rust>>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self.0)
            }
        }
    )*};
}

/// Lets a foreign type stand in rows as one of the SQL types above. Diesel itself does so for `Uuid`.
macro_rules! read {
    ($($rust:ty => $sql:ty),* $(,)?) => {$(
        impl<DB: Backend> Queryable<$sql, DB> for $rust
        where
            $rust: FromSql<$sql, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )*};
}

read! {
    PartnerId => Id, HypervisorId => Id, TariffPlanId => Id, ClientId => Id, ContractId => Id,
    ProjectId => Id, AccountId => Id, AccessId => Id, NoteId => Id, DomainId => Id, PromotionId => Id, PublicKeyId => Id, Instant => Micros, Money => Amount, Date => Day, Code => CodeText,
}

bind! {
    Uuid => Id, PartnerId => Id, HypervisorId => Id, TariffPlanId => Id, ClientId => Id, ContractId => Id,
    ProjectId => Id, AccountId => Id, AccessId => Id, NoteId => Id, DomainId => Id, PromotionId => Id, PublicKeyId => Id, Instant => Micros, Money => Amount, Date => Day, Code => CodeText,
}

/// Reads and writes an id type by way of its UUID.
macro_rules! by_uuid {
    ($($rust:ty, $wrap:expr, $unwrap:expr;)*) => {$(
        impl FromSql<Id, Pg> for $rust {
            fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                <Uuid as FromSql<diesel::sql_types::Uuid, Pg>>::from_sql(bytes).map($wrap)
            }
        }

        impl ToSql<Id, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let id: Uuid = $unwrap(self);
                ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&id, &mut out.reborrow())
            }
        }

        impl FromSql<Id, Sqlite> for $rust {
            fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(bytes)?;
                Ok($wrap(Uuid::from_slice(&bytes)?))
            }
        }

        impl ToSql<Id, Sqlite> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let id: Uuid = $unwrap(self);
                out.set_value(id.as_bytes().to_vec());
                Ok(IsNull::No)
            }
        }
    )*};
}

by_uuid! {
    Uuid, |id| id, |id: &Uuid| *id;
    PartnerId, PartnerId, |id: &PartnerId| id.0;
    HypervisorId, HypervisorId, |id: &HypervisorId| id.0;
    TariffPlanId, TariffPlanId, |id: &TariffPlanId| id.0;
    ClientId, ClientId, |id: &ClientId| id.0;
    ContractId, ContractId, |id: &ContractId| id.0;
    ProjectId, ProjectId, |id: &ProjectId| id.0;
    AccountId, AccountId, |id: &AccountId| id.0;
    AccessId, AccessId, |id: &AccessId| id.0;
    NoteId, NoteId, |id: &NoteId| id.0;
    DomainId, DomainId, |id: &DomainId| id.0;
    PromotionId, PromotionId, |id: &PromotionId| id.0;
    PublicKeyId, PublicKeyId, |id: &PublicKeyId| id.0;
}

/// Reads and writes a type by way of a built-in one.
macro_rules! by_value {
    ($($rust:ty: $sql:ty, $built_in:ty: $base:ty, $read:expr, $write:expr;)*) => {$(
        impl<DB: Backend> FromSql<$sql, DB> for $rust
        where
            $built_in: FromSql<$base, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                $read(<$built_in as FromSql<$base, DB>>::from_sql(bytes)?)
            }
        }

        impl ToSql<$sql, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let value: $built_in = $write(self)?;
                ToSql::<$base, Pg>::to_sql(&value, &mut out.reborrow())
            }
        }

        impl ToSql<$sql, Sqlite> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let value: $built_in = $write(self)?;
                out.set_value(value);
                Ok(IsNull::No)
            }
        }
    )*};
}

/// What reading or writing one value comes to.
type Converted<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

by_value! {
    Instant: Micros, i64: BigInt, read_instant, |instant: &Instant| Converted::Ok(instant.micros());
    Money: Amount, i64: BigInt, |units| Ok(Money::from_units(units)), |money: &Money| Converted::Ok(money.units());
    Date: Day, i32: Integer, date_of_day, |date: &Date| day_of_date(*date);
    Code: CodeText, String: Text, |text| Ok(Code::trusted(text)), |code: &Code| Converted::Ok(code.as_str().to_owned());
    Json: Text, String: Text, |text| Ok(Json(text)), |json: &Json| Converted::Ok(json.0.clone());
}

/// The range of instants is checked where they enter; anything else in the database is damage, not a time.
fn read_instant(micros: i64) -> Converted<Instant> {
    let instant = Instant::from_micros(micros);
    if instant.micros() == micros { Ok(instant) } else { Err(format!("{micros} is no instant").into()) }
}

const EPOCH_DAY: Date = Date::constant(1970, 1, 1);

/// The number of a civil day, counted from 1970-01-01.
fn day_of_date(date: Date) -> Converted<i32> {
    Ok(EPOCH_DAY.until(date)?.get_days())
}

/// The civil day of a number.
fn date_of_day(day: i32) -> Converted<Date> {
    Ok(EPOCH_DAY.checked_add(Span::new().try_days(day)?)?)
}

/// JSON as it stands in the database: text, kept byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json(pub String);

impl Json {
    /// The JSON of a value.
    ///
    /// # Errors
    /// When the value has no JSON, such as a map with keys that are no texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// The value.
    ///
    /// # Errors
    /// When the text is not JSON of this type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

/// Declares a closed list of words, stored as text and checked by the table.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word as it is stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    other => Err(format!("\"{other}\" is no {}", stringify!($name))),
                }
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text =
                    <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
                Ok(text.parse::<Self>()?)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql(self.as_str(), out)
            }
        }
    )*};
}
pub(crate) use words;
