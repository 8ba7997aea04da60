//! The configuration file: TOML, or YAML by its extension. All mistakes are reported at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::Error as _;

use super::asynq::{Asynq, Understood};
use super::check::{self, CheckConfig};
use super::checked;
use super::error::ConfigError;
use super::groups::{GroupConfig, GroupSettings};
use super::handlers::{HandlerConfig, HandlerSettings, Matched, check_pattern};
use super::log::LogConfig;
use super::serve::ServeConfig;
use super::text;
use super::trouble;
use super::worker::WorkerConfig;
use crate::inspector::trouble::Thresholds;
use crate::schedule::form::Form;
use crate::schedule::sync::{self, BadSchedules, Place, Written};
use crate::text_file::mistake::Mistake;
use crate::text_file::reader;
use crate::text_file::tree::{Key, Node, Value};

/// The whole file.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub redis: RedisConfig,
    pub worker: WorkerConfig,
    pub log: LogConfig,
    pub serve: ServeConfig,
    pub handlers: Vec<HandlerConfig>,
    pub groups: Vec<GroupConfig>,
    pub cron: Vec<Written>,
    /// When something is trouble.
    pub trouble: Thresholds,
    /// The limits of `check`.
    pub check: CheckConfig,
    /// Notes on how the file was read.
    pub notes: Vec<String>,
    /// Mistakes in sections that only some commands need, each with its place.
    pub mistakes: Vec<String>,
}

/// `[redis]`
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RedisConfig {
    /// The line of `url` or `sentinels`.
    #[serde(skip)]
    pub line: usize,
    pub url: Option<String>,
    pub password_file: Option<PathBuf>,
    /// Instead of `url`: `HOST:PORT` of each Sentinel, and in `master`, `user`, `db` and `tls` what the URL would say.
    #[serde(deserialize_with = "checked::sentinels")]
    pub sentinels: Option<Vec<String>>,
    pub master: Option<String>,
    pub user: Option<String>,
    pub db: Option<u32>,
    pub tls: Option<bool>,
    /// Whether connections to the Sentinels are encrypted, if this differs from `tls`.
    pub sentinel_tls: Option<bool>,
    pub sentinel_user: Option<String>,
    pub sentinel_password: Option<String>,
    pub sentinel_password_file: Option<PathBuf>,
    /// Trusted certificates (PEM).
    pub tls_ca: Option<PathBuf>,
    /// The client certificate (PEM).
    pub tls_cert: Option<PathBuf>,
    /// The key of the client certificate (PEM).
    pub tls_key: Option<PathBuf>,
    /// The name expected in the server's certificate.
    pub tls_server_name: Option<String>,
    /// Whether any server certificate is accepted.
    pub insecure: bool,
    /// Maximum time to wait for a connection or an answer.
    #[serde(deserialize_with = "checked::timeout")]
    pub timeout: Option<Duration>,
}

impl RedisConfig {
    /// The same wherever it is written.
    pub(crate) fn without_line(&self) -> Self {
        Self {
            line: 0,
            ..self.clone()
        }
    }
}

/// The top-level keys. Asynq's files of periodic tasks have `configs` for `cron`.
const SECTIONS: &[&str] = &[
    "redis", "worker", "serve", "log", "handlers", "groups", "cron", "configs", "trouble", "check",
    "asynq",
];

