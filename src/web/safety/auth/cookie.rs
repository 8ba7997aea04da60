//! The cookie of a login.

use axum::http::{HeaderMap, header};

/// How the cookie is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cookie {
    /// Its name. Browsers send cookies to all ports of a host, so pages on several ports need several names.
    name: String,
    /// The path below which it is sent.
    path: String,
    /// Whether it is sent over TLS only.
    secure: bool,
}

impl Cookie {
    /// A cookie for the page on this port, or for one whose port is unknown. Over TLS, its name forbids that other
    /// sites of the same domain set it.
    pub(crate) fn new(port: Option<u16>, root_path: &str, secure: bool) -> Self {
        let prefix = if secure { "__Host-" } else { "" };
        let port = port.map(|port| format!("-{port}")).unwrap_or_default();
        // `__Host-` demands the path `/`.
        let path = if secure { "" } else { root_path };
        Self {
            name: format!("{prefix}qctl{port}"),
            path: format!("{path}/"),
            secure,
        }
    }

    /// The header that sets it.
    pub(super) fn set(&self, value: &str) -> String {
        let Self { name, path, secure } = self;
        let secure = if *secure { "; Secure" } else { "" };
        format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict{secure}")
    }

    /// The header that removes it.
    pub(super) fn clear(&self) -> String {
        format!("{}; Max-Age=0", self.set(""))
    }

    /// Its values in a request. Whoever controls another port of this host can add values, so each is looked at.
    pub(super) fn values<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        /// More than any browser sends by itself.
        const MAX_VALUES: usize = 8;
        let headers = headers.get_all(header::COOKIE).iter();
        let texts = headers.filter_map(|value| value.to_str().ok());
        let pairs = texts.flat_map(|text| text.split(';'));
        let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        let own = pairs.filter(|(name, _)| *name == self.name);
        own.map(|(_, value)| value).take(MAX_VALUES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_strict_and_named_after_the_port() {
        let plain = Cookie::new(Some(8080), "/monitoring", false);
        let set = "qctl-8080=x; Path=/monitoring/; HttpOnly; SameSite=Strict";
        assert_eq!(plain.set("x"), set);
        let secure = Cookie::new(Some(443), "/monitoring", true);
        let set = "__Host-qctl-443=x; Path=/; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(secure.set("x"), set);
        let cleared = "qctl-8080=; Path=/monitoring/; HttpOnly; SameSite=Strict; Max-Age=0";
        assert_eq!(plain.clear(), cleared);
    }

    #[test]
    fn all_values_of_the_own_name_are_found() {
        let cookie = Cookie::new(Some(8080), "", false);
        let mut headers = HeaderMap::new();
        let first = "other=1; qctl-8080=a;qctl-80801=b";
        headers.append("cookie", first.parse().unwrap());
        headers.append("cookie", "qctl-8080=c=d; broken".parse().unwrap());
        assert_eq!(cookie.values(&headers).collect::<Vec<_>>(), ["a", "c=d"]);
    }
}
