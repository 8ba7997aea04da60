//! Enums whose variants have names for users, such as output formats.

/// A word that is not the name of a variant.
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

/// Declares an enum with a list of its variants, their names, and `FromStr`.
///
/// Used instead of clap's `ValueEnum`, because these layers must not depend on clap.
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
            /// Every variant, in the order in which the help lists them.
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
