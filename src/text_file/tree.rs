//! A file as a tree of values, each as it was written, with its line. TOML and YAML files both become such a tree.

/// A value and the line on which it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub line: usize,
    pub value: Value,
    /// Numbers and booleans are text where text is expected, as users of YAML expect.
    pub lenient: bool,
}

/// A value. Numbers and booleans keep their text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
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
pub(crate) struct Key {
    pub name: String,
    pub line: usize,
}

impl Node {
    /// The entries of a table.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Table(entries) => entries.as_slice(),
            Value::Empty
            | Value::Switch(..)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_) => &[],
        }
    }

    /// Removes a key from a table. Returns whether it was there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let Value::Table(entries) = &mut self.value else {
            return false;
        };
        let before = entries.len();
        entries.retain(|(key, _)| key.name != name);
        entries.len() < before
    }
}