impl File {
    /// Reads a file, all of whose sections must be right.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = Self::read_leniently(path)?;
        file.check()?;
        Ok(file)
    }

    /// Fails if there are mistakes in the sections that only some commands need.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.mistakes.is_empty() {
            return Ok(());
        }
        Err(ConfigError::Mistakes(self.mistakes.clone()))
    }

    /// Reads a file; YAML when its name ends in `.yaml` or `.yml`, TOML otherwise. Sections that only workers and
    /// schedulers need may have [`mistakes`](Self::mistakes).
    pub(super) fn read_leniently(path: &Path) -> Result<Self, ConfigError> {
        let text = text::text("the configuration file", path)?;
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        Self::parse(&text, yaml, path)
    }

    fn parse(text: &str, yaml: bool, path: &Path) -> Result<Self, ConfigError> {
        let root = if yaml {
            Node::from_yaml(text)
        } else {
            Node::from_toml(text)
        };
        let mut reading = Reading {
            path,
            mistakes: Vec::new(),
            for_workers: Vec::new(),
        };
        let file = match root {
            Ok((root, repeated)) => {
                reading.mistakes.extend(repeated);
                reading.file(&root)
            }
            Err(mistake) => {
                reading.mistakes.push(mistake);
                Self::default()
            }
        };
        let fatal = !reading.mistakes.is_empty();
        reading.mistakes.append(&mut reading.for_workers);
        if reading.mistakes.is_empty() {
            return Ok(file);
        }
        // Any time will do: only the format of times is checked.
        if let Err(BadSchedules(bad)) = sync::check(&file.cron, DateTime::UNIX_EPOCH) {
            let bad = bad.into_iter();
            let bad = bad.map(|bad| Mistake::at(bad.line, format!("{}: {}", bad.what, bad.hint)));
            reading.mistakes.extend(bad);
        }
        reading.mistakes.sort_by_key(|mistake| mistake.line);
        let said = reading
            .mistakes
            .iter()
            .map(|mistake| format!("{}: {mistake}", reading.place(mistake.line)));
        let said = said.collect();
        if fatal {
            return Err(ConfigError::Mistakes(said));
        }
        Ok(Self {
            mistakes: said,
            ..file
        })
    }
}

/// A file being read, with the mistakes found so far.
struct Reading<'a> {
    path: &'a Path,
    mistakes: Vec<Mistake>,
    /// Those in sections that only some commands need.
    for_workers: Vec<Mistake>,
}

