//! Terraform's language: values and blocks, laid out as `terraform fmt` lays them out.

use schemas::tf::{Attribute, Field, Type};
use serde_json::Value;
use std::fmt::Write;

/// The widest list that stands on one line, in characters.
const WIDTH: usize = 100;

/// An attribute of a block, with its value as it is written.
pub(super) type Written = (String, String);

/// A text as a quoted one, with everything that has a meaning in templates escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // Doubled before a brace; a run of them would be read otherwise, so there it goes by its number.
            '$' | '%' if characters.peek() == Some(&'{') && before != character => {
                quoted.extend([character, character]);
            }
            '$' | '%' if characters.peek() == Some(&'{') || characters.peek() == Some(&character) => {
                write_escape(&mut quoted, character);
            }
            control if control.is_control() => write_escape(&mut quoted, control),
            plain => quoted.push(plain),
        }
        before = character;
    }
    quoted.push('"');
    quoted
}

fn write_escape(text: &mut String, character: char) {
    // Writing to a string does not fail.
    let _ = write!(text, "\\u{:04x}", u32::from(character));
}

/// A value of a type, on one line; none for null, and for the members of objects that are at their defaults.
pub(super) fn inline(value: &Value, field: &Field) -> Option<String> {
    match (&field.kind, value) {
        (_, Value::Null) => None,
        (Type::Number, Value::String(number)) => Some(number.clone()),
        (Type::String, Value::String(text)) => Some(quoted(text)),
        (Type::List(element) | Type::Set(element), Value::Array(items)) => {
            let items = items.iter().filter_map(|item| inline(item, element));
            Some(format!("[{}]", items.collect::<Vec<_>>().join(", ")))
        }
        (Type::Map(element, _), Value::Object(entries)) => {
            let entries =
                entries.iter().filter_map(|(key, value)| Some((name(key), inline(value, element)?)));
            Some(braced(entries))
        }
        (Type::Object(attributes), Value::Object(_)) => {
            let members = attributes.iter().filter_map(|attribute| {
                let value = value.pointer(&attribute.path)?;
                let written = inline(value, &attribute.field).filter(|_| !is_default(attribute, value))?;
                Some((attribute.name.clone(), written))
            });
            Some(braced(members))
        }
        (_, other) => Some(other.to_string()),
    }
}

/// Whether an attribute is what it is without being written: a nested one, where each of its own is.
pub(super) fn is_default(attribute: &Attribute, value: &Value) -> bool {
    if let (Type::Object(attributes), Value::Object(_)) = (&attribute.field.kind, value) {
        let own = |one: &Attribute| value.pointer(&one.path).is_some_and(|value| is_default(one, value));
        return attributes.iter().all(own);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    attribute.default.as_ref().is_some_and(|default| text(default) == text(value))
}

fn braced(entries: impl Iterator<Item = Written>) -> String {
    let entries: Vec<String> = entries.map(|(name, value)| format!("{name} = {value}")).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

/// The value of an attribute of a block: a map with a line for each key, a long list with one for each element.
pub(super) fn laid_out(value: &Value, field: &Field) -> Option<String> {
    match (&field.kind, value) {
        (Type::Map(element, _), Value::Object(entries)) if !entries.is_empty() => {
            let entries: Vec<Written> = entries
                .iter()
                .filter_map(|(key, value)| Some((name(key), inline(value, element)?)))
                .collect();
            Some(format!("{{\n{}  }}", aligned(&entries, "    ")))
        }
        (Type::List(element) | Type::Set(element), Value::Array(items)) => {
            Some(list(&items.iter().filter_map(|item| inline(item, element)).collect::<Vec<_>>()))
        }
        _ => inline(value, field),
    }
}

/// A list of written values.
pub(super) fn list(items: &[String]) -> String {
    let line = format!("[{}]", items.join(", "));
    if line.chars().count() <= WIDTH {
        return line;
    }
    let lines: String = items.iter().map(|item| format!("    {item},\n")).collect();
    format!("[\n{lines}  ]")
}

/// A key of an object: bare where that is a name.
fn name(key: &str) -> String {
    let mut characters = key.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if begins && characters.all(|other| other.is_ascii_alphanumeric() || other == '_') {
        return key.to_owned();
    }
    quoted(key)
}

/// A block: what stands on one line first, with the signs below each other, and what takes several lines after it.
pub(super) fn block(header: &str, comments: &[String], attributes: &[Written]) -> String {
    let (long, short): (Vec<Written>, Vec<Written>) =
        attributes.iter().cloned().partition(|(_, value)| value.contains('\n'));
    let mut text = format!("{header} {{\n{}", aligned(&short, "  "));
    for (name, value) in long {
        let _ = write!(text, "\n  {name} = {value}\n");
    }
    for (index, comment) in comments.iter().enumerate() {
        let _ = writeln!(text, "{}  # {comment}", if index == 0 { "\n" } else { "" });
    }
    text.push_str("}\n");
    text
}

fn aligned(attributes: &[Written], indent: &str) -> String {
    let width = attributes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    attributes.iter().map(|(name, value)| format!("{indent}{name:<width$} = {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{block, quoted};
    use proptest::prelude::*;

    /// Reads a quoted text as HCL's scanner does: two signs and a brace are one sign and a brace, and a sign and a brace
    /// alone begin a template, which there must be none of.
    fn read(quoted: &str) -> Option<String> {
        let inner: Vec<char> = quoted.strip_prefix('"')?.strip_suffix('"')?.chars().collect();
        let (mut text, mut at) = (String::new(), 0);
        while let Some(&character) = inner.get(at) {
            let next = inner.get(at + 1).copied();
            match character {
                '"' | '\n' | '\r' => return None,
                '\\' => {
                    at += 1;
                    match next? {
                        'n' => text.push('\n'),
                        'r' => text.push('\r'),
                        't' => text.push('\t'),
                        'u' => {
                            let digits: String = inner.get(at + 1..at + 5)?.iter().collect();
                            text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                            at += 4;
                        }
                        other @ ('"' | '\\') => text.push(other),
                        _ => return None,
                    }
                }
                '$' | '%' if next == Some(character) => {
                    // The scanner takes two signs together, whatever they are followed by.
                    if inner.get(at + 2) != Some(&'{') {
                        return None;
                    }
                    text.extend([character, '{']);
                    at += 2;
                }
                '$' | '%' if next == Some('{') => return None,
                plain => text.push(plain),
            }
            at += 1;
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_read_as_it_was(text in "[a-zЁ猫\"\\\\${}%\n\r\t\u{1}\u{7f} ]{0,24}") {
            let written = quoted(&text);
            prop_assert_eq!(read(&written), Some(text), "{}", written);
        }
    }

    #[test]
    fn templates_and_quotes_are_escaped() {
        assert_eq!(quoted("a \"b\" ${c} %{d} $e 5% \\ \n"), r#""a \"b\" $${c} %%{d} $e 5% \\ \n""#);
    }

    #[test]
    fn signs_stand_below_each_other_and_long_values_apart() {
        let attributes = [("code", "\"a\""), ("tariff_plan", "\"b\""), ("services", "{\n  }")];
        let attributes: Vec<_> = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let expected = "resource {\n  code        = \"a\"\n  tariff_plan = \"b\"\n\n  services = {\n  }\n}\n";
        assert_eq!(block("resource", &[], &attributes), expected);
    }
}
