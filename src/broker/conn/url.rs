//! Reads a URL of Redis. Every part is understood or refused; none is dropped.
//!
//! A library for URLs would not do: it takes a raw `#`, `/` or `?` in a password for the end of the host, so
//! that the rest of the password names another server, and it knows one host only.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use crate::broker::conn::address::{Address, Endpoint, Secret, Sentinels};
use crate::broker::conn::bad_url::{AddressError, PARAMETERS};

/// The port when a URL names none.
const DEFAULT_PORT: u16 = 6379;

/// The port of a Sentinel when a URL names none.
const SENTINEL_PORT: u16 = 26379;

impl Address {
    /// Reads `redis://[user:password@]host[:port][/db]` (`rediss://` with TLS),
    /// `redis-cluster://[user:password@]host[:port],…` (`rediss-cluster://` with TLS),
    /// `redis-sentinel://[user:password@]host[:port],…[/db]?master=name` (`rediss-sentinel://` with TLS), whose login is
    /// that of the Redis servers, and `redis+unix:///path[?db=n]` (also `unix://` and Asynq's `redis-socket://`).
    ///
    /// `?db=`, `?database=` and `?virtual_host=` name the database, too, and `host:port` needs no scheme.
    /// A password with one of `#/?@` must be percent-encoded.
    ///
    /// ```
    /// use qctl::broker::Address;
    /// let address = Address::parse("redis://app:hunter2@example.com/3")?;
    /// assert_eq!(address.to_string(), "redis://app@example.com:6379/3");
    /// # Ok::<(), qctl::broker::AddressError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        parse(text, None)
    }

    /// Reads the same; `password` replaces that of the URL, which may have a user alone then.
    pub fn parse_with(text: &str, password: Secret) -> Result<Self, AddressError> {
        parse(text, Some(password))
    }
}

/// Reads a URL, in which `password` replaces the password, if there is one.
fn parse(text: &str, password: Option<Secret>) -> Result<Address, AddressError> {
    let text = text.trim();
    if text.contains("${") || text.contains("{{") {
        return Err(AddressError::Placeholder);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::Blank);
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return without_scheme(text, password);
    };
    let parts = |socket| Parts::split(rest, socket);
    let address = match scheme.to_ascii_lowercase().as_str() {
        "redis" | "valkey" => parts(false)?.server(false)?,
        "rediss" | "valkeys" => parts(false)?.server(true)?,
        "redis-cluster" => parts(false)?.cluster(false)?,
        "rediss-cluster" => parts(false)?.cluster(true)?,
        "redis+unix" | "redis+socket" | "redis-socket" | "unix" => parts(true)?.socket()?,
        "redis-sentinel" | "redis+sentinel" | "sentinel" => parts(false)?.sentinel(false)?,
        "rediss-sentinel" | "rediss+sentinel" => parts(false)?.sentinel(true)?,
        _ => return Err(AddressError::Scheme),
    };
    let address = Address {
        password: password.or(address.password),
        ..address
    };
    if address.username.is_some() && address.password.is_none() {
        return Err(AddressError::UserAlone);
    }
    Ok(address)
}

/// Reads `HOST:PORT` and `HOST:PORT/DB`, as users of Asynq's tools write it.
fn without_scheme(text: &str, password: Option<Secret>) -> Result<Address, AddressError> {
    let parts = Parts::split(text, false)?;
    if parts.login.is_some() || parts.query.is_some() || !parts.hosts.contains(':') {
        return Err(AddressError::NoScheme);
    }
    // `user:password` without a host would name a server called like the user.
    let address = parts.server(false).map_err(|_| AddressError::NoScheme)?;
    Ok(Address {
        password,
        ..address
    })
}

