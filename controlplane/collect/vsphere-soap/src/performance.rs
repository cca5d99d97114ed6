//! What was used, as averages over short times.

use crate::{
    body::Body,
    error::Error,
    property::Object,
    reference::Reference,
    session::{Session, number, timestamp},
    xml::{Element, Malformed},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// Length of the samples that a host keeps for an hour, in seconds.
const REAL_TIME_S: u32 = 20;

/// Objects that are asked for at once.
const AT_ONCE: usize = 100;

/// Time that is worth a question; less only where there is no more in all.
const WORTH_A_QUESTION: Duration = Duration::from_secs(1);

/// What samples are asked for by.
const CALL: &str = "QueryPerf";

/// What is measured: the counter's id at this endpoint, and the part of the object, such as a device's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// The counter.
    pub counter: i32,
    /// The part; empty for the whole.
    pub instance: String,
}

/// Which samples of an object are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The object.
    pub of: Reference,
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// Only those that end after this time of the endpoint; none for all that it has.
    pub after: Option<Timestamp>,
    /// How many of the latest at most.
    pub most: u32,
}

/// One sample's place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Its end, by the endpoint's clock.
    pub until: Timestamp,
    /// Its length.
    pub length: Duration,
}

/// The samples of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The object.
    pub of: Reference,
    /// When they are of.
    pub samples: Vec<Sample>,
    /// The values of each metric, one for each sample; none where it was not measured.
    pub values: BTreeMap<Metric, Vec<Option<u64>>>,
}

/// What is told of some objects.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The samples of those that have any.
    pub series: Vec<Series>,
    /// Those that could not be read, with the reason.
    pub unread: Vec<(Reference, Error)>,
}

impl Session {
    /// The ids of the counters at this endpoint, by their names, such as `net.received.average`.
    ///
    /// # Errors
    /// When the endpoint does not tell in time.
    pub async fn counters(&self, deadline: Duration) -> Result<BTreeMap<String, i32>, Error> {
        let manager = self.object("perfManager")?.clone();
        let told = |object: Object| object.values.get("perfCounter").cloned();
        let lists = self.of_objects(&[manager], &["perfCounter"], told, deadline).await?;
        let infos = lists.iter().flat_map(|list| &list.children);
        self.read("RetrievePropertiesEx", || infos.map(counter).collect())
    }

    /// Samples of some objects, as far as they come within `deadline`. Objects that are gone are left out. An object that the
    /// endpoint refuses to tell of costs no other one its samples. Those that miss the longest time are asked for first: what
    /// they miss is gone the soonest, and whoever was left out the last time is not left out for ever.
    ///
    /// # Errors
    /// When the session is over.
    pub async fn samples(&self, wanted: &[Samples], deadline: Duration) -> Result<Measured, Error> {
        let end = Instant::now() + deadline;
        let mut measured = Measured::default();
        let least = WORTH_A_QUESTION.min(deadline / 4);
        let mut wanted: Vec<&Samples> = wanted.iter().collect();
        wanted.sort_by_key(|one| one.after);
        let mut questions: VecDeque<&[&Samples]> = wanted.chunks(AT_ONCE).collect();
        while let Some(some) = questions.pop_front() {
            let left = end.saturating_duration_since(Instant::now());
            // One that is never answered leaves the others their time.
            let allowed = if questions.is_empty() { left } else { least.max(left / 2) };
            let answer = if left <= least {
                Err(self.transport.late(CALL, deadline))
            } else {
                self.measured(some, allowed).await
            };
            match answer {
                Ok(series) => measured.series.extend(series),
                Err(error) if error.is_session_over() => return Err(error),
                Err(error) if error.is_gone() && some.len() == 1 => {}
                Err(error) if may_be_of_one(&error) && some.len() > 1 && !measured.is_hopeless() => {
                    let (first, second) = some.split_at(some.len() / 2);
                    questions.push_front(second);
                    questions.push_front(first);
                }
                Err(error) => measured.unread.extend(some.iter().map(|one| (one.of.clone(), error.clone()))),
            }
        }
        Ok(measured)
    }

