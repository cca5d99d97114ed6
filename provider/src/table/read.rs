//! A table: columns by their names, lines by their codes, and all that is wrong with it.

use super::cell::{self, shown};
use crate::adapter::validators::{nearest, validators};
use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use schemas::{code::Code, tf::Attribute};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};
use tfplugin::{Object, Value, schema::Validator};

/// The largest table, in bytes.
const MAX_BYTES: usize = 32 << 20;
/// The most lines of clients.
const MAX_LINES: usize = 100_000;
/// How many faults are told one by one.
const MAX_TOLD: usize = 50;

/// What is wrong with a table: one sentence for each fault.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    told: Vec<String>,
    more: usize,
}

impl Faults {
    fn one(text: impl Into<String>) -> Self {
        Self { told: vec![text.into()], more: 0 }
    }

    fn push(&mut self, text: String) {
        if self.told.len() < MAX_TOLD { self.told.push(text) } else { self.more += 1 }
    }

    fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.told.join("\n"))?;
        if self.more > 0 { write!(formatter, "\nand {} more", self.more) } else { Ok(()) }
    }
}

/// What a column holds.
enum Column<'a> {
    Code,
    Of(&'a Attribute, Vec<Arc<dyn Validator>>),
}

impl<'a> Column<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        Self::Of(attribute, validators(&attribute.field))
    }
}

/// How a table that was read without faults is written.
pub(super) struct Layout<'a> {
    /// What separates the columns.
    pub(super) delimiter: u8,
    /// The first line.
    pub(super) head: &'a str,
    /// The attribute of each column; none is the code's.
    pub(super) columns: Vec<Option<&'a str>>,
    /// The line of each client, with its end and what is empty after it.
    pub(super) lines: Vec<(String, &'a str)>,
}

impl<'a> Layout<'a> {
    /// The layout of a table.
    pub(super) fn of(text: &'a str, attributes: &'a [Attribute]) -> Self {
        let plain = text.trim_start_matches('\u{feff}');
        let mut reader = reader(plain);
        let found: Vec<(usize, StringRecord)> = reader
            .records()
            .map_while(Result::ok)
            .filter(|record| !is_empty(record))
            .map(|record| (start(plain, &record), record))
            .collect();
        let end = |index: usize| found.get(index + 1).map_or(plain.len(), |(start, _)| *start);
        let names: Vec<String> =
            found.first().map(|(_, head)| head.iter().map(str::to_lowercase).collect()).unwrap_or_default();
        let attribute =
            |name: &String| attributes.iter().find(|one| one.name == *name).map(|one| one.name.as_str());
        let columns: Vec<Option<&str>> = names.iter().map(attribute).collect();
        let code = columns.iter().position(Option::is_none).unwrap_or_default();
        let lines = found.iter().enumerate().skip(1).filter_map(|(index, (start, record))| {
            Some((record.get(code)?.to_lowercase(), plain.get(*start..end(index))?))
        });
        let head =
            text.get(..text.len() - plain.len() + found.get(1).map_or(plain.len(), |(start, _)| *start));
        Self { delimiter: delimiter(plain), head: head.unwrap_or(text), lines: lines.collect(), columns }
    }
}

/// Where a line begins: the reader counts empty lines before it to it.
fn start(text: &str, record: &StringRecord) -> usize {
    let from =
        record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let rest = text.get(from..).unwrap_or_default();
    from + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

fn is_empty(record: &StringRecord) -> bool {
    record.iter().all(str::is_empty)
}

fn reader(text: &str) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes())
}

