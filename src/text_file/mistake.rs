//! Mistakes in a file, with their lines.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use crate::nearest::nearest;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// From 1; 0 until it is known.
    pub line: usize,
    /// The keys that lead to the value, the outermost last.
    keys: Vec<String>,
    /// The text names the key, so its path is not shown.
    names_key: bool,
    what: String,
}

impl Mistake {
    pub(crate) fn at(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            keys: Vec::new(),
            names_key: true,
            what: what.into(),
        }
    }

    /// A key that its table has already.
    pub(super) fn given_twice(line: usize, key: &str) -> Self {
        Self::at(line, format!("{key:?} is given twice"))
    }

    /// A mistake whose text names the key.
    fn about(key: &str, what: String) -> Self {
        Self {
            keys: vec![key.to_owned()],
            ..Self::at(0, what)
        }
    }

    /// The outermost key of those that lead to the mistake.
    pub(crate) fn key(&self) -> Option<&str> {
        self.keys.last().map(String::as_str)
    }

    /// A value that is invalid for its key.
    pub(crate) fn expected(expected: impl Display, found: Unexpected<'_>) -> Self {
        de::Error::custom(format!("expected {expected}, found {}", words(found)))
    }

    /// The mistake as seen from the enclosing table: it concerns the value of `key`.
    #[must_use]
    pub(crate) fn below(mut self, key: &str, line: usize) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self.keys.push(key.to_owned());
        self
    }
}

impl Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let shown = if self.names_key { &[] } else { &self.keys[..] };
        for (index, key) in shown.iter().rev().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            if key.chars().all(plain) && !key.is_empty() {
                write!(f, "{dot}{key}")?;
            } else {
                write!(f, "{dot}{key:?}")?;
            }
        }
        let colon = if shown.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.what)
    }
}

impl std::error::Error for Mistake {}

/// Serde passes the kinds of mistakes as data, so that no error message needs to be parsed.
impl de::Error for Mistake {
    fn custom<T: Display>(what: T) -> Self {
        Self {
            line: 0,
            keys: Vec::new(),
            names_key: false,
            what: what.to_string(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, found)
    }

    fn invalid_value(found: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::custom(format!("{} is out of range", words(found)))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let what = match nearest(key, known.iter().copied()) {
            Some(known) => format!("unknown key {key:?}, did you mean {known:?}?"),
            None => format!("unknown key {key:?}, use one of {}", known.join(", ")),
        };
        Self::about(key, what)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let found = Unexpected::Str(word);
        Self::expected(format!("one of {}", known.join(", ")), found)
    }

    /// Two names of one key. A key that is given twice has been refused before.
    fn duplicate_field(key: &'static str) -> Self {
        let what = format!("{key:?} is given twice, once under another name; keep one of them");
        Self::about(key, what)
    }
}

/// The value that was found, as the user wrote it. Long text is cut.
fn words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(set) => set.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Other(number) => number.to_owned(),
        Unexpected::Str(text) => {
            let mut short: String = text.chars().take(60).collect();
            if short.len() < text.len() {
                short.push('…');
            }
            format!("{short:?}")
        }
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Char(_)
        | Unexpected::Bytes(_)
        | Unexpected::NewtypeStruct
        | Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant => "something else".to_owned(),
    }
}
