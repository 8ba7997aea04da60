//! Reformats JSON as text, without parsing numbers, so that every digit survives.
//!
//! The input must be valid JSON. Nothing here recurses, so nesting may be of any depth.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The deepest level that is indented further; without a limit, deep nesting would grow quadratically.
const DEEPEST_INDENT: usize = 32;

/// A character of JSON text, and whether it is part of a string.
fn marked(json: &str) -> impl Iterator<Item = (char, bool)> {
    let mut inside = false;
    let mut escaped = false;
    json.chars().map(move |c| {
        let was_inside = inside;
        if inside {
            inside = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else {
            inside = c == '"';
        }
        (c, was_inside || inside)
    })
}

/// The same document without white space between tokens.
pub(crate) fn compact(json: &str) -> String {
    marked(json)
        .filter(|&(c, in_string)| in_string || !c.is_ascii_whitespace())
        .map(|(c, _)| c)
        .collect()
}

/// The same document, indented by two spaces per level.
pub(crate) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut opened = false;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST_INDENT)));
    };
    for (c, in_string) in marked(json) {
        if !in_string && c.is_ascii_whitespace() {
            continue;
        }
        let closes = !in_string && matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        // An empty object or array stays on one line.
        if opened != closes {
            line(&mut out, depth);
        }
        opened = false;
        out.push(c);
        match c {
            '{' | '[' if !in_string => {
                depth += 1;
                opened = true;
            }
            ',' if !in_string => line(&mut out, depth),
            ':' if !in_string => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Whether an escape is half a surrogate pair: valid by the grammar of JSON, but not Unicode, so that many parsers refuse
/// the whole document.
pub(crate) fn has_half_pair(json: &str) -> bool {
    let mut rest = json;
    let mut open = false;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at + 1..];
        let unit = escape.strip_prefix('u').and_then(|hex| hex.get(..4));
        let unit = unit.and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let low = matches!(unit, Some(0xdc00..=0xdfff));
        if low != (open && at == 0) || (open && !low) {
            return true;
        }
        open = matches!(unit, Some(0xd800..=0xdbff));
        // In valid JSON an escape is ASCII.
        rest = escape
            .get(if unit.is_some() { 5 } else { 1 }..)
            .unwrap_or_default();
    }
    open
}

/// The maximum depth of arrays and objects.
pub(crate) fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// An object whose values are kept as text.
pub(crate) struct Members<T = Box<RawValue>>(pub Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Pairs(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_pairs_are_told_from_whole_ones() {
        for half in [
            r#""\ud800""#,
            r#""\uDC00""#,
            r#""\ud800x\udc00""#,
            r#""\ud800\n\udc00""#,
            r#""\ud800\ud800\udc00""#,
            r#""\ud83d\ude00\ude00""#,
        ] {
            assert!(has_half_pair(half), "{half}");
        }
        for whole in [
            r#""\ud83d\ude00\uD83D\uDE00""#,
            r#""\\ud800""#,
            r#""\u00e9 \" \ue000""#,
            r#"{"a":"\n"}"#,
            "7",
        ] {
            assert!(!has_half_pair(whole), "{whole}");
        }
    }

    #[test]
    fn compacts_outside_strings_only() {
        assert_eq!(
            compact("{ \"a b\" :\n[ 1.0 , \"x \\\" , y\\\\\" ] }"),
            r#"{"a b":[1.0,"x \" , y\\"]}"#
        );
    }

    #[test]
    fn pretty_keeps_every_digit() {
        assert_eq!(
            pretty(r#"{"n":12345678901234567890123,"e":{},"l":[ ],"a":[1.0,{"s":"{,}"}]}"#),
            concat!(
                "{\n  \"n\": 12345678901234567890123,\n  \"e\": {},\n  \"l\": [],\n  \"a\": [\n",
                "    1.0,\n    {\n      \"s\": \"{,}\"\n    }\n  ]\n}"
            )
        );
        assert_eq!(pretty("7"), "7");
        assert_eq!(pretty("[]"), "[]");
        assert_eq!(pretty(&pretty("[[1],2]")), pretty("[[1],2]"));
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(compact(&pretty(&deep)), deep);
    }
}