/// A URL after its scheme, taken apart but still escaped.
struct Parts<'a> {
    login: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(rest: &'a str, socket: bool) -> Result<Self, AddressError> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        // The path of a socket may hold an @ if no login stands before it.
        if let Some(first) = rest.chars().next()
            && rest.contains('@')
            && !(socket && authority.is_empty())
        {
            return Err(AddressError::RawCharacter(first));
        }
        if rest.contains('#') {
            return Err(AddressError::Fragment);
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        Ok(Self {
            login,
            hosts,
            path,
            query,
        })
    }

    fn server(&self, tls: bool) -> Result<Address, AddressError> {
        let (host, port) = place(self.hosts, DEFAULT_PORT)?;
        let db = self.db(self.path.trim_matches('/'))?;
        self.address(Endpoint::Tcp { host, port, tls }, db)
    }

    fn cluster(&self, tls: bool) -> Result<Address, AddressError> {
        let nodes = places(self.hosts, DEFAULT_PORT)?;
        match self.db(self.path.trim_matches('/'))? {
            0 => self.address(Endpoint::Cluster { nodes, tls }, 0),
            _ => Err(AddressError::ClusterDatabase),
        }
    }

    fn sentinel(&self, tls: bool) -> Result<Address, AddressError> {
        let mut parts = Self {
            query: None,
            ..*self
        };
        let (mut master, mut sentinel_tls, mut others) = (None, None, Vec::new());
        for parameter in self.query.iter().flat_map(|query| query.split('&')) {
            match parameter.split_once('=') {
                Some(("master", name)) => once("master", &mut master, decode(name)?)?,
                Some(("sentinel_tls", switch)) => {
                    let switch = switch.parse().map_err(|_| AddressError::SentinelTls)?;
                    once("sentinel_tls", &mut sentinel_tls, switch)?;
                }
                Some(_) | None => others.push(parameter),
            }
        }
        let others = others.join("&");
        parts.query = (!others.is_empty()).then_some(&others);
        let db = parts.db(self.path.trim_matches('/'))?;
        let sentinels = Sentinels {
            nodes: places(self.hosts, SENTINEL_PORT)?,
            master: master
                .filter(|name| !name.is_empty())
                .ok_or(AddressError::NoMaster)?,
            tls,
            sentinel_tls: sentinel_tls.unwrap_or(tls),
            username: None,
            password: None,
        };
        self.address(Endpoint::Sentinel(sentinels), db)
    }

    fn socket(&self) -> Result<Address, AddressError> {
        let path = decode(self.path)?;
        if path.len() < 2 || !["", "localhost"].contains(&self.hosts) {
            return Err(AddressError::NoPath);
        }
        let db = self.db("")?;
        self.address(Endpoint::Unix(PathBuf::from(path)), db)
    }

    fn address(&self, endpoint: Endpoint, db: u32) -> Result<Address, AddressError> {
        let (user, password) = match self.login.map(|login| login.split_once(':')) {
            None => (None, None),
            Some(None) => (self.login, None),
            Some(Some((user, password))) => (Some(user), Some(password)),
        };
        let user = user.filter(|user| !user.is_empty());
        // An empty password counts only after a user name.
        let password = password.filter(|password| user.is_some() || !password.is_empty());
        Ok(Address {
            endpoint,
            username: user.map(decode).transpose()?,
            password: password.map(decode).transpose()?.map(Secret::new),
            db,
        })
    }

    /// The database of the path and of the parameters, which must agree.
    fn db(&self, path: &str) -> Result<u32, AddressError> {
        let mut named = (!path.is_empty()).then_some(path);
        for parameter in self.query.iter().flat_map(|query| query.split('&')) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = name.to_ascii_lowercase();
            if !["db", "database", "virtual_host"].contains(&name.as_str()) {
                let mut known = PARAMETERS.iter();
                let known = known.find(|(known, _)| *known == name);
                return Err(
                    known.map_or(AddressError::UnknownParameter, |(name, instead)| {
                        AddressError::Parameter { name, instead }
                    }),
                );
            }
            let value = value.strip_prefix('/').unwrap_or(value);
            if named.is_some_and(|named| named != value) {
                return Err(AddressError::TwoDatabases);
            }
            named = Some(value);
        }
        let Some(db) = named else { return Ok(0) };
        number(db).ok_or(AddressError::Database)
    }
}

/// Keeps the value of a parameter, unless it has one.
fn once<T>(name: &'static str, kept: &mut Option<T>, value: T) -> Result<(), AddressError> {
    kept.replace(value)
        .map_or(Ok(()), |_| Err(AddressError::Twice(name)))
}

/// Reads `HOST[:PORT],…`.
fn places(text: &str, default_port: u16) -> Result<Vec<(String, u16)>, AddressError> {
    let places = text.split(',');
    places.map(|text| place(text, default_port)).collect()
}

/// Reads `HOST[:PORT]`. No host means this machine.
fn place(text: &str, default_port: u16) -> Result<(String, u16), AddressError> {
    let (host, rest) = if let Some(text) = text.strip_prefix('[') {
        let (host, rest) = text.split_once(']').ok_or(AddressError::Host)?;
        // A zone such as %eth0 is written %25eth0.
        let (address, _) = host.split_once('%').unwrap_or((host, ""));
        let address: Result<Ipv6Addr, _> = address.parse();
        address.map_err(|_| AddressError::Host)?;
        (decode(host)?, rest)
    } else {
        let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        let plain = |c: char| c.is_alphanumeric() || "-._".contains(c);
        if !host.chars().all(plain) {
            return Err(AddressError::Host);
        }
        let host = if host.is_empty() { "localhost" } else { host };
        (host.to_owned(), rest)
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => number(port).and_then(|port| u16::try_from(port).ok()),
        None if rest.is_empty() => Some(default_port),
        None => return Err(AddressError::Host),
    };
    let port = port.filter(|port| *port > 0).ok_or(AddressError::Port)?;
    Ok((host, port))
}

