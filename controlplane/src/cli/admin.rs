//! `controlplane admin`.

use super::CommandError;
use crate::app::{App, bootstrap::TokenRequest};
use clap::Subcommand;
use schemas::span::Span;
use secrecy::ExposeSecret;
use store::model::account::Role;

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
        /// What it may do: platform_admin or partner_admin.
        #[arg(long, default_value = "partner_admin", value_parser = role)]
        role: Role,
        /// Code of the partner that a partner_admin administers.
        #[arg(long)]
        partner: Option<String>,
        /// How long the token is valid, such as 30d; without it, until it is revoked.
        #[arg(long)]
        valid_for: Option<Span>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| "use platform_admin or partner_admin".to_owned())
}

pub(super) async fn run(app: &App, command: Command) -> Result<(), CommandError> {
    let token = match command {
        Command::Bootstrap { login } => app.bootstrap(&login).await?,
        Command::Token { login, role, partner, valid_for } => {
            app.issue_token(&TokenRequest { login, role, partner, valid_for }).await?
        }
    };
    println!("{}", token.expose_secret());
    Ok(())
}