/// The clients of a table by code.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn read(text: &str, attributes: &[Attribute]) -> Result<BTreeMap<String, Value>, Faults> {
    if text.len() > MAX_BYTES {
        return Err(Faults::one(format!("The table is longer than {} MiB.", MAX_BYTES >> 20)));
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = reader(text);
    let mut records = reader.records();
    let broken = |error: csv::Error| Faults::one(format!("The table cannot be read: {error}."));
    let Some(head) = records.next().transpose().map_err(broken)? else {
        return Err(Faults::one(
            "The table is empty. Its first line names the columns, `code` and `name` among them.",
        ));
    };
    let columns = columns(&head, attributes)?;
    let mut table = Table {
        attributes,
        columns,
        found: BTreeMap::new(),
        lines: HashMap::new(),
        faults: Faults::default(),
    };
    for record in records {
        let record = record.map_err(broken)?;
        if is_empty(&record) {
            continue;
        }
        if table.found.len() >= MAX_LINES {
            return Err(Faults::one(format!("The table has more than {MAX_LINES} clients.")));
        }
        table.line(&record);
    }
    if table.faults.is_empty() { Ok(table.found) } else { Err(table.faults) }
}

/// What separates the columns: whichever the first line has outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    for char in text.chars().take_while(|char| *char != '\n') {
        match char {
            '"' => quoted = !quoted,
            ';' if !quoted => return b';',
            _ => {}
        }
    }
    b','
}

fn columns<'a>(head: &StringRecord, attributes: &'a [Attribute]) -> Result<Vec<Column<'a>>, Faults> {
    let known: Vec<&str> =
        std::iter::once("code").chain(attributes.iter().map(|one| one.name.as_str())).collect();
    let (mut columns, mut seen, mut faults) = (Vec::new(), Vec::new(), Faults::default());
    for name in head.iter().map(str::to_lowercase) {
        let column = attributes.iter().find(|attribute| attribute.name == name).map(Column::of);
        match column.or((name == "code").then_some(Column::Code)) {
            Some(_) if seen.contains(&name) => faults.push(format!("Line 1: there are two columns {name}.")),
            Some(column) => columns.push(column),
            None => {
                let hint = nearest(&name, known.iter().copied());
                let hint = hint.map(|hint| format!(" (did you mean {hint}?)")).unwrap_or_default();
                let name = shown(&name);
                faults.push(format!(
                    "Line 1: \"{name}\" is no column{hint}; the columns are {}.",
                    known.join(", ")
                ));
            }
        }
        seen.push(name);
    }
    let required = attributes.iter().filter(|attribute| attribute.required);
    for name in std::iter::once("code").chain(required.map(|attribute| attribute.name.as_str())) {
        if !seen.iter().any(|found| found == name) {
            faults.push(format!("Line 1: the column {name} is missing."));
        }
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

/// A table that is being read.
struct Table<'a> {
    attributes: &'a [Attribute],
    columns: Vec<Column<'a>>,
    found: BTreeMap<String, Value>,
    /// On which line each code is.
    lines: HashMap<String, u64>,
    faults: Faults,
}

