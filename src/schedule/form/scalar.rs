//! Unquoted words in files: numbers, true and false, dates.
//!
//! Parsers pass on their values and lose their text, so none of them can be a payload.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use toml_datetime::Datetime;

use super::mistake::Mistake;

/// 2^53: a float of this size or more may differ from the number that was written.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// A payload that is not a string, as JSON. Dates in it become strings.
pub(super) fn json(payload: &Value) -> Result<Value, Mistake> {
    let kind = match payload {
        Value::Bool(_) => Some("true or false"),
        Value::Number(_) => Some("a number"),
        Value::Object(_) if date(payload).is_some() => Some("a date"),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match kind {
        None => part(payload),
        Some(kind) => Err(Mistake::new(
            format!("payload is {kind}, and how it was written would be lost"),
            "quote it",
        )),
    }
}

fn part(value: &Value) -> Result<Value, Mistake> {
    Ok(match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            if number.as_f64().is_none_or(|number| number.abs() >= INEXACT) {
                return Err(Mistake::new(
                    "payload has a number too large to be kept exactly",
                    "quote the number, or write the whole payload as a string",
                ));
            }
            value.clone()
        }
        Value::Array(values) => values.iter().map(part).collect::<Result<_, _>>()?,
        Value::Object(keys) => {
            if let Some(text) = date(value) {
                return Ok(Value::String(text));
            }
            let part = |(key, value): (&String, _)| Ok((key.clone(), part(value)?));
            Value::Object(keys.iter().map(part).collect::<Result<_, Mistake>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    })
}

/// The TOML parser represents a date as a table that only `Datetime` can read.
fn date(value: &Value) -> Option<String> {
    let date = Datetime::deserialize(value).ok()?;
    Some(date.to_string())
}

/// A time, quoted or as a date of TOML.
pub(super) fn time<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    let time = Option::<Time>::deserialize(reader)?;
    Ok(time.map(|time| time.0))
}

struct Time(String);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_string(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
        Ok(Time(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Time, A::Error> {
        let date = Datetime::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::custom("a table is not a time"))?;
        Ok(Time(date.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Form;
    use super::*;

    fn form(toml: &str) -> Form {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn a_date_of_toml_is_a_time() {
        let form = form(
            "start = 2026-01-01T00:00:00Z\nend = 2027-01-01 00:00:00+01:00\ndeadline = \"tomorrow 09:00\"",
        );
        assert_eq!(form.start.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(form.end.as_deref(), Some("2027-01-01T00:00:00+01:00"));
        assert_eq!(form.deadline.as_deref(), Some("tomorrow 09:00"));
        for (toml, said) in [("start = 1", "a time"), ("start = {a = 1}", "not a time")] {
            let error = toml::from_str::<Form>(toml).unwrap_err();
            assert!(error.message().contains(said), "{error}");
        }
    }

    #[test]
    fn dates_in_a_payload_are_text_and_numbers_stay() {
        let payload = |toml: &str| json(&form(toml).payload.unwrap());
        assert_eq!(
            payload("payload = {a = [2026-01-01, {b = 07:30:00}], n = [1, -2.5, true]}"),
            Ok(json!({"a": ["2026-01-01", {"b": "07:30:00"}], "n": [1, -2.5, true]}))
        );
        for (toml, what) in [
            ("payload = 2026-01-01T00:00:00Z", "a date"),
            ("payload = 1", "a number"),
            ("payload = true", "true or false"),
        ] {
            let Mistake { what: said, hint } = payload(toml).unwrap_err();
            assert!(said.contains(what) && hint == "quote it", "{said}");
        }
        assert!(payload("payload = [12345678901234567890123.0]").is_err());
    }
}
