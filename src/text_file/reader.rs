//! Reads values from a tree. Each mistake has its line, its key and what is expected there.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess,
    SeqAccess, Unexpected, Visitor,
};

use super::mistake::Mistake;
use super::tree::{Key, Node, Value};

/// The maximum number of mistakes reported for one section.
const MAX_MISTAKES: usize = 20;

/// Reads the value of a key, or returns all its mistakes.
pub(crate) fn read<T: DeserializeOwned>(key: &Key, node: &Node) -> Result<T, Vec<Mistake>> {
    match read_partly(key, node) {
        (Some(value), mistakes) if mistakes.is_empty() => Ok(value),
        (_, mistakes) => Err(mistakes),
    }
}

/// Reads the value of a key without the parts that are wrong, so that the rest can be checked too: a wrong key is
/// left out, and the rest read again.
pub(crate) fn read_partly<T: DeserializeOwned>(
    key: &Key,
    node: &Node,
) -> (Option<T>, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut rest = Cow::Borrowed(node);
    while mistakes.len() < MAX_MISTAKES {
        let mistake = match T::deserialize(Reader(&rest)) {
            Ok(value) => return (Some(value), mistakes),
            Err(mistake) => mistake,
        };
        let wrong = mistake.key().map(str::to_owned);
        // Without its wrong keys, the value may be invalid for that reason alone.
        if wrong.is_some() || mistakes.is_empty() {
            mistakes.push(mistake.below(&key.name, node.line));
        }
        let Some(wrong) = wrong else { break };
        if !rest.to_mut().remove(&wrong) {
            break;
        }
    }
    (None, mistakes)
}

struct Reader<'a>(&'a Node);

impl Reader<'_> {
    /// The value that was found instead of the expected one.
    fn wrong(&self, expected: &str) -> Mistake {
        let found = match &self.0.value {
            Value::Empty => Unexpected::Unit,
            Value::Switch(_, text) | Value::Number(text) => Unexpected::Other(text),
            Value::Text(text) => Unexpected::Str(text),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        };
        Mistake::expected(expected, found)
    }
}

/// A whole number in the notation that both formats share.
fn whole(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = |prefix| digits.strip_prefix(prefix);
    let number = match (radix("0x"), radix("0o"), radix("0b")) {
        (Some(hex), ..) => i128::from_str_radix(hex, 16),
        (_, Some(octal), _) => i128::from_str_radix(octal, 8),
        (.., Some(binary)) => i128::from_str_radix(binary, 2),
        // With a leading zero, some programs read it as octal and others as decimal, or it is a code and not a number.
        _ if digits.len() > 1 && digits.starts_with('0') => return None,
        _ => digits.parse(),
    };
    Some(sign * number.ok()?)
}

/// Whether a word is a boolean to every parser.
fn is_true_or_false(word: &str) -> bool {
    matches!(word, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// A number that every program reads the same way, or why it is not one.
fn visit_number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Mistake> {
    if let Some(number) = whole(text) {
        if let Ok(number) = u64::try_from(number) {
            return visitor.visit_u64(number);
        }
        if let Ok(number) = i64::try_from(number) {
            return visitor.visit_i64(number);
        }
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // As nan and inf.
    if digits == 0 {
        return Err(Mistake::custom(format!("{text} is no number: quote it")));
    }
    let decimal = text.contains(['.', 'e', 'E']);
    match text.parse::<f64>() {
        // Every decimal with this many digits survives a conversion to a float and back.
        Ok(number) if decimal && number.is_finite() && digits <= 15 => visitor.visit_f64(number),
        _ => Err(Mistake::custom(format!(
            "{text} would change when it is stored as JSON: quote it"
        ))),
    }
}

/// Methods for numbers: the visitor checks the range.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            if let Value::Number(text) = &self.0.value
                && whole(text).is_some()
            {
                return visit_number(text, visitor);
            }
            Err(self.wrong("a whole number"))
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.0.value {
            Value::Empty => visitor.visit_unit(),
            // As in Go: where a boolean is not expected, the other words for one (`no`, `y`, `off`) are text.
            Value::Switch(_, text) if !is_true_or_false(text) => visitor.visit_str(text),
            Value::Switch(set, _) => visitor.visit_bool(*set),
            Value::Number(text) => visit_number(text, visitor),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(values) => visitor.visit_seq(List(values.iter())),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    /// A number, not `nan` or `inf`.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.0.value {
            Value::Number(text) if text.contains(|c: char| c.is_ascii_digit()) => {
                visit_number(text, visitor)
            }
            Value::Number(_)
            | Value::Empty
            | Value::Switch(..)
            | Value::Text(_)
            | Value::List(_)
            | Value::Table(_) => Err(self.wrong("a number")),
        }
    }

    numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let Value::Switch(set, _) = &self.0.value else {
            return Err(self.wrong("true or false"));
        };
        visitor.visit_bool(*set)
    }

    /// Unquoted words of YAML are text where text is expected.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.0.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Number(text) | Value::Switch(_, text) if self.0.lenient => {
                visitor.visit_str(text)
            }
            Value::Number(_)
            | Value::Switch(..)
            | Value::Empty
            | Value::List(_)
            | Value::Table(_) => Err(self.wrong("text in quotes")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_string(visitor)
    }

    /// A key without a value counts as absent.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.0.value == Value::Empty {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if !matches!(self.0.value, Value::List(_)) {
            return Err(self.wrong("a list"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let nothing = Vec::new();
        let entries = match &self.0.value {
            Value::Table(entries) => entries,
            // All keys of the section are commented out.
            Value::Empty => &nothing,
            Value::Switch(..) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                return Err(self.wrong("a table"));
            }
        };
        let mut table = Table {
            rest: entries.iter(),
            value: None,
            line: None,
        };
        visitor.visit_map(&mut table).map_err(|mut mistake| {
            // The visitor reports a mistake about a key after reading that key and before the next one.
            if mistake.line == 0 {
                mistake.line = table.line.unwrap_or(self.0.line);
            }
            mistake
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        f32 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier ignored_any
    }
}

struct List<'a>(std::slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(node) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Reader(node));
        read.map(Some).map_err(|mut mistake| {
            if mistake.line == 0 {
                mistake.line = node.line;
            }
            mistake
        })
    }
}

struct Table<'a> {
    rest: std::slice::Iter<'a, (Key, Node)>,
    value: Option<&'a (Key, Node)>,
    /// The line of the key that was read last, until all are read.
    line: Option<usize>,
}

impl<'de> MapAccess<'de> for Table<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.value = self.rest.next();
        let Some((key, _)) = self.value else {
            self.line = None;
            return Ok(None);
        };
        self.line = Some(key.line);
        let name: StrDeserializer<'_, Mistake> = key.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistake> {
        let Some((key, node)) = self.value else {
            return Err(Mistake::custom("a value without a key"));
        };
        let read = seed.deserialize(Reader(node));
        read.map_err(|mistake| mistake.below(&key.name, node.line))
    }
}
