//! TOML as a tree.

use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use super::tree::{Key, Node, Value};

impl Node {
    /// Reads a tree, and the first key that is given twice, which has one of its values.
    pub(crate) fn from_toml(text: &str) -> Result<(Self, Vec<Mistake>), Mistake> {
        let source = Source::new(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut repeated = Vec::new();
        for error in errors {
            let at = error.span().unwrap_or(0..0);
            let line = source.line(at.start);
            if error.message() != "duplicate key" {
                return Err(Mistake::at(line, error.message()));
            }
            let written = text.get(at).unwrap_or_default();
            repeated.push(Mistake::given_twice(line, written));
        }
        // After a table that is given twice, its keys are as well.
        repeated.truncate(1);
        let root = Self {
            line: 1,
            lenient: false,
            value: source.toml(DeValue::Table(root.into_inner()), 0..0),
        };
        Ok((root, repeated))
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
}
