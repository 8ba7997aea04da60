//! How to talk to Redis: the URL, the password and certificates of files, and the time to wait.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::file::RedisConfig;
use super::flags::Flags;
use super::text;
use super::variable;
use crate::broker::{Address, Secret, Settings, Tls};

/// The address when nothing else is said.
const DEFAULT_REDIS: &str = "redis://127.0.0.1:6379";

/// How long to wait for Redis when nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// Puts flags, the file and `REDIS_URL` together. A path in the file is seen from its folder.
pub(super) fn settings(
    flags: &Flags,
    file: &RedisConfig,
    folder: &Path,
) -> Result<Settings, ConfigError> {
    let url = flags
        .redis
        .clone()
        .or_else(|| file.url.clone())
        .or_else(|| variable::text("REDIS_URL"))
        .unwrap_or_else(|| DEFAULT_REDIS.to_owned());
    let mut address = Address::parse(&url)?;
    // The file's password, and its trust in any certificate, are for its own server only.
    let own = flags.redis.is_none();
    let given = |flag: &Option<PathBuf>, setting: &Option<PathBuf>| {
        flag.clone()
            .or_else(|| setting.as_ref().map(|path| folder.join(path)))
    };
    let password = file.password_file.clone().filter(|_| own);
    if let Some(path) = given(&flags.password_file, &password) {
        let text = text::text("the password file", &path)?;
        address.password = Some(Secret::new(text.trim_end_matches(['\r', '\n'])));
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
                "a TLS certificate and its key are needed together",
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
