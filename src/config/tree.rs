//! A file as a tree of values, each with its line and as it was written: TOML and YAML come together here.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, MessageFormatter as _, Spanned, UserMessageFormatter};
use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;

/// A value and the line on which it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
    /// Numbers and switches are text where text is expected, as YAML's users are used to.
    pub lenient: bool,
}

/// A value. Words that a format takes for numbers or switches keep their text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing is written after the key.
    Empty,
    Switch(bool, String),
    Number(String),
    /// Dates of TOML are text, too.
    Text(String),
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
}

/// A key of a table and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub name: String,
    pub line: usize,
}

impl Node {
    pub(super) fn from_toml(text: &str) -> Result<Self, Mistake> {
        let source = Source::new(text);
        let root = DeTable::parse(text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            let written = text.get(at.clone()).unwrap_or_default();
            let what = match error.message() {
                "duplicate key" => format!("{written:?} is given twice"),
                message => message.to_owned(),
            };
            Mistake::at(source.line(at.start), what)
        })?;
        let table = root.into_inner();
        Ok(Self {
            line: 1,
            lenient: false,
            value: source.toml(DeValue::Table(table), 0..0),
        })
    }

    /// The keys of a table.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        let entries = match &self.value {
            Value::Table(entries) => entries.as_slice(),
            Value::Empty
            | Value::Switch(..)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_) => &[],
        };
        entries.iter().map(|(key, _)| key)
    }

    /// Removes a key of a table; whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let Value::Table(entries) = &mut self.value else {
            return false;
        };
        let before = entries.len();
        entries.retain(|(key, _)| key.name != name);
        entries.len() < before
    }

    pub(super) fn from_yaml(text: &str) -> Result<Self, Mistake> {
        let read: Spanned<Yaml> = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |at| line_of(&at));
            Mistake::at(line, yaml_mistake(error.without_snippet(), text, line))
        })?;
        Ok(Source::new(text).yaml(read))
    }
}

/// The text of a file, and where its lines start.
struct Source<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    fn toml(&self, value: DeValue<'_>, span: std::ops::Range<usize>) -> Value {
        let written = || self.text.get(span.clone()).unwrap_or_default().to_owned();
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(_) | DeValue::Float(_) => Value::Number(written().replace('_', "")),
            DeValue::Boolean(set) => Value::Switch(set, set.to_string()),
            DeValue::Datetime(_) => Value::Text(written()),
            DeValue::Array(values) => {
                let nodes = values.into_iter().map(|value| self.toml_node(value));
                Value::List(nodes.collect())
            }
            DeValue::Table(table) => {
                let entry = |(key, value): (toml::Spanned<toml::de::DeString<'_>>, _)| {
                    let line = self.line(key.span().start);
                    let name = key.into_inner().into_owned();
                    (Key { name, line }, self.toml_node(value))
                };
                // The library sorts by name.
                let mut table: Vec<_> = table.into_iter().collect();
                table.sort_by_key(|(key, _)| key.span().start);
                Value::Table(table.into_iter().map(entry).collect())
            }
        }
    }

    fn toml_node(&self, value: toml::Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        Node {
            line: self.line(span.start),
            lenient: false,
            value: self.toml(value.into_inner(), span),
        }
    }

    fn yaml(&self, read: Spanned<Yaml>) -> Node {
        let line = line_of(&read.referenced);
        let written = || {
            let span = read.defined.span();
            let (start, length) = (span.byte_offset()?, span.byte_len()?);
            let start = usize::try_from(start).ok()?;
            let end = start + usize::try_from(length).ok()?;
            Some(self.text.get(start..end)?.trim().to_owned())
        };
        let value = match read.value {
            Yaml::Empty => Value::Empty,
            Yaml::Switch(set) => Value::Switch(set, written().unwrap_or_else(|| set.to_string())),
            Yaml::Number(number) => Value::Number(written().unwrap_or(number)),
            Yaml::Text(text) => Value::Text(text),
            Yaml::List(values) => {
                Value::List(values.into_iter().map(|value| self.yaml(value)).collect())
            }
            Yaml::Table(entries) => {
                let entry = |(key, value): (Spanned<String>, _)| {
                    let line = line_of(&key.referenced);
                    let name = key.value;
                    (Key { name, line }, self.yaml(value))
                };
                Value::Table(entries.into_iter().map(entry).collect())
            }
        };
        Node {
            line,
            lenient: true,
            value,
        }
    }
}

fn line_of(at: &Location) -> usize {
    usize::try_from(at.line()).unwrap_or(1)
}

/// A value of YAML as the library hands it over.
enum Yaml {
    Empty,
    Switch(bool),
    Number(String),
    Text(String),
    List(Vec<Spanned<Self>>),
    Table(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Empty)
    }

    fn visit_bool<E>(self, set: bool) -> Result<Yaml, E> {
        Ok(Yaml::Switch(set))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Yaml, E> {
        Ok(Yaml::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Yaml, E> {
        Ok(Yaml::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Yaml, E> {
        Ok(Yaml::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Yaml, E> {
        Ok(Yaml::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Yaml, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Yaml::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Yaml, A::Error> {
        let mut entries: Vec<(Spanned<String>, _)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, _>()? {
            // To YAML, 1 and "1" are two keys.
            if !names.insert(key.value.clone()) {
                return Err(A::Error::custom(format!("{:?} is given twice", key.value)));
            }
            entries.push((key, value));
        }
        Ok(Yaml::Table(entries))
    }
}

/// Explains a mistake in YAML where the library's own text is about its interface, or no help.
fn yaml_mistake(error: &serde_saphyr::Error, text: &str, line: usize) -> String {
    use serde_saphyr::Error;
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("{key:?} is given twice"),
        Error::MultipleDocuments { .. } => {
            "the file has several documents; leave only one, without ---".to_owned()
        }
        Error::NonFiniteFloat { value, .. } => format!("{value} is no number; quote it"),
        _ => {
            let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            unquoted(line)
                .unwrap_or_else(|| UserMessageFormatter.format_message(error).into_owned())
        }
    }
}

/// What is wrong with a line like `spec: * * * * *`: to YAML the star is an alias, and the @ is reserved. The value
/// is not repeated, for it may be a password.
fn unquoted(line: &str) -> Option<String> {
    let (key, value) = line.split_once(": ")?;
    let key = key.trim_start_matches([' ', '-', '{', '[']).trim_end();
    let first = value.trim_start().chars().next()?;
    ['*', '@']
        .contains(&first)
        .then(|| format!("the value of {key:?} begins with {first}: it must be quoted"))
}
