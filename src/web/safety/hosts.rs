//! The names under which the page may be visited.
//!
//! A page of a stranger can point a name of its own at 127.0.0.1 (DNS rebinding). The browser then takes that page and
//! this one for the same site, but still sends the stranger's name as `Host`.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};

use super::header::single;
use crate::web::failure::Failure;

/// The accepted values of `Host`, without ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hosts {
    names: Vec<String>,
    /// Whether `localhost`, loopback addresses and the address that the peer has connected to are accepted as well.
    local: bool,
}

impl Hosts {
    /// Only these names.
    ///
    /// # Errors
    /// The text that is no host name.
    pub(crate) fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let read = |text: &str| match text.parse::<Authority>() {
            Ok(authority) if authority.as_str() == authority.host() => Ok(name(&authority)),
            Ok(_) | Err(_) => Err(text.to_owned()),
        };
        Ok(Self {
            names: names.into_iter().map(read).collect::<Result<_, _>>()?,
            local: false,
        })
    }

    /// These names, and those of this machine.
    ///
    /// # Errors
    /// As [`Hosts::only`].
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "for the program alone")
    )]
    pub(crate) fn local_and<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let local = true;
        Ok(Self {
            local,
            ..Self::only(names)?
        })
    }

    /// Refuses a request for another host.
    pub(crate) fn check(&self, request: &Request, local: Option<IpAddr>) -> Result<(), Failure> {
        let bad = |what: &str| Failure::refused(StatusCode::BAD_REQUEST, what);
        let host = single(request.headers(), &header::HOST)?
            .ok_or_else(|| bad("the request has no Host"))?;
        // The address of a request line such as `GET http://name/ HTTP/1.1` takes precedence over Host.
        let differs = |line: &Authority| !line.as_str().eq_ignore_ascii_case(host);
        if request.uri().authority().is_some_and(differs) {
            return Err(bad("the request names two hosts"));
        }
        let authority = host.parse::<Authority>().ok();
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        let name = name(&authority.ok_or_else(|| bad("the Host is not valid"))?);
        if self.names.contains(&name) || self.local && is_local(&name, local) {
            return Ok(());
        }
        let what = format!("this page is not known as {name:?}");
        let refused = Failure::refused(StatusCode::MISDIRECTED_REQUEST, what);
        Err(refused.with_hint(format!(
            "if it should be, start it with --allow-host {name}"
        )))
    }
}

fn name(authority: &Authority) -> String {
    authority.host().trim_end_matches('.').to_ascii_lowercase()
}

fn is_local(name: &str, local: Option<IpAddr>) -> bool {
    let ip = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback() || Some(ip) == local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn status(hosts: &Hosts, uri: &str, values: &[&str]) -> Option<u16> {
        let mut request = Request::builder().uri(uri);
        for value in values {
            request = request.header("host", *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let local = Some(IpAddr::from([192, 168, 1, 7]));
        let checked = hosts.check(&request, local);
        checked.err().map(|failure| failure.status.as_u16())
    }

    #[test]
    fn names_of_this_machine_and_listed_ones_are_accepted() {
        let hosts = Hosts::local_and(["Tools.example.com"]).unwrap();
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST.",
            "127.0.0.1:1",
            "[::1]:8080",
            "192.168.1.7:8080",
            "tools.example.com",
            "TOOLS.example.com:443",
        ] {
            assert_eq!(status(&hosts, "/", &[host]), None, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.168.1.8",
            "[::2]",
        ] {
            assert_eq!(status(&hosts, "/", &[host]), Some(421), "{host}");
        }
        let only = Hosts::only(["tools.example.com"]).unwrap();
        assert_eq!(status(&only, "/", &["localhost"]), Some(421));
    }

    #[test]
    fn unclear_hosts_are_refused() {
        let hosts = Hosts::local_and([]).unwrap();
        assert_eq!(status(&hosts, "/", &[]), Some(400));
        assert_eq!(status(&hosts, "/", &["localhost", "localhost"]), Some(400));
        for host in [
            "",
            "a b",
            "user@localhost",
            "localhost:8080@evil.example",
            "localhost/x",
        ] {
            assert_eq!(status(&hosts, "/", &[host]), Some(400), "{host}");
        }
        let evil = "http://evil.example/";
        assert_eq!(status(&hosts, evil, &["localhost"]), Some(400));
        assert_eq!(status(&hosts, evil, &["evil.example"]), Some(421));
        assert_eq!(status(&hosts, "http://localhost/", &["localhost"]), None);
    }

    #[test]
    fn lists_hold_names_without_ports() {
        for bad in ["", "a b", "example.com:80", "http://example.com"] {
            assert_eq!(Hosts::only([bad]), Err(bad.to_owned()));
        }
    }
}
