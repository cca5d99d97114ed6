//! One login.

use crate::{
    address::Address,
    body::Body,
    error::Error,
    reference::Reference,
    transport::Transport,
    trust::Trust,
    xml::{Element, Limits, Malformed},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a logout may take that nobody waits for.
const LOGOUT_DEADLINE: Duration = Duration::from_secs(10);

/// Who logs in.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// What the other side is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its product, such as `VMware ESXi 8.0.2 build-23305546`.
    pub full_name: String,
    /// Whether it is a vCenter, with many hosts; else it is one host.
    pub is_vcenter: bool,
    /// The UUID that the installation has, where it has one.
    pub instance_uuid: Option<String>,
}

/// A session with an endpoint.
pub struct Session {
    pub(crate) transport: Arc<Transport>,
    /// The endpoint's own objects by their names, such as `propertyCollector`.
    objects: BTreeMap<String, Reference>,
    about: About,
    is_open: AtomicBool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("endpoint", self.transport.endpoint()).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects and logs in, within `deadline` for both.
    ///
    /// # Errors
    /// When nobody answers in time who is trusted, or the login is refused: the fault is then `InvalidLogin`, or
    /// `NoPermission`.
    pub async fn login(
        address: &Address,
        trust: &Trust,
        account: &Account,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(address, trust)?);
        let opening = async {
            let instance = Reference::new("ServiceInstance", "ServiceInstance");
            let (answer, _) = transport
                .call("RetrieveServiceContent", &Body::to(&instance), Limits::default(), deadline)
                .await?;
            let malformed = |source| transport.malformed("RetrieveServiceContent", source);
            let content = answer.needed("returnval").map_err(malformed)?;
            let references = content.children.iter().filter(|child| child.object.is_some());
            let objects: BTreeMap<String, Reference> = references
                .map(|child| Ok((child.name.to_string(), Reference::read(child)?)))
                .collect::<Result<_, Malformed>>()
                .map_err(malformed)?;
            let session = Self {
                transport: Arc::clone(&transport),
                about: about(content),
                objects,
                is_open: AtomicBool::new(false),
            };
            let body = Body::to(session.object("sessionManager")?)
                .value("userName", &account.user)
                .value("password", account.password.expose_secret());
            // Whatever becomes of the answer, there may be a login.
            session.is_open.store(true, Ordering::Relaxed);
            match transport.call("Login", &body, Limits::default(), deadline).await {
                Ok(_) => Ok(session),
                Err(error) => {
                    session.is_open.store(error.fault().is_none(), Ordering::Relaxed);
                    Err(error)
                }
            }
        };
        let late = |_| transport.late("Login", deadline);
        tokio::time::timeout(deadline, opening).await.map_err(late)?
    }

    /// Logs out. What was made in the session is gone then.
    ///
    /// # Errors
    /// When the endpoint does not answer in time, or refuses. A session that is over already is none.
    pub async fn logout(&self, deadline: Duration) -> Result<(), Error> {
        if !self.is_open.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let body = Body::to(self.object("sessionManager")?);
        match self.transport.call("Logout", &body, Limits::default(), deadline).await {
            Err(error) if !error.is_session_over() => Err(error),
            _ => Ok(()),
        }
    }

    /// What the other side is.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What time it is there.
    ///
    /// # Errors
    /// When there is no answer in time, or one that makes no sense.
    pub async fn time(&self, deadline: Duration) -> Result<Timestamp, Error> {
        let instance = Reference::new("ServiceInstance", "ServiceInstance");
        let answer = self.call("CurrentTime", Body::to(&instance), deadline).await?;
        self.read("CurrentTime", || timestamp(answer.needed("returnval")?))
    }

    /// One of the endpoint's own objects, such as `rootFolder`.
    ///
    /// # Errors
    /// When this endpoint has none of the name.
    pub fn object(&self, name: &'static str) -> Result<&Reference, Error> {
        let missing = || Malformed::Content(format!("the service has no {name}"));
        self.objects.get(name).ok_or_else(|| self.transport.malformed("RetrieveServiceContent", missing()))
    }

    /// Calls.
    pub(crate) async fn call(
        &self,
        call: &'static str,
        body: Body,
        deadline: Duration,
    ) -> Result<Element, Error> {
        self.call_within(call, body, Limits::default(), deadline).await
    }

    /// Calls for a part of the answer to a question, of which all parts together are no more than `total` allows.
    pub(crate) async fn call_part(
        &self,
        call: &'static str,
        body: Body,
        total: &mut Total,
        deadline: Duration,
    ) -> Result<Element, Error> {
        let (answer, bytes) = self.transport.call(call, &body, Limits::default(), deadline).await?;
        self.read(call, || total.count(bytes))?;
        Ok(answer)
    }

    /// Calls, and reads no more of the answer than `limits` allow.
    pub(crate) async fn call_within(
        &self,
        call: &'static str,
        body: Body,
        limits: Limits,
        deadline: Duration,
    ) -> Result<Element, Error> {
        self.transport.call(call, &body, limits, deadline).await.map(|(answer, _)| answer)
    }

    /// Calls what answers with a reference.
    pub(crate) async fn made(
        &self,
        call: &'static str,
        body: Body,
        deadline: Duration,
    ) -> Result<Reference, Error> {
        let answer = self.call(call, body, deadline).await?;
        self.read(call, || Reference::read(answer.needed("returnval")?))
    }

    /// Runs what reads the answer to a call.
    pub(crate) fn read<T>(
        &self,
        call: &'static str,
        reading: impl FnOnce() -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        reading().map_err(|source| self.transport.malformed(call, source))
    }
}

/// How much the answers to one question have together.
#[derive(Debug)]
pub(crate) struct Total {
    bytes: usize,
    limit: usize,
}

impl Total {
    /// Of answers that may have so many bytes.
    pub(crate) fn up_to(limit: usize) -> Self {
        Self { bytes: 0, limit }
    }

    fn count(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limit {
            return Err(Malformed::TooMuch {
                what: "bytes in the answers to one question",
                limit: self.limit,
            });
        }
        Ok(())
    }
}

impl Drop for Session {
    /// A session that is left behind stays for half an hour, and an endpoint has only so many.
    fn drop(&mut self) {
        let (true, Ok(runtime)) = (*self.is_open.get_mut(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let Some(manager) = self.objects.get("sessionManager") else { return };
        let (transport, body) = (Arc::clone(&self.transport), Body::to(manager));
        runtime.spawn(async move {
            // Nobody is left to be told.
            let _ = transport.call("Logout", &body, Limits::default(), LOGOUT_DEADLINE).await;
        });
    }
}

fn about(content: &Element) -> About {
    let Some(about) = content.child("about") else { return About::default() };
    About {
        full_name: about.text_of("fullName").unwrap_or_default().to_owned(),
        is_vcenter: about.text_of("apiType") == Some("VirtualCenter"),
        instance_uuid: about.text_of("instanceUuid").map(str::to_owned),
    }
}

/// Reads an instant.
pub(crate) fn timestamp(element: &Element) -> Result<Timestamp, Malformed> {
    let refuse = || Malformed::Content(format!("<{}>{}</{0}> is no time", element.name, element.text));
    element.text.parse().map_err(|_| refuse())
}

/// Reads a number.
pub(crate) fn number<T: std::str::FromStr>(element: &Element) -> Result<T, Malformed> {
    let refuse = || {
        let text: String = element.text.chars().take(40).collect();
        Malformed::Content(format!("<{}>{text}</{0}> is no number that is possible there", element.name))
    };
    element.text.trim().parse().map_err(|_| refuse())
}