impl Reading<'_> {
    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    fn file(&mut self, root: &Node) -> File {
        let mut file = File::default();
        let sections = match &root.value {
            Value::Table(sections) => sections,
            Value::Empty => return file,
            Value::Switch(..) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                let sections = SECTIONS.join(", ");
                let what = format!("expected sections: {sections}");
                self.mistakes.push(Mistake::at(root.line, what));
                return file;
            }
        };
        if let Some((key, node)) = sections.iter().find(|(key, _)| key.name == "asynq") {
            let file = self.asynq(key, node, sections);
            self.for_workers.append(&mut self.mistakes);
            return file;
        }
        let configs = sections.iter().find(|(key, _)| key.name == "configs");
        if let Some((key, _)) = configs
            && sections.iter().any(|(key, _)| key.name == "cron")
        {
            let what = "\"cron\" and \"configs\" are two names of the same; keep one of them";
            self.mistakes.push(Mistake::at(key.line, what));
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        for (key, node) in sections {
            let before = self.mistakes.len();
            match key.name.as_str() {
                "redis" => file.redis = self.redis(key, node),
                "worker" => file.worker = self.section(key, node),
                "serve" => file.serve = self.section::<ServeConfig>(key, node).seen_from(folder),
                "log" => file.log = self.section::<LogConfig>(key, node).seen_from(folder),
                "handlers" => file.handlers = self.handlers(key, node, folder),
                "groups" => file.groups = self.groups(key, node, folder),
                "trouble" => file.trouble = trouble::read(key, node, &mut self.mistakes),
                "check" => file.check = check::read(key, node, &mut self.mistakes),
                "cron" | "configs" => file.cron.extend(self.schedules(key, node)),
                // A place for YAML anchors, as in Compose files.
                own if own.starts_with("x-") => {}
                other => {
                    let mut mistake = Mistake::unknown_field(other, SECTIONS);
                    mistake.line = key.line;
                    self.mistakes.push(mistake);
                }
            }
            if matches!(
                key.name.as_str(),
                "worker"
                    | "serve"
                    | "log"
                    | "handlers"
                    | "groups"
                    | "cron"
                    | "configs"
                    | "trouble"
                    | "check"
            ) {
                self.for_workers.extend(self.mistakes.drain(before..));
            }
        }
        file
    }

    fn redis(&mut self, key: &Key, node: &Node) -> RedisConfig {
        let mut keys = node.entries().iter().map(|(key, _)| key);
        let address = keys.find(|key| ["url", "sentinels"].contains(&key.name.as_str()));
        RedisConfig {
            line: address.unwrap_or(key).line,
            ..self.section(key, node)
        }
    }

    /// A section, or its default if it has a mistake.
    fn section<T: DeserializeOwned + Default>(&mut self, key: &Key, node: &Node) -> T {
        reader::read(key, node).unwrap_or_else(|mistakes| {
            self.mistakes.extend(mistakes);
            T::default()
        })
    }

    fn handlers(&mut self, key: &Key, node: &Node, folder: &Path) -> Vec<HandlerConfig> {
        let what = "handlers: expected a table of types, such as [handlers.\"email:deliver\"]";
        let read = self.by_pattern::<HandlerSettings>((key, node), what, Matched::Types);
        let handler = |(pattern, origin, settings): (_, _, HandlerSettings)| HandlerConfig {
            pattern,
            origin,
            settings: settings.seen_from(folder),
        };
        read.into_iter().map(handler).collect()
    }

    fn groups(&mut self, key: &Key, node: &Node, folder: &Path) -> Vec<GroupConfig> {
        let what = "groups: expected a table of groups, such as [groups.\"digest:*\"]";
        let read = self.by_pattern::<GroupSettings>((key, node), what, Matched::Groups);
        let group = |(pattern, origin, settings): (_, _, GroupSettings)| GroupConfig {
            pattern,
            origin,
            settings: settings.seen_from(folder),
        };
        read.into_iter().map(group).collect()
    }

    /// The entries of a table of patterns: the pattern, its place, and what it stands for.
    fn by_pattern<T: DeserializeOwned>(
        &mut self,
        (key, node): (&Key, &Node),
        expected: &str,
        matched: Matched,
    ) -> Vec<(String, String, T)> {
        let mut read = Vec::new();
        let entries = match &node.value {
            Value::Table(entries) => entries.as_slice(),
            Value::Empty => &[],
            Value::Switch(..) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                self.mistakes.push(Mistake::at(node.line, expected));
                &[]
            }
        };
        for (pattern, node) in entries {
            if let Err(what) = check_pattern(&pattern.name, matched) {
                let what = format!("{}: {what}", key.name);
                self.mistakes.push(Mistake::at(pattern.line, what));
            }
            match reader::read::<T>(pattern, node) {
                Ok(settings) => {
                    let place = self.place(pattern.line);
                    read.push((pattern.name.clone(), place, settings));
                }
                Err(mistakes) => {
                    let below = |mistake: Mistake| mistake.below(&key.name, node.line);
                    self.mistakes.extend(mistakes.into_iter().map(below));
                }
            }
        }
        read
    }

    fn schedules(&mut self, key: &Key, node: &Node) -> Vec<Written> {
        let mut schedules = Vec::new();
        let entries = match &node.value {
            Value::List(entries) => entries.as_slice(),
            Value::Empty => &[],
            Value::Switch(..) | Value::Number(_) | Value::Text(_) | Value::Table(_) => {
                let what = format!(
                    "{}: expected a list of schedules, such as [[cron]]",
                    key.name
                );
                self.mistakes.push(Mistake::at(node.line, what));
                &[]
            }
        };
        for entry in entries {
            let (form, mistakes) = reader::read_partly::<Form>(key, entry);
            // A wrong key may be the one that is missing then.
            let checkable = |form: &Form| {
                mistakes.is_empty() || !(form.spec.is_empty() || form.kind.is_empty())
            };
            let place = Place {
                file: self.path.display().to_string(),
                line: entry.line,
                keys: entry
                    .entries()
                    .iter()
                    .map(|(key, _)| (key.name.clone(), key.line))
                    .collect(),
            };
            schedules.extend(form.filter(checkable).map(|form| Written { form, place }));
            self.mistakes.extend(mistakes);
        }
        schedules
    }

    /// The file of an application, of which only the `asynq` section is read.
    fn asynq(&mut self, key: &Key, node: &Node, sections: &[(Key, Node)]) -> File {
        let section: Asynq = self.section(key, node);
        let Understood {
            worker,
            log,
            mut notes,
        } = section.understood();
        let others = sections.iter().map(|(key, _)| key.name.as_str());
        let others: Vec<&str> = others.filter(|name| *name != "asynq").collect();
        if !others.is_empty() {
            let redis = if others.contains(&"redis") {
                "; name the Redis with --redis or QCTL_REDIS"
            } else {
                ""
            };
            let named = named(&others);
            let path = self.path.display();
            notes.push(format!(
                "{path}: only its section asynq is read, not {named}{redis}"
            ));
        }
        File {
            worker,
            log,
            notes,
            ..File::default()
        }
    }
}

/// The names, or the first ten of more.
fn named(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
