//! Tokens and passwords.

use std::fmt;

use subtle::ConstantTimeEq as _;

/// A token or a password. It is compared in constant time and never printed by accident.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 128 random bits in hexadecimal.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let digits = bytes.map(|byte| format!("{byte:02x}"));
        Ok(Self(digits.concat()))
    }

    /// The text, for whoever may know it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the text is this secret. The time it takes depends on the lengths alone.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_not_printed() {
        let [one, other] = [Secret::random().unwrap(), Secret::random().unwrap()];
        assert_eq!(one.reveal().len(), 32);
        assert!(one.is(one.reveal()) && !one.is(other.reveal()) && !one.is(""));
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
