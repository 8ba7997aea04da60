//! Enums whose values users name by a word, such as output formats.

/// A word that names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {given:?}, use one of {known}")]
pub(crate) struct UnknownValue {
    what: &'static str,
    given: String,
    known: String,
}

impl UnknownValue {
    pub(crate) fn new(what: &'static str, given: &str, known: &[&str]) -> Self {
        Self {
            what,
            given: given.to_owned(),
            known: known.join(", "),
        }
    }
}

/// Declares an enum with the list of its values, their names, and `FromStr`.
///
/// Not clap's `ValueEnum`: the layers that use it must not depend on clap.
macro_rules! named_values {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal,
        { $($(#[$about:meta])* $variant:ident = $text:literal),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(crate) enum $name {
            $($(#[$about])* $variant),+
        }

        impl $name {
            /// Every value, in the order in which help lists them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::view::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == text)
                    .ok_or_else(|| $crate::view::UnknownValue::new($what, text, &[$($text),+]))
            }
        }
    };
}

pub(crate) use named_values;
