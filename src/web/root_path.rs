//! The path below which all pages are.

use std::fmt;

/// A path such as `/monitoring`, without a slash at its end; empty if the pages are at the top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RootPath(String);

/// A root path that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be a root path: it begins with / and has only letters, digits, -, _, . and ~ between slashes"
)]
pub(crate) struct BadRootPath(String);

impl RootPath {
    /// Reads a path. `/` is the top, as is nothing.
    ///
    /// # Errors
    /// If browsers, proxies and this program could understand it differently.
    pub(crate) fn read(text: &str) -> Result<Self, BadRootPath> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let is_part =
            |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain);
        let parts = path
            .strip_prefix('/')
            .map(|rest| rest.split('/').all(is_part));
        if path.is_empty() || parts == Some(true) {
            Ok(Self(path.to_owned()))
        } else {
            Err(BadRootPath(text.to_owned()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RootPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_plain() {
        for (text, path) in [
            ("", ""),
            ("/", ""),
            ("/a", "/a"),
            ("/a/b-1._~/", "/a/b-1._~"),
        ] {
            assert_eq!(RootPath::read(text).unwrap().as_str(), path);
        }
        for bad in [
            "a",
            "//",
            "//evil.example",
            "/a//b",
            "/a/..",
            "/.",
            "/a b",
            "/a%2f",
            "/a?b",
            "/{a}",
            "/a//",
        ] {
            assert!(RootPath::read(bad).is_err(), "{bad}");
        }
    }
}
