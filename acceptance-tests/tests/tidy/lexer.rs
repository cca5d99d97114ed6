//! Rust text with what is not code blanked, so that a search finds code alone, at its own line.

/// What is blanked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    Literal,
}

/// The code alone: comments, strings and characters are spaces.
pub(crate) fn code(text: &str) -> String {
    blanked(text, &[Kind::Comment, Kind::Literal])
}

/// The code with its strings: comments are spaces.
pub(crate) fn without_comments(text: &str) -> String {
    blanked(text, &[Kind::Comment])
}

/// The lines, from 1, on which a word stands: not as a part of a longer one.
pub(crate) fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let is_part = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let stands = |at: usize| {
        let goes_on_before = is_part(word.chars().next()) && is_part(text[..at].chars().next_back());
        let goes_on_after =
            is_part(word.chars().next_back()) && is_part(text[at + word.len()..].chars().next());
        !goes_on_before && !goes_on_after
    };
    let found = text.match_indices(word).filter(|(at, _)| stands(*at));
    found.map(|(at, _)| line_of(text, at)).collect()
}

/// The line, from 1, of a place in a text.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The functions of a file: the line that each begins on, its name, and how many lines of its body hold code.
pub(crate) fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let code = code(text);
    let with_strings = without_comments(text);
    let starts = code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(is_identifier));
    let function = |(at, _): (usize, &str)| {
        let name: String = code[at + 3..].chars().take_while(|c| is_identifier(*c)).collect();
        let (open, close) = body(&code, at)?;
        let lines = with_strings[open + 1..close].lines().filter(|line| !line.trim().is_empty()).count();
        Some((line_of(&code, at), name, lines))
    };
    starts.filter_map(function).collect()
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where the body of the function that begins at `at` opens and closes; none where it has no body.
fn body(code: &str, at: usize) -> Option<(usize, usize)> {
    let mut inside = 0_usize;
    let mut open = None;
    for (index, character) in code.char_indices().skip_while(|(index, _)| *index < at) {
        match character {
            ';' if inside == 0 => return None,
            '{' if inside == 0 && open.is_none() => {
                open = Some(index);
                inside += 1;
            }
            '(' | '[' | '{' => inside += 1,
            ')' | ']' | '}' => {
                inside = inside.checked_sub(1)?;
                if let (0, Some(open)) = (inside, open) {
                    return Some((open, index));
                }
            }
            _ => {}
        }
    }
    None
}

fn blanked(text: &str, kinds: &[Kind]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < text.len() {
        let Some((kind, length)) = not_code(text.as_bytes(), at) else {
            at += 1;
            continue;
        };
        let end = (at + length).min(text.len());
        if kinds.contains(&kind) {
            bytes[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8(bytes).unwrap()
}

/// What begins at `at` that is not code, and how long it is.
fn not_code(bytes: &[u8], at: usize) -> Option<(Kind, usize)> {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        return Some((Kind::Comment, length));
    }
    if rest.starts_with(b"/*") {
        return Some((Kind::Comment, block_comment(rest)));
    }
    let follows_name = at > 0 && is_identifier(char::from(bytes[at - 1]));
    let length = match rest[0] {
        b'r' if !follows_name => raw_string(rest)?,
        b'"' => string(rest),
        b'\'' => character(rest)?,
        _ => return None,
    };
    Some((Kind::Literal, length))
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let end: Vec<u8> = [b'"'].into_iter().chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = 2 + hashes;
    let close = rest[body..].windows(end.len()).position(|window| window == end);
    Some(close.map_or(rest.len(), |close| body + close + end.len()))
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character between quotes; a lifetime is none.
fn character(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        let close = rest[3..].iter().position(|byte| *byte == b'\'')?;
        return Some(close + 4);
    }
    let width = std::str::from_utf8(&rest[1..rest.len().min(5)])
        .map_or_else(|error| error.valid_up_to(), str::len)
        .min(4);
    let first = std::str::from_utf8(&rest[1..=width]).ok()?.chars().next()?;
    let end = 1 + first.len_utf8();
    (first != '\'' && rest.get(end) == Some(&b'\'')).then_some(end + 1)
}

#[test]
fn only_code_is_left() {
    let text = "let a = \"f64 \\\" {\"; // f64\nlet b: &'a str = r#\"f64 \" {\"#; /* f64 /* { */ */ let c = '{'; 'ф'";
    let left = code(text);
    assert!(lines_with(&left, "f64").is_empty() && !left.contains('{'));
    assert!(left.contains("let b: &'a str =") && left.contains("let c ="));
    assert_eq!(lines_with(&without_comments(text), "f64"), [1, 2]);
    assert_eq!(lines_with("f64s\nf64", "f64"), [2]);
}

#[test]
fn functions_are_measured_by_their_code() {
    let text =
        "fn a(x: [u8; 2]) -> u8 {\n    // words\n\n    let y = \"}\";\n    { 1 }\n}\ntrait T { fn b(); }\n";
    assert_eq!(functions(text), [(1, "a".to_owned(), 2)]);
}
