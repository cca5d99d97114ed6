//! Sends the messages that are written, one server at a time, on a signal and on a period.

use super::{lease::Holder, stopped};
use crate::app::{
    App, Error,
    mail::{self, Failure, Letter},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        self,
        response::{Category, Severity},
    },
};
use std::time::Duration;
use tokio::{sync::watch, time};

/// How often it is looked for messages that are to be tried again.
const PERIOD: Duration = Duration::from_secs(30);
/// How long one message may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The name of the lease.
const TASK: &str = "mail";
/// How long a server has it: longer than one message may take.
const LEASE: Duration = Duration::from_secs(120);

/// How messages are sent.
#[derive(Clone)]
pub(crate) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Post {
    /// By this SMTP server, from this address.
    ///
    /// # Errors
    /// A sentence that says what is wrong with one of them; the password is not in it.
    pub(crate) fn new(url: &str, from: &str) -> Result<Self, String> {
        let refused = |_| "--smtp-url is none of smtp://HOST:25, smtp://USER:PASSWORD@HOST:587?tls=required and smtps://USER:PASSWORD@HOST";
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(refused)?;
        let from = from.parse::<Mailbox>().map_err(|error| format!("--mail-from: {error}"))?;
        Ok(Self { transport: transport.build(), from })
    }

    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let fails = |text: String, is_final| Failure { text, is_final };
        let to = letter.message.recipient.parse::<Mailbox>();
        let to = to.map_err(|error| fails(error.to_string(), true))?;
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.message.subject)
            .message_id(Some(format!("<{}@{domain}>", letter.message_id)))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.message.body.clone())
            .map_err(|error| fails(error.to_string(), true))?;
        match time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|error| fails(error.to_string(), is_final(&error))),
            Err(_) => Err(fails("the mail server takes too long".to_owned(), false)),
        }
    }
}

/// Whether the mail server refused the mailbox or the message for good. That it refused us may pass: a password is set.
fn is_final(error: &smtp::Error) -> bool {
    let is_of_mail = |code: smtp::response::Code| {
        code.severity == Severity::PermanentNegativeCompletion && code.category == Category::MailSystem
    };
    error.status().is_some_and(is_of_mail)
}

pub(super) async fn run(app: App, post: Post, mut stop: watch::Receiver<bool>) {
    let holder = Holder::new();
    loop {
        if let Err(error) = send_due(&app, &post, &holder, &stop).await {
            tracing::error!(%error, "messages cannot be sent; it is tried again");
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = app.mail_posted.notified() => {}
            () = time::sleep(PERIOD) => {}
        }
    }
}

/// Sends what is due until nothing is, or another server does.
async fn send_due(
    app: &App,
    post: &Post,
    holder: &Holder,
    stop: &watch::Receiver<bool>,
) -> Result<(), Error> {
    while !*stop.borrow() && mail::is_any_due(app).await? {
        if !holder.claim(app, TASK, LEASE).await? {
            return Ok(());
        }
        // Read under the lease: what another server has sent meanwhile is not sent again.
        for letter in mail::due(app).await? {
            if *stop.borrow() || !holder.claim(app, TASK, LEASE).await? {
                break;
            }
            mail::tried(app, &letter, post.send(&letter).await).await?;
        }
        // A server that dies with nothing to send holds up no other.
        holder.release(app, TASK).await?;
    }
    Ok(())
}
