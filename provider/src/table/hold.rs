//! A table brought up to date: lines that still hold stay as they were written.

use super::{cell, read::Layout};
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use schemas::tf::Attribute;
use std::collections::{BTreeMap, BTreeSet};
use tfplugin::Value;

/// What a table says, and what holds now, by code.
pub(crate) struct Held<'a> {
    /// The columns that there may be.
    pub(crate) attributes: &'a [Attribute],
    /// What the table says, its defaults filled in. What it leaves to the server is unknown.
    pub(crate) said: &'a BTreeMap<String, Value>,
    /// What holds.
    pub(crate) now: &'a BTreeMap<String, Value>,
}

impl Held<'_> {
    /// The table that says what holds: lines of clients that are gone are left out, lines that do not hold are written
    /// anew, clients that it does not have come last. Where a client differs in what has no column, there is one more.
    pub(crate) fn table(&self, text: &str) -> String {
        let layout = Layout::of(text, self.attributes);
        let more = self.more(&layout);
        let mut table = Lines { separator: layout.delimiter, text: String::with_capacity(text.len()) };
        table.verbatim(layout.head, &more.iter().map(|column| column.name.as_str()).collect::<Vec<_>>());
        let mut written = BTreeSet::new();
        for (code, line) in &layout.lines {
            let Some(now) = self.now.get(code) else { continue };
            written.insert(code);
            if self.differs(code).next().is_none() {
                table.verbatim(line, &vec![""; more.len()]);
            } else {
                table.anew(&layout, &more, code, now);
            }
        }
        for (code, now) in self.now.iter().filter(|(code, _)| !written.contains(code)) {
            table.anew(&layout, &more, code, now);
        }
        table.text
    }

    /// The attributes in which a client is not what the table says; all that it has where the table has no line.
    fn differs(&self, code: &str) -> impl Iterator<Item = &Attribute> {
        let said = self.said.get(code).and_then(Value::as_object);
        let now = self.now.get(code).and_then(Value::as_object);
        self.attributes.iter().filter(move |attribute| {
            let Some(now) = now.map(|now| now.get(&attribute.name)) else { return false };
            let said = said.map_or_else(|| cell::unsaid(attribute), |said| said.get(&attribute.name).clone());
            !said.is_unknown() && said != *now
        })
    }

    /// The columns that are missing.
    fn more(&self, layout: &Layout<'_>) -> Vec<&Attribute> {
        let wanted: BTreeSet<&str> =
            self.now.keys().flat_map(|code| self.differs(code)).map(|one| one.name.as_str()).collect();
        let is_missing = |attribute: &&Attribute| {
            wanted.contains(attribute.name.as_str())
                && !layout.columns.contains(&Some(attribute.name.as_str()))
        };
        self.attributes.iter().filter(is_missing).collect()
    }
}

/// The lines of a table.
struct Lines {
    separator: u8,
    text: String,
}

impl Lines {
    /// A line as it was written, with more cells.
    fn verbatim(&mut self, line: &str, more: &[&str]) {
        self.end();
        if more.is_empty() {
            self.text.push_str(line);
            return;
        }
        let cells = line.trim_end_matches(['\r', '\n']);
        self.text.push_str(cells);
        for cell in more {
            self.text.push(char::from(self.separator));
            self.text.push_str(cell);
        }
        self.text.push_str(&line[cells.len()..]);
    }

    /// A line that says what holds.
    fn anew(&mut self, layout: &Layout<'_>, more: &[&Attribute], code: &str, now: &Value) {
        let names =
            layout.columns.iter().copied().chain(more.iter().map(|column| Some(column.name.as_str())));
        let cells = names.map(|name| match (name, now.as_object()) {
            (Some(name), Some(now)) => cell::text(now.get(name)),
            _ => code.to_owned(),
        });
        let mut writer = self.writer();
        // Writing to memory does not fail.
        let _ = writer.write_record(cells);
        let line = writer.into_inner().unwrap_or_default();
        self.end();
        self.text.push_str(&String::from_utf8_lossy(&line));
    }

