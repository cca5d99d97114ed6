//! What takes its time: tasks.

use crate::{
    body::Body,
    error::{Error, Fault},
    reference::Reference,
    session::Session,
    xml::{Element, Malformed},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How often a task is asked how it goes.
const PAUSE: Duration = Duration::from_millis(100);

impl Session {
    /// Asks the operating system of a machine to shut down.
    ///
    /// # Errors
    /// When there is none that hears it, or no answer in time.
    pub async fn shut_down_guest(&self, machine: &Reference, deadline: Duration) -> Result<(), Error> {
        self.call("ShutdownGuest", Body::to(machine), deadline).await.map(|_| ())
    }

    /// Starts a task and waits for its end; what it made, where it made something.
    ///
    /// # Errors
    /// When it is refused, fails, or is not done within `deadline`; it may go on then.
    pub async fn run(
        &self,
        call: &'static str,
        body: Body,
        deadline: Duration,
    ) -> Result<Option<Reference>, Error> {
        let work = async {
            let task = self.made(call, body, deadline).await?;
            loop {
                let info = |object: crate::Object| object.values.get("info").cloned();
                let told = self.of_objects(std::slice::from_ref(&task), &["info"], info, deadline).await?;
                let Some(info) = told.first() else {
                    return self.read(call, || Err(Malformed::Content("its task is gone".into())));
                };
                match info.text_of("state") {
                    Some("success") => return self.read(call, || result(info)),
                    Some("error") => {
                        let endpoint = Arc::clone(self.transport.endpoint());
                        return Err(Error::Fault { endpoint, call, source: failure(info) });
                    }
                    _ => sleep(PAUSE).await,
                }
            }
        };
        let late = |_| self.transport.late(call, deadline);
        timeout(deadline, work).await.map_err(late)?
    }
}

fn result(info: &Element) -> Result<Option<Reference>, Malformed> {
    info.child("result").filter(|result| result.object.is_some()).map(Reference::read).transpose()
}

fn failure(info: &Element) -> Fault {
    let error = info.child("error");
    let kind = error.and_then(|error| error.child("fault")).and_then(|fault| fault.kind.as_deref());
    let message = error.and_then(|error| error.text_of("localizedMessage")).unwrap_or("the task failed");
    Fault { kind: kind.unwrap_or("no type").to_owned(), message: message.to_owned() }
}
