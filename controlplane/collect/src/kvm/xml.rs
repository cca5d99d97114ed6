//! XML as daemons give it, within limits: whoever may write metadata into a machine's description must not take our
//! memory or time with it.

use roxmltree::{Document, Node, ParsingOptions};

/// The most bytes that are read, several times a machine with every device that it can have.
const MAX_BYTES: usize = 1 << 20;
/// The most elements and texts.
const MAX_NODES: u32 = 100_000;
/// The most attributes of one element: the parser compares each with all others.
const MAX_ATTRIBUTES: usize = 1000;
/// The most namespaces that are declared: the parser copies those in force into each element that declares another.
const MAX_NAMESPACES: usize = 256;

/// Reads XML; the error is what people are told of it, after what it is.
pub(super) fn document(xml: &str) -> Result<Document<'_>, String> {
    let more_than = |limit: usize, what: &str| Err(format!("has more than {limit} {what}"));
    if xml.len() > MAX_BYTES {
        return more_than(MAX_BYTES, "bytes");
    }
    if xml.matches("xmlns").count() > MAX_NAMESPACES {
        return more_than(MAX_NAMESPACES, "namespaces");
    }
    if xml.split('<').any(|tag| attributes(tag) > MAX_ATTRIBUTES) {
        return more_than(MAX_ATTRIBUTES, "attributes in one element");
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).map_err(|error| format!("is not XML: {error}"))
}

/// How many attributes there are in what follows a `<`, up to its `>`. A `>` in a value ends nothing.
fn attributes(tag: &str) -> usize {
    let (mut quote, mut count) = (None, 0);
    for byte in tag.bytes() {
        match (quote, byte) {
            (None, b'>') => break,
            (None, b'=') => count += 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    count
}

/// The first child element of this name, in whichever namespace.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text of an element, without the layout around it.
pub(super) fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fmt::Write, time::Instant};

    /// Texts of some 100 KB, each made of one thing many times.
    fn crowded(one: impl Fn(usize) -> String, head: &str, tail: &str) -> String {
        let mut xml = head.to_owned();
        for number in 0..5000 {
            let _ = write!(xml, "{}", one(number));
        }
        xml + tail
    }

    #[test]
    fn a_crowd_in_metadata_is_refused_before_it_costs_anything() {
        let begun = Instant::now();
        let namespaces = crowded(|number| format!(" xmlns:n{number}='{number}'"), "<a", ">");
        let heirs = crowded(|number| format!("<b xmlns:m{number}='1'/>"), "", "</a>");
        let cases = [
            (crowded(|number| format!(" a{number}='>'"), "<a", "/>"), "more than 1000 attributes"),
            (namespaces + &heirs, "more than 256 namespaces"),
            (crowded(|_| "<b/>".repeat(21), "<a>", "</a>"), "nodes limit reached"),
            (" ".repeat(MAX_BYTES + 1), "more than 1048576 bytes"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".to_owned(), "DTD"),
        ];
        for (xml, said) in cases {
            let refused = document(&xml).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
        let most = crowded(|number| format!("<b{number} a='<'/>").replace('<', "&lt;"), "<a>", "</a>");
        assert!(document(&most).is_ok());
    }

    #[test]
    fn attributes_are_those_of_the_tag() {
        for (tag, count) in [("a b='1' c=\"=>='\">=", 2), ("/a> x = y", 0), ("a b='", 1), ("!-- a=b=c", 2)] {
            assert_eq!(attributes(tag), count, "{tag}");
        }
    }
}
