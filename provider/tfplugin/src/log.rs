//! The log as the host reads it: one JSON object a line on the standard error, in the form of hclog.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
};

use serde_json::{Map, Value as Json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, Targets, filter_fn},
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// Libraries below us, whose messages may quote what they carry.
const SILENT: [&str; 8] = ["h2", "hyper", "hyper_util", "mio", "reqwest", "rustls", "tonic", "tower"];

/// Sends what is logged to the host, from the level that its environment asks for. The provider's name is the last
/// part of its address: `TF_LOG_PROVIDER_<NAME>` goes before `TF_LOG_PROVIDER`, and that before `TF_LOG`.
pub(crate) fn init(address: &str) {
    let level = level(address, |name| std::env::var(name).ok());
    if level == LevelFilter::OFF {
        return;
    }
    let ours =
        Targets::new().with_default(level).with_targets(SILENT.map(|target| (target, LevelFilter::OFF)));
    // A bridged event has the target of the bridge and only names its origin in a field: it is not let through.
    let layer = Hclog { write: to_stderr }.with_filter(ours.and(filter_fn(|of| of.target() != "log")));
    // A program that logs in its own way keeps doing so.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
}

/// The level that the host asks for; nothing is logged where it asks for none.
fn level(address: &str, variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let name = address.rsplit('/').next().unwrap_or_default();
    let name = name.to_uppercase().replace('-', "_");
    let names = [format!("TF_LOG_PROVIDER_{name}"), "TF_LOG_PROVIDER".to_owned(), "TF_LOG".to_owned()];
    let asked = names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match asked.map(|value| value.to_uppercase()).as_deref() {
        Some("TRACE" | "JSON") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("INFO") => LevelFilter::INFO,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR") => LevelFilter::ERROR,
        None | Some("OFF") => LevelFilter::OFF,
        // As the host does with a word that it does not know.
        Some(_) => LevelFilter::TRACE,
    }
}

/// One line, whole.
fn to_stderr(line: &str) {
    // Nobody can be told that the log is gone.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

struct Hclog<W> {
    write: W,
}

/// The fields of a span, as they are written with its events.
struct Fields(Map<String, Json>);

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields(Map::new());
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields(Map::new());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                // The innermost span comes first, and its word holds.
                for (name, value) in &fields.0 {
                    line.0.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        event.record(&mut line);
        let message = line.0.remove("message").unwrap_or_default();
        let metadata = event.metadata();
        let head = [
            ("@level", level_name(*metadata.level()).into()),
            ("@message", message),
            ("@module", metadata.target().replace("::", ".").into()),
            ("@timestamp", timestamp().into()),
        ];
        let mut whole: Map<String, Json> =
            head.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        whole.extend(line.0);
        (self.write)(&format!("{}\n", Json::Object(whole)));
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

/// UTC with microseconds, the one form that the host reads.
fn timestamp() -> String {
    let mut text = String::new();
    // A clock that cannot be written leaves the field empty; the message is worth more.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.0.insert(field.name().to_owned(), text.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn of(variables: &[(&str, &str)]) -> LevelFilter {
        level("registry.terraform.io/example/my-demo", |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_nearest_variable_sets_the_level() {
        assert_eq!(of(&[]), LevelFilter::OFF);
        assert_eq!(of(&[("TF_LOG", "info")]), LevelFilter::INFO);
        assert_eq!(of(&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "WARN")]), LevelFilter::WARN);
        let nearest =
            [("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "warn"), ("TF_LOG_PROVIDER_MY_DEMO", "ERROR")];
        assert_eq!(of(&nearest), LevelFilter::ERROR);
        assert_eq!(of(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        assert_eq!(of(&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(of(&[("TF_LOG_PROVIDER", "off"), ("TF_LOG", "debug")]), LevelFilter::OFF);
    }

    #[test]
    fn a_line_has_the_fields_of_its_spans() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        let write = move |line: &str| written.lock().unwrap().push(line.to_owned());
        tracing::subscriber::with_default(Registry::default().with(Hclog { write }), || {
            let outer = tracing::info_span!("outer", tf_rpc = "Read", count = 1);
            let _outer = outer.enter();
            let inner = tracing::info_span!("inner", count = 2, late = tracing::field::Empty);
            inner.record("late", true);
            let _inner = inner.enter();
            tracing::warn!(target: "demo::part", size = 3, "it \"happened\"");
        });
        let lines = lines.lock().unwrap();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let json: Json = serde_json::from_str(line).unwrap();
        assert_eq!(json["@level"], "warn");
        assert_eq!(json["@message"], "it \"happened\"");
        assert_eq!(json["@module"], "demo.part");
        assert_eq!(json["tf_rpc"], "Read");
        assert_eq!((&json["count"], &json["late"], &json["size"]), (&2.into(), &true.into(), &3.into()));
        let timestamp = json["@timestamp"].as_str().unwrap();
        assert!(timestamp.len() == 27 && timestamp.ends_with('Z') && timestamp.contains('T'), "{timestamp}");
    }
}