    /// The samples of objects that are asked for at once.
    async fn measured(&self, wanted: &[&Samples], deadline: Duration) -> Result<Vec<Series>, Error> {
        let manager = self.object("perfManager")?;
        let body = wanted.iter().fold(Body::to(manager), |body, one| body.group("querySpec", query(one)));
        let answer = self.call(CALL, body, deadline).await?;
        let most = wanted.iter().map(|one| one.most).max().unwrap_or_default();
        self.read(CALL, || all_series(&answer, wanted.len(), most))
    }
}

impl Measured {
    /// Whether the endpoint refuses one after the other, as it does for an account that may not read any.
    fn is_hopeless(&self) -> bool {
        self.series.is_empty() && self.unread.len() >= AT_ONCE
    }
}

/// The series of an answer: no more than was asked for, and not many more samples, where the other side counts them
/// otherwise.
fn all_series(answer: &Element, objects: usize, most: u32) -> Result<Vec<Series>, Malformed> {
    if answer.all("returnval").count() > objects {
        return Err(Malformed::TooMuch { what: "objects", limit: objects });
    }
    let all: Vec<Series> = answer.all("returnval").map(series).collect::<Result<_, _>>()?;
    let limit = usize::try_from(most).unwrap_or(usize::MAX).saturating_mul(2);
    if all.iter().any(|series| series.samples.len() > limit) {
        return Err(Malformed::TooMuch { what: "samples of one object", limit });
    }
    Ok(all)
}

/// Whether it may be one object of several that such an answer is owed to.
fn may_be_of_one(error: &Error) -> bool {
    matches!(error, Error::Fault { .. } | Error::Malformed { .. })
}

fn query(wanted: &Samples) -> Body {
    let body = Body::default().object("entity", &wanted.of);
    let body = match wanted.after {
        Some(after) => body.time("startTime", after),
        None => body,
    };
    let body = body.value("maxSample", wanted.most);
    let body = wanted.metrics.iter().fold(body, |body, metric| {
        let inside = Body::default().value("counterId", metric.counter).value("instance", &metric.instance);
        body.group("metricId", inside)
    });
    body.value("intervalId", REAL_TIME_S)
}

pub(crate) fn counter(info: &Element) -> Result<(String, i32), Malformed> {
    let key = |name: &str| Ok::<_, Malformed>(info.needed(name)?.text_of("key").unwrap_or_default());
    let rollup = info.text_of("rollupType").unwrap_or_default();
    let name = format!("{}.{}.{rollup}", key("groupInfo")?, key("nameInfo")?);
    Ok((name, number(info.needed("key")?)?))
}

pub(crate) fn series(element: &Element) -> Result<Series, Malformed> {
    let of = Reference::read(element.needed("entity")?)?;
    let samples: Vec<Sample> = element
        .all("sampleInfo")
        .map(|info| {
            let length = Duration::from_secs(number::<u32>(info.needed("interval")?)?.into());
            Ok(Sample { until: timestamp(info.needed("timestamp")?)?, length })
        })
        .collect::<Result<_, Malformed>>()?;
    let mut values = BTreeMap::new();
    for one in element.all("value") {
        let id = one.needed("id")?;
        let metric = Metric {
            counter: number(id.needed("counterId")?)?,
            instance: id.text_of("instance").unwrap_or_default().to_owned(),
        };
        // What was not measured is told as -1.
        let told = one.all("value").map(|value| Ok(u64::try_from(number::<i64>(value)?).ok()));
        let told: Vec<Option<u64>> = told.collect::<Result<_, Malformed>>()?;
        if told.len() != samples.len() {
            let (there, times) = (told.len(), samples.len());
            return Err(Malformed::Content(format!("{there} values of {times} samples")));
        }
        values.insert(metric, told);
    }
    Ok(Series { of, samples, values })
}
