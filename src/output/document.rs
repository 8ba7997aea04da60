//! Documents as text: JSON, JSON on one line, and CSV.
//!
//! CSV is made from the JSON rather than from cells, so that scripts get exact values.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter as _, PrettyFormatter};
use serde_json::value::RawValue;

use crate::document::json::Members;

/// The document as JSON text.
pub(super) fn raw_value<T: Serialize>(document: &T) -> io::Result<Box<RawValue>> {
    Ok(serde_json::value::to_raw_value(document)?)
}

/// The document on one line.
pub(super) fn line<T: Serialize>(document: &T) -> io::Result<String> {
    Ok(serde_json::to_string(document)?)
}

/// The document as indented JSON; `nested` indents it as an element of an array. Payloads keep their exact text.
pub(super) fn pretty<T: Serialize>(document: &T, nested: bool) -> io::Result<String> {
    let mut formatter = PrettyFormatter::new();
    if nested {
        // The formatter indents by the number of arrays it has begun.
        formatter.begin_array(&mut io::sink())?;
    }
    let mut out = Vec::new();
    document.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// A row of CSV, quoted as RFC 4180 says; it ends with `\n`, as Unix tools expect.
pub(super) fn csv_line<'a>(values: impl IntoIterator<Item = Cow<'a, str>>) -> String {
    let mut line = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        if value.contains([',', '"', '\n', '\r']) || value.trim().len() != value.len() {
            line.push('"');
            line += &value.replace('"', "\"\"");
            line.push('"');
        } else {
            line += &value;
        }
    }
    line.push('\n');
    line
}

/// The values of a document in the order of `keys`: strings as they are, an empty field for null, otherwise JSON.
pub(super) fn values(document: &RawValue, keys: &[&str]) -> io::Result<Vec<String>> {
    let Members(fields) = serde_json::from_str::<Members>(document.get())?;
    let value = |key: &&str| -> io::Result<String> {
        let field = fields.iter().find(|(name, _)| name == *key);
        match field.map_or("null", |(_, raw)| raw.get()) {
            "null" => Ok(String::new()),
            text if text.starts_with('"') => Ok(serde_json::from_str(text)
                // A string with half a surrogate pair is JSON but not Unicode.
                .unwrap_or_else(|_| text.to_owned())),
            json => Ok(json.to_owned()),
        }
    };
    keys.iter().map(value).collect()
}

/// The rows of CSV: the elements of `list` in the document, those of the document if it is an array, or the document itself.
pub(super) fn records(document: &RawValue, list: Option<&str>) -> io::Result<Vec<Box<RawValue>>> {
    if document.get().starts_with('[') {
        return Ok(serde_json::from_str(document.get())?);
    }
    let Some(list) = list else {
        return Ok(vec![document.to_owned()]);
    };
    let Members(fields) = serde_json::from_str::<Members>(document.get())?;
    match fields.iter().find(|(name, _)| name == list) {
        Some((_, raw)) => Ok(serde_json::from_str(raw.get())?),
        None => Ok(Vec::new()),
    }
}

/// The keys of a document, in order.
pub(super) fn keys(document: &RawValue) -> io::Result<Vec<String>> {
    let Members(fields) = serde_json::from_str::<Members>(document.get())?;
    Ok(fields.into_iter().map(|(name, _)| name).collect())
}
