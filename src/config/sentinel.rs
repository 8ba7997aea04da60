//! A primary that Sentinels name, written as a list instead of a URL, and the login of the Sentinels.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::ConfigError;
use super::file::RedisConfig;
use super::flags::Flags;
use super::text;
use crate::broker::{Address, Secret};

impl RedisConfig {
    /// The URL that the keys beside `sentinels` stand for; `None` if there is no such list.
    pub(super) fn sentinel_url(&self) -> Result<Option<String>, ConfigError> {
        let keys = [
            ("redis.master", self.master.is_some()),
            ("redis.user", self.user.is_some()),
            ("redis.db", self.db.is_some()),
            ("redis.tls", self.tls.is_some()),
            ("redis.sentinel_tls", self.sentinel_tls.is_some()),
        ];
        let Some(sentinels) = &self.sentinels else {
            let alone = keys.into_iter().find(|(_, set)| *set);
            return alone.map_or(Ok(None), |(name, _)| Err(ConfigError::NoSentinels(name)));
        };
        if self.url.is_some() {
            let what = "redis.url and redis.sentinels cannot be set together: keep one of them";
            return Err(ConfigError::Conflict(what.to_owned()));
        }
        let has_placeholder =
            |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("${"));
        if has_placeholder(&self.master) || has_placeholder(&self.user) {
            return Err(ConfigError::Incomplete(
                "redis.master and redis.user are taken as they are: a placeholder such as ${NAME} is not expanded",
            ));
        }
        let tls = self.tls.unwrap_or(false);
        let scheme = if tls { "rediss" } else { "redis" };
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let master = escaped(self.master.as_deref().unwrap_or_default());
        let sentinel_tls = self.sentinel_tls.unwrap_or(tls);
        let user = self
            .user
            .as_deref()
            .map(|user| format!("{}@", escaped(user)));
        Ok(Some(format!(
            "{scheme}-sentinel://{}{}/{}?master={master}&sentinel_tls={sentinel_tls}",
            user.unwrap_or_default(),
            sentinels.join(","),
            self.db.unwrap_or(0),
        )))
    }
}

/// Adds the login of the Sentinels to the address. `own` are the settings of the file, if they are for this address.
pub(super) fn log_in(
    address: &mut Address,
    flags: &Flags,
    own: Option<&RedisConfig>,
    folder: &Path,
) -> Result<(), ConfigError> {
    let user = flags.sentinel_user.clone();
    let user = user.or_else(|| own?.sentinel_user.clone());
    let typed = flags.sentinel_password.clone();
    let password = match (&flags.sentinel_password_file, typed, own) {
        (Some(path), ..) => Some(text::password(path)?),
        (None, Some(password), _) => Some(password),
        (None, None, Some(file)) => match (&file.sentinel_password, &file.sentinel_password_file) {
            (Some(_), Some(_)) => {
                let what = "redis.sentinel_password and redis.sentinel_password_file cannot be set together: keep one of them";
                return Err(ConfigError::Conflict(what.to_owned()));
            }
            (Some(password), None) => Some(Secret::new(password)),
            (None, Some(path)) => Some(text::password(&folder.join(path))?),
            (None, None) => None,
        },
        (None, None, None) => None,
    };
    let unused = match (&user, &password) {
        (Some(_), _) => "the user of the Sentinels",
        (None, Some(_)) => "the password of the Sentinels",
        (None, None) => return Ok(()),
    };
    if user.is_some() && password.is_none() {
        return Err(ConfigError::Incomplete(
            "the user of the Sentinels needs a password: set --sentinel-password-file",
        ));
    }
    if address.set_sentinel_login(user, password) {
        return Ok(());
    }
    Err(ConfigError::NoSentinels(unused))
}
