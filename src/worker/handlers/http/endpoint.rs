//! The URL of an endpoint, with the login taken out of it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::{Authority, Scheme};
use percent_encoding::percent_decode_str;

/// Where tasks are posted. It is shown without its login and its query, which may hold secrets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Endpoint {
    /// Without the login.
    pub(super) uri: Uri,
    /// The login as the value of `authorization`.
    pub(crate) login: Option<HeaderValue>,
}

impl Endpoint {
    pub(crate) fn uses_tls(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// As in `https://example.com:8443`, for messages: a path may hold secrets too.
    pub(super) fn server(&self) -> String {
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        format!(
            "{}://{}",
            part(self.uri.scheme_str()),
            part(self.uri.authority().map(Authority::as_str))
        )
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.uri.query().is_some() {
            "?…"
        } else {
            ""
        };
        write!(f, "{}{}{query}", self.server(), self.uri.path())
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// The messages have nothing of the text but its scheme: it may hold a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let whole = "write a whole URL, such as \"https://example.com/hooks\"";
        let of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| scheme.chars().all(of_scheme));
        let scheme = scheme.ok_or(whole)?;
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(format!(
                "the scheme {scheme:?} is not supported: use http or https"
            ));
        }
        let uri = Uri::from_str(text).map_err(|error| format!("not a URL ({error})"))?;
        let mut parts = uri.into_parts();
        let authority = parts.authority.take().ok_or(whole)?;
        let (login, host) = match authority.as_str().rsplit_once('@') {
            Some((login, host)) => (Some(basic(login)?), host),
            None => (None, authority.as_str()),
        };
        if authority.host().is_empty() {
            return Err(whole.to_owned());
        }
        let names_port = host.len() > authority.host().len();
        if names_port && authority.port_u16().is_none_or(|port| port == 0) {
            return Err("the port must be a number from 1 to 65535".to_owned());
        }
        let host = Authority::from_str(host).map_err(|error| format!("not a URL ({error})"))?;
        parts.authority = Some(host);
        let uri = Uri::from_parts(parts).map_err(|error| format!("not a URL ({error})"))?;
        Ok(Self { uri, login })
    }
}

/// `user:password` of a URL as the value of `authorization`.
fn basic(login: &str) -> Result<HeaderValue, String> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let login = [&decoded(user)[..], b":", &decoded(password)].concat();
    let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(login)));
    let mut value = value.map_err(|_| "the login is too long".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_becomes_basic_auth_and_is_not_shown() {
        let text = "https://user:p%40ss@example.com:8443/hooks?token=secret";
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), "https://example.com:8443/hooks?…");
        assert_eq!(endpoint.server(), "https://example.com:8443");
        assert!(endpoint.uses_tls());
        let uri = endpoint.uri.to_string();
        assert_eq!(uri, "https://example.com:8443/hooks?token=secret");
        let login = endpoint.login.as_ref().unwrap();
        assert_eq!(login, "Basic dXNlcjpwQHNz");
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("dXNl") && !shown.contains("p%40ss"));
        let plain: Endpoint = "http://[::1]".parse().unwrap();
        assert_eq!(plain.to_string(), "http://[::1]/");
        assert!(plain.login.is_none() && !plain.uses_tls());
    }

    #[test]
    fn what_is_no_endpoint_is_refused_without_showing_its_password() {
        let whole = "write a whole URL";
        for (text, what) in [
            ("", whole),
            ("example.com/hooks", whole),
            ("user:secret@h://x", whole),
            ("http:///hooks", "not a URL"),
            ("http://user:secret@/hooks", "not a URL"),
            ("ftp://secret@example.com", "the scheme \"ftp\" is not"),
            ("http://secret@h:0", "the port must be"),
            ("http://secret@h:99999", "the port must be"),
            ("http://secret@h:/x", "the port must be"),
            ("http://secret@h h/", "not a URL"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(error.starts_with(what), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
