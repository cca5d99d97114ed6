//! The handlers, one file per noun.

mod access;
mod account;
mod batch;
mod client;
mod client_defaults;
mod client_limits;
mod clients;
mod clock;
mod contract;
mod default_limits;
mod domain;
mod effective_limits;
mod event;
mod hypervisor;
mod idempotency;
mod invitation;
mod login_session;
mod machine;
mod note;
mod observation;
mod partner;
mod payment;
mod plan_impact;
mod project;
mod promotion;
mod public_key;
mod quote;
mod registration;
mod service;
mod tariff_plan;
mod token;
mod transaction;
mod user;

/// Serves an endpoint by one expression.
macro_rules! handle {
    (
        $endpoint:ty, $($state:ident,)? |$op:ident, $path:pat_param, $query:pat_param, $body:pat_param| $call:expr
        $(, seen by $read:path)?
    ) => {
        #[async_trait::async_trait]
        impl $crate::http::mount::Handle for $endpoint {
            $(
                async fn sees(
                    op: &mut $crate::app::Operation,
                    path: &<Self as schemas::endpoint::Endpoint>::Path,
                    query: &<Self as schemas::endpoint::Endpoint>::Query,
                ) -> Result<(), $crate::app::Error> {
                    $read(op, &path.id, query).await.map(drop)
                }
            )?

            async fn handle(
                state: &$crate::http::State,
                $op: &mut $crate::app::Operation,
                $path: <Self as schemas::endpoint::Endpoint>::Path,
                $query: <Self as schemas::endpoint::Endpoint>::Query,
                $body: <Self as schemas::endpoint::Endpoint>::Body,
            ) -> Result<<Self as schemas::endpoint::Endpoint>::Answer, $crate::app::Error> {
                $(let $state = state;)?
                let _ = state;
                $call
            }
        }
    };
}

/// Serves the six operations that every managed collection has.
macro_rules! managed {
    ($noun:ident) => {
        singleton!($noun);

        handle!(endpoint::Create, |op, _, _, spec| app::create(op, spec).await);
    };
}

/// Serves the five operations that every managed singleton has.
macro_rules! singleton {
    ($noun:ident) => {
        use crate::app::$noun as app;
        use schemas::endpoint::$noun as endpoint;

        handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
        handle!(endpoint::Read, |op, path, query, ()| app::read(op, &path.id, &query).await);
        handle!(
            endpoint::Replace,
            |op, path, query, update| app::replace(op, &path.id, &query, update).await,
            seen by app::read
        );
        handle!(
            endpoint::Modify,
            |op, path, query, patch| app::modify(op, &path.id, &query, patch).await,
            seen by app::read
        );
        handle!(
            endpoint::Delete,
            |op, path, query, ()| app::delete(op, &path.id, &query).await,
            seen by app::read
        );
    };
}

pub(crate) use {handle, managed, singleton};
