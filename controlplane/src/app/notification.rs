//! Notifications: what people are told of by mail, as far as they want it (2-03, 7.4-10, 8.5.1-05).

use super::{
    Error,
    mail::{self, Message},
};
use schemas::{resource::user::Notify, time::Instant};
use store::{
    Tx,
    model::{
        access::{Audience, Notice},
        user::Notify as Stored,
    },
    queries,
};

/// Has those told of something who administer what it is about and want to hear of such things, where they have an
/// address; in the transaction of what they are told of, so that they hear of it once.
pub(super) async fn tell(
    tx: &mut Tx,
    audience: Audience,
    notice: Notice,
    (subject, body): (&str, &str),
    now: Instant,
) -> Result<(), Error> {
    for recipient in queries::access::recipients(tx, audience, notice).await? {
        if mail::is_address(&recipient) {
            let (subject, body) = (subject.to_owned(), body.to_owned());
            mail::post(tx, Message { recipient, subject, body }, now).await?;
        }
    }
    Ok(())
}

/// Which messages somebody wants, as the API names them.
pub(super) const fn shown(stored: Stored) -> Notify {
    let Stored { low_balance, note, collector } = stored;
    Notify { low_balance, note, collector }
}

/// The same, as it is stored.
pub(super) const fn stored(notify: Notify) -> Stored {
    let Notify { low_balance, note, collector } = notify;
    Stored { low_balance, note, collector }
}
