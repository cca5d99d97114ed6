//! The ephemeral resources, one file each: what lives while Terraform runs, and is taken back when it ends.

mod login_session;
mod user_token;

use crate::{
    adapter::refusal::Asked,
    session::{self, Connected, Session},
};
use client::{CallOptions, Client, ClientError};
use schemas::{
    endpoint::{NoQuery, login_session as login_session_endpoint, token as token_endpoint, token::OfAccount},
    span::Span,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tfplugin::{Attribute, Context, Diagnostics, EphemeralResource, Private, Value};

/// Every ephemeral resource.
pub(crate) fn all() -> Vec<Arc<dyn EphemeralResource>> {
    vec![Arc::new(user_token::UserToken), Arc::new(login_session::LoginSession)]
}

/// The account that something was made for.
const USER: &str = "user";
/// The number of what was made.
const NUMBER: &str = "number";

/// How long something is valid that nobody takes back.
fn valid_for() -> Attribute {
    let span = |value: &Value| value.as_str().map_or(Ok(()), |text| schemas::format::check("span", text));
    Attribute::string().default("1h").validate(span).description(
        "How long it is valid if Terraform is ended before it can take it back, such as `2h`: at least 1 minute, and \
         longer than the run.",
    )
}

/// What is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Token,
    LoginSession,
}

impl Kind {
    /// Takes one back. What is gone already, or ended with its account, needs no taking back.
    async fn take_back(
        self,
        client: &Client,
        user: &str,
        number: &str,
        options: &CallOptions,
    ) -> Result<(), ClientError> {
        let path = OfAccount { id: user.to_owned(), number: number.to_owned() };
        let outcome = match self {
            Self::Token => client.call::<token_endpoint::Delete>(&path, &NoQuery {}, &(), options).await,
            Self::LoginSession => {
                client.call::<login_session_endpoint::Delete>(&path, &NoQuery {}, &(), options).await
            }
        };
        match outcome {
            Err(error) if error.is_not_found() => Ok(()),
            outcome => outcome,
        }
    }
}

/// What is open. Where a run fails, Terraform leaves out what would close it, and ends the provider.
#[derive(Debug, Default)]
pub(crate) struct Open(Mutex<BTreeSet<(Kind, String, String)>>);

/// How long the end of the provider may take for that: Terraform waits two seconds.
const AT_THE_END: Duration = Duration::from_millis(1500);

impl Open {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeSet<(Kind, String, String)>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes back what nobody closed. What cannot be taken back any more ends by itself.
    pub(crate) async fn close_all(&self, client: &Client) {
        let left = self.with(std::mem::take);
        let options =
            CallOptions { deadline: Some(AT_THE_END), max_retries: Some(0), ..CallOptions::default() };
        for (kind, user, number) in left {
            // Terraform listens no more: there is nobody to tell.
            let _ = kind.take_back(client, &user, &number, &options).await;
        }
    }
}

/// Notes what was made, and what [`close`] is told of it.
fn opened(connected: &Connected, kind: Kind, user: &str, number: i64) -> Private {
    connected.open.with(|open| open.insert((kind, user.to_owned(), number.to_string())));
    let mut private = Private::new();
    private.set(USER, user);
    private.set(NUMBER, number.to_string());
    private
}

/// Takes back what was made.
async fn close(
    context: &Context,
    kind: Kind,
    asked: &Asked<'_>,
    private: &Private,
) -> Result<(), Diagnostics> {
    let session = context.data::<Session>()?;
    let connected = session.connected()?;
    let text = |name: &str| private.str(name).unwrap_or_default().to_owned();
    let (user, number) = (text(USER), text(NUMBER));
    let outcome = kind.take_back(&connected.client, &user, &number, &session::options(context, None)).await;
    outcome.map_err(|error| asked.failed(&error))?;
    connected.open.with(|open| open.remove(&(kind, user, number)));
    Ok(())
}

/// What a configuration says of a length of time; checked before.
fn span(text: Option<&str>) -> Option<Span> {
    text.and_then(|text| text.parse().ok())
}
