//! Unquoted words in files: numbers, true and false.
//!
//! Parsers pass on their values and lose their text, so none of them can be a payload.

use serde_json::Value;

use super::mistake::Mistake;

/// 2^53: a float of this size or more may differ from the number that was written.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// A payload that is not a string, as JSON.
pub(super) fn json(payload: &Value) -> Result<Value, Mistake> {
    let kind = match payload {
        Value::Bool(_) => Some("true or false"),
        Value::Number(_) => Some("a number"),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match kind {
        None => part(payload),
        Some(kind) => Err(Mistake::new(
            format!("payload is {kind}, and its exact text would be lost"),
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
            let part = |(key, value): (&String, _)| Ok((key.clone(), part(value)?));
            Value::Object(keys.iter().map(part).collect::<Result<_, Mistake>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_words_are_no_payload_and_numbers_in_one_stay() {
        let table = json!({"a": ["2026-01-01", {"b": null}], "n": [1, -2.5, true]});
        assert_eq!(json(&table), Ok(table));
        for (payload, what) in [(json!(1), "a number"), (json!(true), "true or false")] {
            let Mistake {
                what: said, hint, ..
            } = json(&payload).unwrap_err();
            assert!(said.contains(what) && hint == "quote it", "{said}");
        }
        assert!(json(&json!([12_345_678_901_234_567_890_123.0])).is_err());
    }
}
