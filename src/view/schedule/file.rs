//! Schedules as TOML: `[[cron]]` tables that `cron sync` reads back unchanged.
//!
//! Not written by the toml crate, because the text may go to a terminal: characters that a terminal could act
//! on are written as TOML escapes. That crate escapes none beyond ASCII, and its literal strings take none.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::view::text;

/// One table for each schedule, with an empty line between them.
pub(crate) fn tables<T: Serialize>(schedules: &[T]) -> String {
    schedules.iter().map(table).collect::<Vec<_>>().join("\n")
}

fn table<T: Serialize>(schedule: &T) -> String {
    let mut out = "[[cron]]\n".to_owned();
    if let Ok(Value::Object(keys)) = serde_json::to_value(schedule) {
        for (key, value) in keys {
            // The keys of a schedule need no quotes. Writing to a string cannot fail.
            writeln!(out, "{key} = {}", written(&value)).ok();
        }
    }
    out
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(written).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(keys) => {
            let pairs = keys.iter().map(|(key, value)| {
                // TOML quotes keys like strings.
                format!("{} = {}", string(key), written(value))
            });
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        // Not reached: absent values are left out.
        Value::Null => string(""),
    }
}

/// A literal string where nothing needs an escape: JSON stays readable in it.
fn string(text: &str) -> String {
    let plain = text.chars().all(text::printable);
    if plain && !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    if plain && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if text::printable(c) => out.push(c),
            c if u32::from(c) <= 0xffff => write!(out, "\\u{:04x}", u32::from(c)).unwrap_or(()),
            c => write!(out, "\\U{:08x}", u32::from(c)).unwrap_or(()),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schedule::form::Form;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct File {
        cron: Vec<Form>,
    }

    #[test]
    fn what_is_written_is_read_back() {
        let nasty = "a\u{1b}[2J\r\n\t\0\u{7f}\u{9b}\u{202e}\u{e0041}'\"\\é日本\u{1f600}'''\"\"\"";
        let forms = vec![
            Form {
                name: Some("nightly".to_owned()),
                spec: "0 3 * * *".to_owned(),
                kind: "report:build".to_owned(),
                payload: Some(Value::from(r#"{"n": 1, "q": "'"}"#)),
                max_retry: Some(0),
                paused: Some(true),
                headers: BTreeMap::from([
                    ("a b.c".to_owned(), nasty.to_owned()),
                    (String::new(), String::new()),
                ]),
                catch_up: Some("all:5".to_owned()),
                ..Form::default()
            },
            Form {
                name: Some("n\u{202e}".to_owned()),
                spec: "@every 1s".to_owned(),
                kind: "t".to_owned(),
                payload: Some(Value::from(nasty)),
                note: Some("two\nlines".to_owned()),
                ..Form::default()
            },
        ];
        let written = tables(&forms);
        let harmless = |c: char| c == '\n' || text::printable(c);
        assert!(written.chars().all(harmless), "{written:?}");
        let read: File = toml::from_str(&written).unwrap();
        assert_eq!(read.cron, forms);
    }

    #[test]
    fn json_stays_readable() {
        let form = Form {
            spec: "@daily".to_owned(),
            kind: "t".to_owned(),
            payload: Some(Value::from(r#"{"n":1}"#)),
            ..Form::default()
        };
        assert_eq!(
            tables(&[form.clone(), form]),
            "[[cron]]\nspec = \"@daily\"\ntype = \"t\"\npayload = '{\"n\":1}'\n\
             \n[[cron]]\nspec = \"@daily\"\ntype = \"t\"\npayload = '{\"n\":1}'\n"
        );
    }
}