impl Table<'_> {
    fn line(&mut self, record: &StringRecord) {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != self.columns.len() {
            let (found, wanted) = (record.len(), self.columns.len());
            self.faults.push(format!("Line {line}: it has {found} cells where the first line has {wanted}."));
            return;
        }
        let mut values: Object =
            self.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null)).collect();
        let mut code = None;
        for (column, text) in self.columns.iter().zip(record) {
            match column {
                Column::Code => code = Some(text.to_lowercase()),
                Column::Of(attribute, checks) => match cell::value(&attribute.field, checks, text) {
                    Ok(Value::Null) if attribute.required => {
                        self.faults.push(format!("Line {line}: {} is empty.", attribute.name));
                    }
                    Ok(value) => values.set(&attribute.name, value),
                    Err(message) => self.faults.push(format!("Line {line}: {} {message}.", attribute.name)),
                },
            }
        }
        self.keep(line, code.unwrap_or_default(), values);
    }

    fn keep(&mut self, line: u64, code: String, values: Object) {
        if let Err(error) = code.parse::<Code>() {
            self.faults.push(format!("Line {line}: code: {error}."));
            return;
        }
        if let Some(first) = self.lines.get(&code) {
            self.faults.push(format!("Line {line}: the code {code} is on line {first} already."));
            return;
        }
        self.lines.insert(code.clone(), line);
        self.found.insert(code, Value::Object(values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of a client, of which only the name must be there.
    fn columns() -> Vec<Attribute> {
        let mut columns = crate::table::columns();
        columns.iter_mut().for_each(|column| column.required = column.name == "name");
        columns
    }

    fn read(text: &str) -> Result<BTreeMap<String, Value>, Vec<String>> {
        super::read(text, &columns())
            .map_err(|faults| faults.to_string().lines().map(str::to_owned).collect())
    }

    fn one(text: &str, code: &str) -> Object {
        read(text).unwrap()[code].as_object().unwrap().clone()
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        let text = "\u{feff}Code;Name;Tariff_Plan;internet_mbps;min_balance;payment_methods;deletion_protection\r\n\
                    ACME ;\"ООО \"\"Акме\"\"; первое\";basic; 1 000 ;−10 000,50;bank_transfer | yandex_kassa;Да\r\n\
                    ;;;;;;\r\n\
                    \"beta\";Beta;;;;;\r\n";
        let acme = one(text, "acme");
        assert_eq!(acme.str("name"), Some("ООО \"Акме\"; первое"));
        assert_eq!(acme.integer("internet_mbps"), Some(1000));
        assert_eq!(acme.number("min_balance").map(ToString::to_string).as_deref(), Some("-10000.5"));
        assert_eq!(acme.elements("payment_methods").map(<[Value]>::len), Some(2));
        assert_eq!((acme.bool("deletion_protection"), acme.get("lan_mbps")), (Some(true), &Value::Null));
        let beta = one(text, "beta");
        assert!(beta.get("tariff_plan").is_null() && beta.get("internet_mbps").is_null());
    }

    #[test]
    fn commas_separate_columns_too_and_the_last_line_needs_no_end() {
        let found = read("name,code\n\"A, B\",a\nC,c").unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(found["a"].as_object().unwrap().str("name"), Some("A, B"));
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = "code,name,internet_mbps,payment_model\n\
                    a,A,fast,prepay\n\
                    b,,0,postpay\n\
                    me,Me,1,later\n\
                    c,C,1\n\
                    d,D,1,prepay\n\
                    d,D again,1,prepay\n";
        let faults = read(text).unwrap_err();
        let starts = [
            "Line 2: internet_mbps",
            "Line 3: name is empty",
            "Line 3: internet_mbps",
            "Line 4: payment_model",
            "Line 4: code",
            "Line 5: it has 3 cells",
            "Line 7: the code d is on line 6 already",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:#?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn columns_are_checked() {
        let head = |line: &str| read(&format!("{line}\n")).unwrap_err();
        assert!(head("code,name,internet_mbp").concat().contains("did you mean internet_mbps?"));
        assert_eq!(head("code,name,name"), ["Line 1: there are two columns name."]);
        assert_eq!(head("color,code,name").len(), 1);
        assert!(head("name").contains(&"Line 1: the column code is missing.".to_owned()));
        assert_eq!(read("").unwrap_err().len(), 1);
    }

    #[test]
    fn the_number_of_faults_that_are_told_has_a_bound() {
        let lines: String = (0..200).map(|number| format!("c{number},\n")).collect();
        let faults = read(&format!("code,name\n{lines}")).unwrap_err();
        assert_eq!((faults.len(), faults.last().map(String::as_str)), (51, Some("and 150 more")));
    }

    #[test]
    fn ten_thousand_clients_are_read() {
        let lines: String = (0..10_000).map(|number| format!("c{number},Client {number},100\n")).collect();
        assert_eq!(read(&format!("code,name,internet_mbps\n{lines}")).unwrap().len(), 10_000);
    }
}
