//! `controlplane admin`.

use super::CommandError;
use crate::app::{App, bootstrap::TokenRequest};
use clap::Subcommand;
use schemas::{span::Span, time::Instant};
use secrecy::ExposeSecret;
use store::model::account::{Role, Token, TokenKind};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the first platform administrator and print its token, this once.
    Bootstrap {
        /// Login of the administrator.
        #[arg(long, default_value = "admin")]
        login: String,
    },
    /// Grant an account a role and print a new token for it, this once.
    Token {
        /// Login of the account, which is made where there is none.
        #[arg(long)]
        login: String,
        /// What it may do: platform_admin, partner_admin, client_admin, client_user or client_support.
        #[arg(long, default_value = "partner_admin", value_parser = role)]
        role: Role,
        /// Code of the partner that a partner_admin administers, or whose client the role is over.
        #[arg(long)]
        partner: Option<String>,
        /// Code of the client that the role is over.
        #[arg(long)]
        client: Option<String>,
        /// How long the token is valid, such as 30d; without it, until it is revoked.
        #[arg(long)]
        valid_for: Option<Span>,
    },
    /// List the tokens and login sessions of an account that are in force; their texts are nowhere.
    Tokens {
        /// Login of the account.
        #[arg(long)]
        login: String,
    },
    /// Revoke a token, or end a login session: it is refused from now on.
    Revoke {
        /// Its number, as `admin tokens` and the API tell it.
        number: i64,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("use one of {}", roles.join(", "))
    })
}

/// A token in a line.
fn line(token: &Token) -> String {
    let what = match token.kind {
        TokenKind::Token => format!("{}...  {}", token.prefix, token.label),
        TokenKind::LoginSession => format!("session from {}, {}", token.address, token.device),
    };
    let at = |at: Option<Instant>, never: &str| at.map_or_else(|| never.to_owned(), |at| at.to_string());
    let (used, ends) = (at(token.last_used_at, "never"), at(token.expires_at, "when it is revoked"));
    format!("{}  {what}  created {}, last used {used}, ends {ends}", token.id, token.created_at)
}

pub(super) async fn run(app: &App, command: Command) -> Result<(), CommandError> {
    let token = match command {
        Command::Bootstrap { login } => app.bootstrap(&login).await?,
        Command::Token { login, role, partner, client, valid_for } => {
            app.issue_token(&TokenRequest { login, role, partner, client, valid_for }).await?
        }
        Command::Tokens { login } => {
            app.tokens_of(&login).await?.iter().for_each(|token| println!("{}", line(token)));
            return Ok(());
        }
        Command::Revoke { number } => {
            println!("revoked {number} of {}", app.revoke(number).await?);
            return Ok(());
        }
    };
    println!("{}", token.expose_secret());
    Ok(())
}
