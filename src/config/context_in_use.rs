//! The context that a command uses, if any.

use super::connection::{self, Origin};
use super::contexts::{self, Contexts};
use super::error::ConfigError;
use super::file::RedisConfig;
use super::flags::Flags;
use crate::broker;

/// The context that a connection comes from.
#[derive(Debug, Clone)]
pub(crate) struct ContextInUse {
    pub(crate) name: String,
    pub(crate) protected: bool,
    pub(super) read_only: bool,
}

/// The connection of the context that was named or, where neither flags nor the file say another address, of the current one.
pub(super) fn connection_of(
    flags: &Flags,
    file: &RedisConfig,
    may_use_current: bool,
) -> Result<Option<(broker::Settings, ContextInUse)>, ConfigError> {
    if let (Some(name), Some(_)) = (&flags.context, &flags.redis) {
        let what = format!(
            "the context {name:?} and a URL, in --redis or QCTL_REDIS, name two connections: keep one of them"
        );
        return Err(ConfigError::Conflict(what));
    }
    let elsewhere = flags.redis.is_some() || file.url.is_some() || file.sentinels.is_some();
    if flags.context.is_none() && (elsewhere || !may_use_current) {
        return Ok(None);
    }
    let contexts = Contexts::read()?;
    let Some(name) = flags.context.clone().or_else(|| contexts.current.clone()) else {
        return Ok(None);
    };
    let found = contexts.named(&name)?;
    let mut redis = found.redis.clone();
    if redis.url.is_none() && redis.sentinels.is_none() {
        let what = format!("the context {name:?} has neither url nor sentinels");
        return Err(ConfigError::Conflict(what));
    }
    redis.url = redis.url.map(|url| contexts::expand(&url)).transpose()?;
    let key = format!("contexts.{name}");
    let path = contexts.path.as_deref();
    let from = path.map(|path| Origin { path, key: &key });
    let settings = connection::settings(flags, &redis, from)?;
    let (read_only, protected) = (found.read_only, found.protected);
    let context = ContextInUse {
        name,
        protected,
        read_only,
    };
    Ok(Some((settings, context)))
}
