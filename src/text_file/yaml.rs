//! YAML as a tree.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, MessageFormatter as _, Spanned, UserMessageFormatter};

use super::mistake::Mistake;
use super::tree::{Key, Node, Value};

impl Node {
    /// Reads a tree, and the keys that are given twice, each of which has its first value.
    pub(crate) fn from_yaml(text: &str) -> Result<(Self, Vec<Mistake>), Mistake> {
        // Some editors write a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The parser would end at the first of these mistakes.
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        };
        let read = serde_saphyr::from_str_with_options::<Spanned<Yaml>>(text, options);
        let read = read.map_err(|error| {
            let line = error.location().map_or(1, |at| line_of(&at));
            Mistake::at(line, yaml_mistake(error.without_snippet(), text, line))
        })?;
        let mut source = Source {
            text,
            repeated: Vec::new(),
        };
        Ok((source.yaml(read), source.repeated))
    }
}

struct Source<'a> {
    text: &'a str,
    repeated: Vec<Mistake>,
}

impl Source<'_> {
    fn yaml(&mut self, read: Spanned<Yaml>) -> Node {
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
            Yaml::Table(entries) => Value::Table(self.table(entries)),
        };
        Node {
            line,
            lenient: true,
            value,
        }
    }

    fn table(&mut self, entries: Vec<(Spanned<String>, Spanned<Yaml>)>) -> Vec<(Key, Node)> {
        let mut names = BTreeSet::new();
        let mut table = Vec::new();
        for (key, value) in entries {
            let line = line_of(&key.referenced);
            let name = key.value;
            // To YAML, 1 and "1" are two keys.
            if !names.insert(name.clone()) {
                self.repeated.push(Mistake::given_twice(line, &name));
                continue;
            }
            table.push((Key { name, line }, self.yaml(value)));
        }
        table
    }
}

fn line_of(at: &Location) -> usize {
    usize::try_from(at.line()).unwrap_or(1)
}

/// A value of YAML as the parser returns it.
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
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Yaml::Table(entries))
    }
}

/// Explains a mistake in YAML where the message of the parser would not help a user.
fn yaml_mistake(error: &serde_saphyr::Error, text: &str, line: usize) -> String {
    use serde_saphyr::Error;
    if let Error::MultipleDocuments { .. } = error {
        return "the file has several documents; leave only one, without ---".to_owned();
    }
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    unquoted(line).unwrap_or_else(|| UserMessageFormatter.format_message(error).into_owned())
}

/// Explains a line like `spec: * * * * *`: in YAML a star begins an alias, and `@` is reserved. The value is not
/// repeated, because it may be a password.
fn unquoted(line: &str) -> Option<String> {
    let (key, value) = line.split_once(": ")?;
    let key = key.trim_start_matches([' ', '-', '{', '[']).trim_end();
    let first = value.trim_start().chars().next()?;
    ['*', '@']
        .contains(&first)
        .then(|| format!("the value of {key:?} begins with {first}: it must be quoted"))
}