/// A number of digits alone: `parse` would take a `+`, too.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn decode(text: &str) -> Result<String, AddressError> {
    let escaped = text.split('%').skip(1);
    let valid = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if !escaped.into_iter().all(valid) {
        return Err(AddressError::Escape);
    }
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| AddressError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_understood() {
        for (given, shown) in [
            ("redis://localhost", "redis://localhost:6379"),
            ("redis://", "redis://localhost:6379"),
            ("redis://:secret@10.0.0.1:7000/2", "redis://10.0.0.1:7000/2"),
            ("rediss://u:p%40ss@h/", "rediss://u@h:6379"),
            ("redis://u:p@s:s@h", "redis://u@h:6379"),
            ("redis://u:@h", "redis://u@h:6379"),
            ("redis://:@h", "redis://h:6379"),
            ("redis://[::1]:7/1", "redis://[::1]:7/1"),
            ("redis://h?db=4", "redis://h:6379/4"),
            ("redis://h/?database=4", "redis://h:6379/4"),
            ("redis://h/4?DB=4", "redis://h:6379/4"),
            ("redis://h?virtual_host=4", "redis://h:6379/4"),
            ("REDIS://h", "redis://h:6379"),
            ("valkey://h/1", "redis://h:6379/1"),
            ("valkeys://h", "rediss://h:6379"),
            ("redis:6379", "redis://redis:6379"),
            ("localhost:6380/2", "redis://localhost:6380/2"),
            (":6380", "redis://localhost:6380"),
            (
                "redis+unix:///run/r.sock?db=3",
                "redis+unix:///run/r.sock?db=3",
            ),
            ("unix:///run/r%3F.sock", "redis+unix:///run/r?.sock"),
            ("unix:///run/a@b.sock", "redis+unix:///run/a@b.sock"),
            (
                "redis-socket://:secret@/run/r.sock",
                "redis+unix:///run/r.sock",
            ),
            (
                "redis+socket:///r.sock?virtual_host=/3",
                "redis+unix:///r.sock?db=3",
            ),
            ("redis-cluster://h", "redis-cluster://h:6379"),
            (
                "redis-cluster://:secret@a,b:7001,[::1]:7002/0",
                "redis-cluster://a:6379,b:7001,[::1]:7002",
            ),
            (
                "rediss-cluster://u:p%40ss@a,b/?db=0",
                "rediss-cluster://u@a:6379,b:6379",
            ),
        ] {
            assert_eq!(Address::parse(given).unwrap().to_string(), shown, "{given}");
        }
        for (given, password) in [
            ("redis://u:p%40ss@h", "p@ss"),
            ("redis://u:p@s:s@h", "p@s:s"),
            ("redis://u:@h", ""),
            ("redis://:%E2%82%AC@h", "€"),
            ("unix://:a%2Fb@/r.sock", "a/b"),
        ] {
            let address = Address::parse(given).unwrap();
            assert_eq!(address.password.as_ref().unwrap().expose(), password);
            assert!(password.is_empty() || !format!("{address:?}").contains(password));
        }
    }

    #[test]
    fn a_sentinel_url_names_sentinels_and_the_primary() {
        for (given, shown) in [
            (
                "redis-sentinel://:secret@a,b:26380,[::1]/2?master=m",
                "redis-sentinel://a:26379,b:26380,[::1]:26379/2?master=m",
            ),
            (
                "rediss+sentinel://u:p@a?db=3&master=my%20main&sentinel_tls=false",
                "rediss-sentinel://u@a:26379/3?master=my%20main&sentinel_tls=false",
            ),
        ] {
            assert_eq!(Address::parse(given).unwrap().to_string(), shown, "{given}");
            assert_eq!(Address::parse(shown).is_ok(), !shown.contains("u@"));
        }
        let address = Address::parse("redis-sentinel://a?master=m%26x&sentinel_tls=true").unwrap();
        let sentinels = address.sentinels().unwrap();
        assert_eq!(sentinels.master, "m&x");
        assert!(sentinels.sentinel_tls && !sentinels.tls && !address.uses_tls());
    }

    fn parameter(name: &'static str) -> AddressError {
        let known = PARAMETERS.iter().find(|(known, _)| *known == name);
        let instead = known.unwrap().1;
        AddressError::Parameter { name, instead }
    }

    /// No error may show any part of the URL.
    #[track_caller]
    fn refused(given: &str, error: AddressError) {
        assert_eq!(Address::parse(given), Err(error), "{given}");
        assert!(!format!("{error} {}", error.hint()).contains("hunter2"));
    }

    #[test]
    fn logins_that_are_not_understood_are_refused() {
        use AddressError::*;
        for (given, error) in [
            ("", NoScheme),
            ("localhost", NoScheme),
            ("hunter2", NoScheme),
            ("user:hunter2", NoScheme),
            ("user:hunter2@h:6379", NoScheme),
            ("hunter2@h:6379", NoScheme),
            ("http://h", Scheme),
            ("redis-sentinel://:hunter2@h,i", NoMaster),
            ("redis-sentinel://:hunter2@h?master=", NoMaster),
            ("redis-sentinel://h?master=m&sentinel_tls=1", SentinelTls),
            ("redis-sentinel://:hunter2@h?master=m#hunter2", Fragment),
            ("redis-sentinel://hunter2@h?master=m", UserAlone),
            ("redis-sentinel://h?master_name=m", parameter("master_name")),
            (
                "redis-sentinel://h?master=m&sentinel_password=hunter2",
                parameter("sentinel_password"),
            ),
            ("redis-sentinel://h/x?master=m", Database),
            ("redis-sentinel://h?mastre=m", UnknownParameter),
            ("redis-sentinel://h?master=m&master=m2", Twice("master")),
            (
                "redis-sentinel://h?master=m&sentinel_tls=true&sentinel_tls=false",
                Twice("sentinel_tls"),
            ),
            ("redis://h?master=m", parameter("master")),
            ("redis://u:hunter2#@h", RawCharacter('#')),
            ("redis://u:hun/ter2@h", RawCharacter('/')),
            ("redis://u:1?hunter2@h", RawCharacter('?')),
            ("redis-cluster://:hun/ter2hunter2@h,i", RawCharacter('/')),
            ("unix://:hun/ter2@/run/r.sock", RawCharacter('/')),
            ("redis://h/0#2", Fragment),
            ("redis://u:hunter2#", Fragment),
            ("redis://:hunter 2@h", Blank),
            ("redis://:hunter2\u{1b}@h", Blank),
            ("redis://${REDIS_HOST}:6379", Placeholder),
            ("${REDIS_URL}", Placeholder),
            ("redis://{{ host }}", Placeholder),
            ("redis://:hunter%2@h", Escape),
            ("redis://:hunter2%@h", Escape),
            ("redis://:hunter2%€x@h", Escape),
            ("redis://:hunter2%ff@h", NotUtf8),
            ("redis://hunter2@h", UserAlone),
            ("unix://hunter2@/run/r.sock", UserAlone),
        ] {
            refused(given, error);
        }
    }

    #[test]
    fn servers_and_databases_that_are_not_understood_are_refused() {
        use AddressError::*;
        for (given, error) in [
            ("redis://h,i", Host),
            ("redis://::1:6379", Port),
            ("redis://[::1", Host),
            ("redis://[h]", Host),
            ("redis://[::1]x", Host),
            ("redis://:hunter2@h:99999", Port),
            ("redis://h:0", Port),
            ("redis://h:", Port),
            ("redis://h:+1", Port),
            ("redis-cluster://:hunter2@h:0x,i", Port),
            ("redis://:hunter2@h/abc", Database),
            ("redis://h/+1", Database),
            ("redis://h/1/2", Database),
            ("redis://h?db=", Database),
            ("redis://h/2?db=0", TwoDatabases),
            ("redis://h?db=1&database=2", TwoDatabases),
            ("redis-cluster://:hunter2@h,i/1", ClusterDatabase),
            ("redis+unix://", NoPath),
            ("unix://run/r.sock", NoPath),
            ("redis://h?tls=true", parameter("tls")),
            ("redis://h?SSL_CERT_REQS=none", parameter("ssl_cert_reqs")),
            ("redis://h?password=hunter2", parameter("password")),
            ("redis://h?hunter2", UnknownParameter),
            ("redis://h?", UnknownParameter),
        ] {
            refused(given, error);
        }
    }

    #[test]
    fn a_password_from_elsewhere_belongs_to_the_user_of_the_url() {
        let address = parse("redis://app@h", Some(Secret::new("p"))).unwrap();
        assert_eq!(address.username.as_deref(), Some("app"));
        assert_eq!(address.password.unwrap().expose(), "p");
        let address = parse("h:1", Some(Secret::new("p"))).unwrap();
        assert_eq!(address.password.unwrap().expose(), "p");
    }
}
