//! The users of basic authentication.

use subtle::ConstantTimeEq as _;

use super::secret::Secret;

/// Names and their passwords.
#[derive(Debug, Clone)]
pub(crate) struct Users(Vec<(String, Secret)>);

impl Users {
    /// Reads lines such as `ada:correct horse`. Empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// What is wrong with a line, without quoting it: it may hold a password.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut users: Vec<(String, Secret)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| Err(format!("line {}: {what}", number + 1));
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((name, password)) = line.split_once(':') else {
                return wrong("expected NAME:PASSWORD");
            };
            if name.is_empty() || password.is_empty() {
                return wrong("the name or the password is empty");
            }
            if password.starts_with('$') || password.starts_with("{SHA}") {
                return wrong("this is a hash, but the password itself is needed");
            }
            if users.iter().any(|(known, _)| known == name) {
                return wrong("this user is named twice");
            }
            users.push((name.to_owned(), Secret::new(password)));
        }
        if users.is_empty() {
            return Err("there are no users in it".to_owned());
        }
        Ok(Self(users))
    }

    /// The name of the user with this name and password. All users are compared, so that the time says nothing about
    /// which names exist.
    pub(super) fn find(&self, name: &str, password: &str) -> Option<&str> {
        let mut matching = self.0.iter().filter(|(known, secret)| {
            let same_name = bool::from(known.as_bytes().ct_eq(name.as_bytes()));
            secret.is(password) & same_name
        });
        matching.next_back().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_password() {
        let users = Users::read("# operators\nada:correct: horse\n\nbob:x\n").unwrap();
        assert_eq!(users.find("ada", "correct: horse"), Some("ada"));
        assert_eq!(users.find("bob", "correct: horse"), None);
        assert_eq!(users.find("eve", "x"), None);
    }

    #[test]
    fn mistakes_are_named_without_the_password() {
        for (text, what) in [
            ("", "there are no users in it"),
            ("ada:a\nsecret", "line 2: expected NAME:PASSWORD"),
            (":secret", "line 1: the name or the password is empty"),
            (
                "ada:$2y$10$secret",
                "line 1: this is a hash, but the password itself is needed",
            ),
            ("ada:a\nada:b", "line 2: this user is named twice"),
        ] {
            assert_eq!(Users::read(text).unwrap_err(), what);
        }
    }
}
