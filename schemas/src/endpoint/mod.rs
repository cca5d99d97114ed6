//! Endpoints: one unit struct per operation, which the server mounts, the client calls and the OpenAPI document lists.

pub mod access;
pub mod account;
pub mod batch;
pub mod client;
pub mod client_defaults;
pub mod client_limits;
pub mod clients;
pub mod clock;
pub mod contract;
pub mod default_limits;
pub mod domain;
pub mod effective_limits;
pub mod event;
pub mod hypervisor;
pub mod idempotency;
pub mod invitation;
pub mod login_session;
pub mod machine;
pub mod note;
pub mod observation;
pub mod partner;
pub mod payment;
pub mod plan_impact;
pub mod project;
pub mod promotion;
pub mod public_key;
pub mod quote;
pub mod registration;
pub mod service;
pub mod tariff_plan;
pub mod token;
pub mod transaction;
pub mod user;

use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{borrow::Cow, marker::PhantomData};

/// Who may call an endpoint at all. Which objects it then sees is decided object by object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody, without a token.
    Nobody,
    /// Whoever has a token.
    Account,
    /// Platform administrators.
    Platform,
    /// Platform administrators, and those to whom the table of roles gives it: the administrators of the partner that the
    /// object belongs to, and of some objects users of the client.
    Partner,
}

/// One operation of the API.
pub trait Endpoint: Send + Sync + 'static {
    /// `<noun>.<verb>`, the operation's id.
    const ID: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path, with parameters in braces.
    const PATH: &'static str;
    /// Who may call it.
    const SCOPE: Scope;
    /// What it does.
    const SUMMARY: &'static str;
    /// The status of a success that has a body.
    const STATUS: StatusCode;
    /// The path's parameters.
    type Path: Clone + Serialize + DeserializeOwned + Send;
    /// The query string.
    type Query: Clone + Serialize + DeserializeOwned + JsonSchema + Send;
    /// The request's body; `()` for none.
    type Body: Serialize + DeserializeOwned + JsonSchema + Send;
    /// The answer's body; `()` for none.
    type Answer: Serialize + DeserializeOwned + JsonSchema + Send;

    /// Whether it may change something.
    fn changes() -> bool {
        Self::METHOD != Method::GET
    }
}

/// Declares an endpoint.
macro_rules! endpoint {
    (
        $(#[doc = $doc:literal])+
        $name:ident = $id:literal $method:ident $path:literal $scope:ident
        $(path $path_type:ty,)? $(query $query:ty,)? $(body $body:ty,)? answer $answer:ty
        $(, status $status:ident)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::endpoint::Endpoint for $name {
            const ID: &'static str = $id;
            const METHOD: http::Method = http::Method::$method;
            const PATH: &'static str = $path;
            const SCOPE: $crate::endpoint::Scope = $crate::endpoint::Scope::$scope;
            const SUMMARY: &'static str = concat!($($doc),+);
            const STATUS: http::StatusCode = $crate::endpoint::status!($method $($status)?);
            type Path = $crate::endpoint::or_default!([$($path_type)?] $crate::endpoint::NoPath);
            type Query = $crate::endpoint::or_default!([$($query)?] $crate::endpoint::NoQuery);
            type Body = $crate::endpoint::or_default!([$($body)?] ());
            type Answer = $answer;
        }
    };
}

/// The given type, or a default where none is given.
macro_rules! or_default {
    ([] $default:ty) => {
        $default
    };
    ([$given:ty] $default:ty) => {
        $given
    };
}

/// The status of a success: the given one, or what the method means.
macro_rules! status {
    (POST) => {
        http::StatusCode::CREATED
    };
    ($method:ident) => {
        http::StatusCode::OK
    };
    ($method:ident $given:ident) => {
        http::StatusCode::$given
    };
}

pub(crate) use {endpoint, or_default, status};

/// A path without parameters.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct NoPath {}

/// The id of an object, or its code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ById {
    /// The id or the code.
    pub id: String,
}

/// A query without parameters.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Where to look for a code.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InParent {
    /// Code or id of the partner, where the code alone is ambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// Code or id of the client, where the code alone is ambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// Declares a query: which part of a collection, and what else is asked for.
