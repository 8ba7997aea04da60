//! How to connect to Redis: the URL, the password, the certificates, and the time to wait.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::file::RedisConfig;
use super::flags::Flags;
use super::sentinel;
use super::text;
use super::variable;
use crate::broker::{Address, Settings, Tls};

/// The address when none is given.
const DEFAULT_REDIS: &str = "redis://127.0.0.1:6379";

/// How long to wait for Redis unless set.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a section comes from: the file and the key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) path: &'a Path,
    pub(super) key: &'a str,
}

/// Combines flags, a section and `REDIS_URL`. Relative paths in a file start at the file's folder.
pub(super) fn settings(
    flags: &Flags,
    file: &RedisConfig,
    from: Option<Origin<'_>>,
) -> Result<Settings, ConfigError> {
    let folder = from
        .and_then(|from| from.path.parent())
        .unwrap_or(Path::new(""));
    // The password file and `insecure` of the file apply only to the server in the file.
    let own = flags.redis.is_none();
    let given = |flag: &Option<PathBuf>, setting: &Option<PathBuf>| {
        flag.clone()
            .or_else(|| setting.as_ref().map(|path| folder.join(path)))
    };
    let password = file.password_file.clone().filter(|_| own);
    let password = given(&flags.password_file, &password);
    let password = password.as_deref().map(text::password).transpose()?;
    let (origin, url) = url(flags, file, from)?;
    let address = match password {
        Some(password) => Address::parse_with(&url, password),
        None => Address::parse(&url),
    };
    let mut address = address.map_err(|error| ConfigError::Address { origin, error })?;
    sentinel::log_in(&mut address, flags, own.then_some(file), folder)?;
    let sentinels = address.sentinels();
    if !address.uses_tls() && !sentinels.is_some_and(|sentinels| sentinels.sentinel_tls) {
        tls_is_unused(flags, own.then_some(file))?;
    }
    Ok(Settings {
        address,
        tls: tls(flags, file, given)?,
        timeout: flags
            .redis_timeout
            .or(file.timeout)
            .unwrap_or(DEFAULT_TIMEOUT),
    })
}

/// The URL, and where it was given.
fn url(
    flags: &Flags,
    file: &RedisConfig,
    from: Option<Origin<'_>>,
) -> Result<(String, String), ConfigError> {
    if let Some(url) = &flags.redis {
        let origin = if flags.redis_typed {
            "--redis"
        } else {
            "QCTL_REDIS"
        };
        return Ok((origin.to_owned(), url.clone()));
    }
    let place = |from: Origin<'_>, key| {
        let Origin { path, key: section } = from;
        format!("{}:{}: {section}.{key}", path.display(), file.line)
    };
    if let (Some(url), Some(from)) = (file.sentinel_url()?, from) {
        return Ok((place(from, "sentinels"), url));
    }
    if let (Some(url), Some(from)) = (&file.url, from) {
        return Ok((place(from, "url"), url.clone()));
    }
    let url = variable::text("REDIS_URL").unwrap_or_else(|| DEFAULT_REDIS.to_owned());
    Ok(("REDIS_URL".to_owned(), url))
}

/// Refuses TLS settings for a connection without TLS, which the user expects to be encrypted.
fn tls_is_unused(flags: &Flags, file: Option<&RedisConfig>) -> Result<(), ConfigError> {
    let in_file = |set: fn(&RedisConfig) -> bool| file.is_some_and(set);
    let settings = [
        ("--tls-ca", flags.tls_ca.is_some()),
        ("--tls-cert", flags.tls_cert.is_some()),
        ("--tls-key", flags.tls_key.is_some()),
        ("--tls-server-name", flags.tls_server_name.is_some()),
        ("--insecure", flags.insecure),
        ("redis.tls_ca", in_file(|file| file.tls_ca.is_some())),
        ("redis.tls_cert", in_file(|file| file.tls_cert.is_some())),
        ("redis.tls_key", in_file(|file| file.tls_key.is_some())),
        (
            "redis.tls_server_name",
            in_file(|file| file.tls_server_name.is_some()),
        ),
        ("redis.insecure", in_file(|file| file.insecure)),
    ];
    let unused = settings.into_iter().find(|(_, set)| *set);
    unused.map_or(Ok(()), |(name, _)| Err(ConfigError::TlsUnused(name)))
}

fn tls(
    flags: &Flags,
    file: &RedisConfig,
    given: impl Fn(&Option<PathBuf>, &Option<PathBuf>) -> Option<PathBuf>,
) -> Result<Tls, ConfigError> {
    let pem = |what, flag, setting| {
        let path = given(flag, setting);
        path.map(|path| text::bytes(what, &path)).transpose()
    };
    let cert = pem("the TLS certificate", &flags.tls_cert, &file.tls_cert)?;
    let key = pem("the TLS key", &flags.tls_key, &file.tls_key)?;
    let identity = match (cert, key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(ConfigError::Incomplete(
                "the TLS certificate and its key must be set together",
            ));
        }
    };
    let server_name = flags.tls_server_name.as_ref();
    Ok(Tls {
        ca: pem("the TLS CA", &flags.tls_ca, &file.tls_ca)?,
        identity,
        server_name: server_name.or(file.tls_server_name.as_ref()).cloned(),
        insecure: flags.insecure || (flags.redis.is_none() && file.insecure),
    })
}
