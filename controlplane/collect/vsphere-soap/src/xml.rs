//! XML as a tree, within limits.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// How much of XML is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a document.
    pub bytes: usize,
    /// The most elements in it.
    pub elements: usize,
    /// The most elements within each other.
    pub depth: usize,
    /// How many of those are kept: what is deeper is checked and counted, and forgotten.
    pub kept: usize,
}

impl Default for Limits {
    /// 64 MiB, 2 million elements, 64 within each other: several times what 10,000 machines are told in.
    fn default() -> Self {
        Self { bytes: 64 << 20, elements: 2_000_000, depth: 64, kept: 64 }
    }
}

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It is more than is read.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// Bytes, elements, elements within each other, or whatever else is counted.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// It is not well-formed XML without a document type.
    #[error("at byte {at}: {reason}")]
    Syntax {
        /// Where.
        at: u64,
        /// What is wrong there.
        reason: String,
    },
    /// Something that must be there is not, or is not what it must be.
    #[error("{0}")]
    Content(String),
}

/// An element, with names without their prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: Box<str>,
    /// The type of its value: `xsi:type`.
    pub kind: Option<Box<str>>,
    /// The type of the managed object that it refers to: `type`.
    pub object: Option<Box<str>>,
    /// The text directly in it.
    pub text: String,
    /// The elements directly in it.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of a name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// The children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    /// The text of the first child of a name; none where there is no such child.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The child of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn needed(&self, name: &str) -> Result<&Element, Malformed> {
        self.child(name).ok_or_else(|| Malformed::Content(format!("<{}> has no <{name}>", self.name)))
    }
}

/// Reads a document: its root element.
///
/// # Errors
/// When it is not well-formed, has a document type, or is more than `limits` allow.
pub fn parse(text: &str, limits: Limits) -> Result<Element, Malformed> {
    let too_much = |what, limit| Err(Malformed::TooMuch { what, limit });
    if text.len() > limits.bytes {
        return too_much("bytes", limits.bytes);
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    // The first is not of the document: it takes the root in.
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let at = reader.buffer_position();
        let syntax = |reason: String| Malformed::Syntax { at, reason };
        let event = reader.read_event().map_err(|error| syntax(error.to_string()))?;
        let Some(current) = open.last_mut() else { return Err(syntax("an end too many".into())) };
        match event {
            Event::Start(_) | Event::Empty(_) if elements == limits.elements => {
                return too_much("elements", limits.elements);
            }
            Event::Start(start) => {
                elements += 1;
                if open.len() > limits.depth {
                    return too_much("elements within each other", limits.depth);
                }
                open.push(begun(&start).map_err(syntax)?);
            }
            Event::Empty(start) => {
                elements += 1;
                let empty = begun(&start).map_err(syntax)?;
                if open.len() <= limits.kept
                    && let Some(current) = open.last_mut()
                {
                    current.children.push(empty);
                }
            }
            Event::End(_) => close(&mut open, limits.kept).ok_or_else(|| syntax("an end too many".into()))?,
            Event::Text(words) => current.text.push_str(&words),
            Event::CData(words) => current.text.push_str(&words),
            Event::GeneralRef(reference) => {
                let known = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(|error| syntax(error.to_string()))?,
                };
                current
                    .text
                    .push(known.ok_or_else(|| syntax(format!("an unknown entity &{};", &*reference)))?);
            }
            Event::DocType(_) => return Err(syntax("a document type, which SOAP has not".into())),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut outside), true) if outside.children.len() == 1 => {
            outside.children.pop().ok_or_else(|| Malformed::Content("no element".into()))
        }
        (Some(_), true) => Err(Malformed::Content("not one element that holds all others".into())),
        _ => Err(Malformed::Content("the end is missing".into())),
    }
}

/// Ends the innermost element. The first in `open` is no element of the document.
fn close(open: &mut Vec<Element>, kept: usize) -> Option<()> {
    if open.len() < 2 {
        return None;
    }
    let mut closed = open.pop()?;
    if !closed.children.is_empty() {
        // Between elements there is nothing but layout.
        closed.text = String::new();
    }
    if open.len() <= kept {
        open.last_mut()?.children.push(closed);
    }
    Some(())
}

fn begun(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: local(start.name().as_ref()).into(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key: &str = attribute.key.as_ref();
        let slot = match key {
            "type" => &mut element.object,
            _ if key.ends_with(":type") => &mut element.kind,
            _ => continue,
        };
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        *slot = Some(local(&value).into());
    }
    Ok(element)
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, Malformed> {
        parse(text, Limits { bytes: 1000, elements: 20, depth: 4, kept: 4 })
    }

    #[test]
    fn names_types_and_texts_are_read() {
        let text = r#"<?xml version="1.0"?><a:x xmlns:a="u"><val type="HostSystem" xsi:type="vim:ManagedObjectReference">h-1</val>
            <e/><t>a&lt;b &amp; &#1103;<![CDATA[<c>]]></t></a:x>"#;
        let root = read(text).unwrap();
        assert_eq!((&*root.name, root.text.as_str()), ("x", ""));
        let value = root.needed("val").unwrap();
        assert_eq!(
            (value.object.as_deref(), value.kind.as_deref()),
            (Some("HostSystem"), Some("ManagedObjectReference"))
        );
        assert_eq!(root.text_of("t"), Some("a<b & я<c>"));
        assert_eq!(root.text_of("e"), Some(""));
        assert!(root.needed("none").is_err());
    }

    #[test]
    fn what_is_too_deep_to_be_kept_is_checked_all_the_same() {
        let shallow = |text| parse(text, Limits { kept: 2, ..Limits::default() });
        let root = shallow("<a><b>1<c>2</c><d/></b><e/></a>").unwrap();
        assert_eq!((root.children.len(), root.children[0].children.len()), (2, 0));
        assert!(shallow("<a><b><c></d></b></a>").is_err());
    }

    #[test]
    fn what_is_too_much_or_not_well_formed_is_refused() {
        assert_eq!(read("<a><b><c><d/></c></b></a>").unwrap().children.len(), 1);
        assert!(matches!(
            read("<a><b><c><d><e></e></d></c></b></a>"),
            Err(Malformed::TooMuch { limit: 4, .. })
        ));
        assert!(matches!(
            read(&format!("<a>{}</a>", "<b/>".repeat(20))),
            Err(Malformed::TooMuch { limit: 20, .. })
        ));
        assert!(matches!(read(&" ".repeat(1001)), Err(Malformed::TooMuch { limit: 1000, .. })));
        for bad in [
            "",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&bomb;</a>",
            "<a b='1' b='2'/>",
            "<!DOCTYPE a><a/>",
            "<a>&#xD800;</a>",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