macro_rules! page_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Page, from 1. Past the last one the answer is 404.
            #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1))]
            pub page: Option<i64>,
            /// Objects on a page: 1 to 1000, 10 without it.
            #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = 1000))]
            pub limit: Option<i64>,
            /// Reads the whole collection in an order that nobody's writes disturb: empty at first, then `next_cursor` of the answer before.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub cursor: Option<String>,
            $(
                $(#[$field_doc])*
                #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }
    };
}

page_query! {
    /// Which part of what an account has.
    PageQuery {}
}

page_query! {
    /// Which part of what an object of a partner has.
    PageInPartner {
        /// Code or id of the partner, where the object's code alone is ambiguous.
        partner: String,
    }
}

/// What is asked of every list: which part of it, in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part<'a> {
    /// Page, from 1.
    pub page: Option<i64>,
    /// Objects on a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<&'a str>,
    /// Field to sort by, with a minus before it to turn the order.
    pub sort: Option<&'a str>,
    /// Part of the name, or of whatever the list is searched by.
    pub search: Option<&'a str>,
}

impl<'a> Part<'a> {
    /// The same, searched by another parameter where `q` is not given.
    #[must_use]
    pub fn or_search(self, other: Option<&'a str>) -> Self {
        Self { search: self.search.or(other), ..self }
    }
}

/// Declares the query of a list: what every list takes, and the filters of this one.
macro_rules! list_query {
    (
        $(#[$doc:meta])*
        $name:ident, sorted by $sort:literal, searched by $search:literal {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $crate::endpoint::page_query! {
            $(#[$doc])*
            $name {
                #[doc = concat!("Field to sort by: ", $sort, "; a minus before it turns the order.")]
                sort: String,
                #[doc = concat!("Part of the ", $search, "; upper and lower case are the same.")]
                q: String,
                $($(#[$field_doc])* $field: $type,)*
            }
        }

        impl $name {
            /// What it has in common with the queries of other lists.
            pub fn part(&self) -> $crate::endpoint::Part<'_> {
                $crate::endpoint::Part {
                    page: self.page,
                    limit: self.limit,
                    cursor: self.cursor.as_deref(),
                    sort: self.sort.as_deref(),
                    search: self.q.as_deref(),
                }
            }
        }
    };
}

pub(crate) use {list_query, page_query};

list_query! {
    /// Which part of a collection, in which order.
    ListQuery, sorted by "`name`, `code` or `ctime`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client.
        client: String,
    }
}

/// One page of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    /// The objects.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: i64,
    /// How many fit on a page.
    pub limit: i64,
    /// Where the next part begins, when a cursor was given; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A body of any length (`application/x-ndjson`): a `T` as JSON on each line, read and written line by line.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Lines<T>(PhantomData<fn() -> T>);

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: JsonSchema> JsonSchema for Lines<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Lines_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = crate::registry::schema_of::<T>();
        if let Some(object) = schema.as_object_mut() {
            object.insert(LINES.to_owned(), true.into());
        }
        Schema::try_from(schema).unwrap_or_else(|_| json_schema!({ "type": "object" }))
    }
}

/// The keyword that says of a schema that it is that of each line.
pub const LINES: &str = "x-lines";

/// Some fields of `U`, to be merged into what is there (RFC 7396): a field that is null goes back to its default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Patch<U> {
    /// The fields as they were sent.
    pub fields: serde_json::Map<String, serde_json::Value>,
    #[serde(skip)]
    of: PhantomData<U>,
}

impl<U> Patch<U> {
    /// A patch of these fields.
    pub fn new(fields: serde_json::Map<String, serde_json::Value>) -> Self {
        Self { fields, of: PhantomData }
    }
}

impl<U: JsonSchema> JsonSchema for Patch<U> {
    fn schema_name() -> Cow<'static, str> {
        format!("Patch_{}", U::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = crate::registry::schema_of::<U>();
        if let Some(object) = schema.as_object_mut() {
            object.remove("required");
            let fields = object.get_mut("properties").and_then(serde_json::Value::as_object_mut);
            for field in fields.into_iter().flat_map(|fields| fields.values_mut()) {
                crate::registry::allow_null(field);
                // A null removes its key from a map.
                if let Some(element) = field.get_mut("additionalProperties").filter(|value| value.is_object())
                {
                    crate::registry::allow_null(element);
                }
            }
        }
        Schema::try_from(schema).unwrap_or_else(|_| json_schema!({ "type": "object" }))
    }
}
