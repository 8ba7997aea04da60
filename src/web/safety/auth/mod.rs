//! Who sent a request.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `secret` | tokens and passwords, compared in constant time |
//! | `users` | names and passwords |
//! | `sessions`, `cookie` | logins |
//! | `throttle` | those who guess wait |

mod cookie;
mod secret;
mod sessions;
mod throttle;
mod users;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::sessions::Sessions;
use self::throttle::Throttle;
use super::header::single;
use super::peers::{Peer, Peers};
use crate::web::failure::Failure;
use crate::web::viewer::Credential;

pub(crate) use self::cookie::Cookie;
pub(crate) use self::secret::Secret;
pub(crate) use self::users::Users;

/// How senders are recognized.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// By a token: programs send it with each request, people exchange it for a session.
    Token(Secret),
    /// By name and password.
    Basic(Users),
    /// By the name that a listed proxy writes into a header.
    Proxy(HeaderName),
    /// Not at all.
    Nothing,
}

/// The name of whoever has shown the token.
const TOKEN_HOLDER: &str = "token";

/// The longest name that a proxy may send.
const MAX_NAME_BYTES: usize = 256;

/// Logins and failed attempts.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    sessions: Sessions,
    throttle: Throttle,
}

/// A request as far as it says who sent it.
pub(crate) struct Claim<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) peer: Peer,
    /// The address of the client, which may be behind a proxy.
    pub(crate) client: Option<IpAddr>,
}

impl Logins {
    /// The name of the sender, and how it is known.
    ///
    /// # Errors
    /// If it is not known.
    pub(crate) fn recognize(
        &self,
        claim: &Claim<'_>,
        auth: &Auth,
        cookie: &Cookie,
        proxies: &Peers,
    ) -> Result<(String, Credential), Failure> {
        match auth {
            Auth::Token(token) => match authorization(claim.headers, "bearer")? {
                Some(text) => {
                    self.attempt(claim.client, || token.is(text).then_some(()))?;
                    Ok((TOKEN_HOLDER.to_owned(), Credential::Bearer))
                }
                None if self.session(claim.headers, cookie).is_some() => {
                    Ok((TOKEN_HOLDER.to_owned(), Credential::Session))
                }
                None => Err(unknown("a login is needed")),
            },
            Auth::Basic(users) => {
                let login = authorization(claim.headers, "basic")?;
                let login = login.ok_or_else(|| unknown("a name and a password are needed"))?;
                let find = || {
                    let bytes = STANDARD.decode(login.trim()).ok()?;
                    let text = String::from_utf8(bytes).ok()?;
                    let (name, password) = text.split_once(':')?;
                    users.find(name, password).map(str::to_owned)
                };
                let name = self.attempt(claim.client, find)?;
                Ok((name, Credential::Basic))
            }
            Auth::Proxy(_) if !proxies.contain(claim.peer) => {
                let what = "only a listed proxy can say who you are, and this connection comes from elsewhere";
                Err(Failure::refused(StatusCode::FORBIDDEN, what)
                    .with_hint("list its address with --trusted-proxy"))
            }
            Auth::Proxy(name) => {
                let text = single(claim.headers, name)?.map(str::trim);
                let usable = text.filter(|text| !text.is_empty() && text.len() <= MAX_NAME_BYTES);
                let absent = || unknown("the proxy has not said who you are");
                Ok((usable.ok_or_else(absent)?.to_owned(), Credential::Proxy))
            }
            Auth::Nothing => Ok(("anonymous".to_owned(), Credential::Nothing)),
        }
    }

    /// The id of the session of a request, if it has not ended.
    fn session<'a>(&self, headers: &'a HeaderMap, cookie: &'a Cookie) -> Option<&'a str> {
        cookie.values(headers).find(|id| self.sessions.know(id))
    }

    /// Begins a session in place of those that the request is part of, and returns the header with its cookie.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn begin(&self, headers: &HeaderMap, cookie: &Cookie) -> Result<String, Failure> {
        let id = self.sessions.begin().map_err(|error| {
            let what = format!("the system has no random numbers ({error})");
            Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, what)
        })?;
        self.end(headers, cookie);
        Ok(cookie.set(id.reveal()))
    }

    /// Ends the sessions that the request is part of, and returns the header that removes the cookie.
    pub(crate) fn end(&self, headers: &HeaderMap, cookie: &Cookie) -> String {
        for id in cookie.values(headers) {
            self.sessions.end(id);
        }
        cookie.clear()
    }

    /// Looks at a credential, unless this client has failed too often.
    ///
    /// # Errors
    /// If `find` finds nothing.
    pub(crate) fn attempt<T>(
        &self,
        client: Option<IpAddr>,
        find: impl FnOnce() -> Option<T>,
    ) -> Result<T, Failure> {
        self.throttle.check(client).map_err(too_many)?;
        find().ok_or_else(|| {
            self.throttle.failed(client);
            unknown("the token or the password is wrong")
        })
    }
}

impl Auth {
    /// How browsers and programs are asked for a credential.
    pub(crate) const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Token(_) => Some("Bearer realm=\"qctl\""),
            Self::Basic(_) => Some("Basic realm=\"qctl\", charset=\"UTF-8\""),
            Self::Proxy(_) | Self::Nothing => None,
        }
    }
}

/// What follows a scheme in the header `Authorization`.
pub(crate) fn authorization<'a>(
    headers: &'a HeaderMap,
    scheme: &str,
) -> Result<Option<&'a str>, Failure> {
    let pair = single(headers, &header::AUTHORIZATION)?.and_then(|text| text.split_once(' '));
    Ok(pair.and_then(|(name, rest)| name.eq_ignore_ascii_case(scheme).then_some(rest.trim())))
}

fn unknown(what: &str) -> Failure {
    Failure::refused(StatusCode::UNAUTHORIZED, what)
}

fn too_many(wait: Duration) -> Failure {
    let what = "too many failed logins from this address";
    let refused = Failure::refused(StatusCode::TOO_MANY_REQUESTS, what);
    Failure {
        retry_after: Some(wait),
        ..refused
    }
}
