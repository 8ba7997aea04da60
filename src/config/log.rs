//! `[log]`: level, format and file of a worker's log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use super::checked;
use super::checked::{MEGABYTE, one_of};
use super::error::ConfigError;
use super::flags::choice;
use super::variable;
use crate::view::log::Level;
use crate::view::settings::{LogFile, LogFormat, LogSettings};

/// The section. Keys and limits are those of Go's lumberjack.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    #[serde(deserialize_with = "level")]
    level: Option<Level>,
    #[serde(deserialize_with = "format")]
    format: Option<LogFormat>,
    #[serde(alias = "output_path")]
    pub(super) path: Option<PathBuf>,
    #[serde(deserialize_with = "size")]
    max_size: Option<u64>,
    max_backups: Option<usize>,
    #[serde(deserialize_with = "checked::days")]
    max_age: Option<Duration>,
    compress: bool,
}

/// The default size of a log file.
const DEFAULT_MAX_SIZE: u64 = 100 * MEGABYTE;

/// The flags of the log.
#[derive(Debug, Clone, Default, clap::Args)]
#[expect(
    clippy::doc_markdown,
    reason = "these are help texts, where backticks would show"
)]
pub(crate) struct LogArgs {
    /// Log lines to write: those of this level and more severe ones [default: info] [env: QCTL_LOG_LEVEL]
    #[arg(long, value_name = "LEVEL", value_parser = choice!(Level))]
    log_level: Option<Level>,
    /// Format of log lines [default: text] [env: QCTL_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT", value_parser = choice!(LogFormat))]
    log_format: Option<LogFormat>,
}

impl LogArgs {
    /// The same, with this level if they name none.
    #[must_use]
    pub(crate) fn or_level(self, level: Level) -> Self {
        Self {
            log_level: self.log_level.or(Some(level)),
            ..self
        }
    }
}

impl LogConfig {
    /// The settings of a log: flags, variables, then the file. `--quiet` leaves only warnings and errors on stderr.
    pub(crate) fn settings(&self, args: &LogArgs, quiet: bool) -> Result<LogSettings, ConfigError> {
        let level = variable::or(args.log_level, "QCTL_LOG_LEVEL", str::parse)?;
        let format = variable::or(args.log_format, "QCTL_LOG_FORMAT", str::parse)?;
        let file = self.path.as_ref().map(|path| LogFile {
            path: path.clone(),
            max_bytes: self.max_size.unwrap_or(DEFAULT_MAX_SIZE),
            max_backups: self.max_backups.filter(|max| *max > 0),
            max_age: self.max_age.filter(|max| !max.is_zero()),
            compress: self.compress,
        });
        let quiet = (quiet && file.is_none()).then_some(Level::Warn);
        Ok(LogSettings {
            level: level.or(quiet).or(self.level).unwrap_or_default(),
            format: format.or(self.format).unwrap_or_default(),
            file,
        })
    }

    /// The same section with its path relative to a folder.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        Self {
            path: self.path.map(|path| folder.join(path)),
            ..self
        }
    }
}

fn level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Level>, D::Error> {
    // "warning" and "fatal" are levels of Go's loggers.
    let words = [
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("debug", Level::Debug),
        ("warning", Level::Warn),
        ("fatal", Level::Error),
    ];
    one_of(from, &words).map(Some)
}

fn format<'de, D: Deserializer<'de>>(from: D) -> Result<Option<LogFormat>, D::Error> {
    // "console" is what Go's zap calls text.
    let words = [
        ("text", LogFormat::Text),
        ("json", LogFormat::Json),
        ("console", LogFormat::Text),
    ];
    one_of(from, &words).map(Some)
}

/// 0 is the default.
fn size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(checked::size(from)?.filter(|bytes| *bytes > 0))
}
