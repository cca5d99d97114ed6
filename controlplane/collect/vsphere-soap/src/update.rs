//! What changes from now on.

use crate::{
    body::Body,
    error::Error,
    property::{View, specification},
    reference::Reference,
    session::Session,
    xml::{Element, Limits, Malformed},
};
use std::{collections::BTreeMap, time::Duration};

/// Values are told down to here: envelope, body, answer, result, filter, object, change, value. What is inside values is not
/// kept: that of thousands of machines is told at once.
const DEPTH: usize = 8;

/// How much longer than it waits a call for updates may take.
const ALLOWANCE: Duration = Duration::from_secs(15);

/// Answers that are followed where one says that there is more: far more than an endpoint has machines, a hundred in each.
const ANSWERS: usize = 1000;

/// Updates that are read at once at most: more than any endpoint may have machines.
const UPDATES: usize = 100_000;

/// An endpoint that does not cut its answers tells everything in the first one: it is read, and little of it is kept.
pub(crate) const LIMITS: Limits = Limits { bytes: 256 << 20, elements: 8_000_000, depth: 64, kept: DEPTH };

/// A filter over a view, and how far its changes are known.
#[derive(Debug)]
pub struct Watch {
    collector: Reference,
    version: String,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// It is new to us.
    Enter,
    /// Some of its properties have other values.
    Modify,
    /// It is gone.
    Leave,
}

/// The change of an object.
#[derive(Clone, Debug)]
pub struct Update {
    /// The object.
    pub object: Reference,
    /// What happened to it.
    pub kind: UpdateKind,
    /// The properties that changed, with their values where those are simple; none where a value is gone.
    pub values: BTreeMap<String, Option<Element>>,
}

/// Some changes.
#[derive(Clone, Debug, Default)]
pub struct Updates {
    /// What is told, in order.
    pub updates: Vec<Update>,
    /// Whether all is told from the beginning again, because the other side does not know any more how far we were:
    /// what left meanwhile is not in it.
    pub is_restart: bool,
}

impl Session {
    /// Watches some properties of the objects of a view. The first updates are of all that is there.
    ///
    /// # Errors
    /// When the endpoint does not make the filter in time.
    pub async fn watch(&self, view: &View, paths: &[&str], deadline: Duration) -> Result<Watch, Error> {
        let own = Body::to(self.object("propertyCollector")?);
        let collector = self.made("CreatePropertyCollector", own, deadline).await?;
        let body =
            Body::to(&collector).group("spec", specification(view, paths)).value("partialUpdates", false);
        self.made("CreateFilter", body, deadline).await?;
        Ok(Watch { collector, version: String::new() })
    }

    /// Waits for changes, for `longest` at most: without any there are none. All that is known at once is told at once.
    ///
    /// # Errors
    /// When the endpoint does not answer, or the session is over.
    pub async fn updates(&self, watch: &mut Watch, longest: Duration) -> Result<Updates, Error> {
        const CALL: &str = "WaitForUpdatesEx";
        let deadline = longest.saturating_add(ALLOWANCE);
        let mut all = Updates::default();
        let mut wait = longest;
        for _ in 0..ANSWERS {
            let options = Body::default().value("maxWaitSeconds", wait.as_secs());
            let body = Body::to(&watch.collector).value("version", &watch.version).group("options", options);
            let answer = match self.call_within(CALL, body, LIMITS, deadline).await {
                Err(error) if error.fault() == Some("InvalidCollectorVersion") && !all.is_restart => {
                    watch.version.clear();
                    all = Updates { updates: Vec::new(), is_restart: true };
                    continue;
                }
                other => other?,
            };
            let Some(set) = answer.child("returnval") else { return Ok(all) };
            watch.version = self.read(CALL, || Ok(set.needed("version")?.text.clone()))?;
            for object in set.all("filterSet").flat_map(|filter| filter.all("objectSet")) {
                if all.updates.len() == UPDATES {
                    let too_much = Malformed::TooMuch { what: "updates", limit: UPDATES };
                    return Err(self.transport.malformed(CALL, too_much));
                }
                all.updates.push(self.read(CALL, || update(object))?);
            }
            if set.text_of("truncated") != Some("true") {
                return Ok(all);
            }
            // The rest is there already.
            wait = Duration::ZERO;
        }
        self.read(CALL, || Err(Malformed::TooMuch { what: "answers to one question", limit: ANSWERS }))
    }

    /// Ends a watch.
    ///
    /// # Errors
    /// When the endpoint does not answer in time.
    pub async fn unwatch(&self, watch: Watch, deadline: Duration) -> Result<(), Error> {
        self.call("DestroyPropertyCollector", Body::to(&watch.collector), deadline).await.map(|_| ())
    }
}

pub(crate) fn update(element: &Element) -> Result<Update, Malformed> {
    let kind = match element.needed("kind")?.text.as_str() {
        "enter" => UpdateKind::Enter,
        "modify" => UpdateKind::Modify,
        "leave" => UpdateKind::Leave,
        other => return Err(Malformed::Content(format!("an update of the kind {other:?}"))),
    };
    let mut values = BTreeMap::new();
    for change in element.all("changeSet") {
        values.insert(change.needed("name")?.text.clone(), change.child("val").cloned());
    }
    Ok(Update { object: Reference::read(element.needed("obj")?)?, kind, values })
}