    fn writer(&self) -> Writer<Vec<u8>> {
        let terminator = if self.text.ends_with("\r\n") { Terminator::CRLF } else { Terminator::Any(b'\n') };
        let mut writer = WriterBuilder::new();
        writer.delimiter(self.separator).quote_style(QuoteStyle::Necessary).terminator(terminator);
        writer.from_writer(Vec::new())
    }

    /// The last line of a table need not have an end; one that is followed must.
    fn end(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{columns, read_whole},
        *,
    };
    use proptest::prelude::*;
    use tfplugin::Object;

    fn said(text: &str) -> BTreeMap<String, Value> {
        read_whole(text, &columns()).unwrap()
    }

    fn held(text: &str, change: impl FnOnce(&mut BTreeMap<String, Value>)) -> String {
        let (attributes, said) = (columns(), said(text));
        let mut now = said.clone();
        for client in now.values_mut() {
            set(client, "contract_name", "as the server says");
        }
        change(&mut now);
        Held { attributes: &attributes, said: &said, now: &now }.table(text)
    }

    fn set(client: &mut Value, name: &str, value: impl Into<Value>) {
        if let Value::Object(client) = client {
            client.set(name, value);
        }
    }

    const TEXT: &str = "\u{feff}Code;name; internet_mbps;tariff_plan\r\n\
                        a;\"A; and\nmore\";1 000 ;basic\r\n\
                        \r\n\
                        B;B;;basic";

    #[test]
    fn what_holds_stays_as_it_was_written() {
        assert_eq!(held(TEXT, |_| {}), TEXT);
    }

    #[test]
    fn a_line_that_does_not_hold_is_written_anew_and_the_others_are_not() {
        let change = |now: &mut BTreeMap<String, Value>| set(now.get_mut("b").unwrap(), "name", "B; \"b\"");
        let expected = TEXT.replace("B;B;;basic", "b;\"B; \"\"b\"\"\";;basic\r\n");
        assert_eq!(held(TEXT, change), expected);
    }

    #[test]
    fn what_is_gone_has_no_line_and_what_is_new_comes_last() {
        let change = |now: &mut BTreeMap<String, Value>| {
            let other = now.remove("a").unwrap();
            now.insert("c".to_owned(), other);
        };
        let text = held("code,name,tariff_plan\na,A,basic\nb,B,basic", change);
        assert_eq!(text, "code,name,tariff_plan\nb,B,basic\nc,A,basic\n");
    }

    #[test]
    fn what_has_no_column_gets_one() {
        let change =
            |now: &mut BTreeMap<String, Value>| set(now.get_mut("b").unwrap(), "deletion_protection", true);
        let text = held("code,name,tariff_plan\r\na,A,basic\r\nb,B,basic\r\n", change);
        let expected = "code,name,tariff_plan,deletion_protection\r\na,A,basic,\r\nb,B,basic,true\r\n";
        assert_eq!(text, expected);
    }

    proptest! {
        /// What is written is read as what holds.
        #[test]
        fn a_table_says_what_holds(
            names in proptest::collection::vec("[a-z;,\"|я]{1,6}( [a-z\n]{1,3})?[a-z]", 1..6),
            changed in proptest::collection::vec((0_usize..6, "[A-Z;,\"]{1,6}", any::<bool>(), 1_i64..1000), 0..6),
        ) {
            let mut writer = Writer::from_writer(Vec::new());
            writer.write_record(["name", "code", "tariff_plan"]).unwrap();
            for (number, name) in names.iter().enumerate() {
                writer.write_record([name.as_str(), &format!("c{number}"), "basic"]).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (attributes, said) = (columns(), said(&text));
            let mut now = said.clone();
            for (number, name, protected, speed) in changed {
                let client = now.entry(format!("c{number}")).or_insert_with(|| {
                    let mut client = Value::Object(Object::new().with("tariff_plan", "basic"));
                    cell::fill(&attributes, &mut client);
                    client
                });
                set(client, "name", name);
                set(client, "deletion_protection", protected);
                set(client, "internet_mbps", speed);
            }
            let held = Held { attributes: &attributes, said: &said, now: &now }.table(&text);
            prop_assert_eq!(self::said(&held), now, "{}", held);
        }
    }
}
