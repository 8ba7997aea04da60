//! `[groups."NAME"]`: which command merges the tasks of which groups.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::checked::{self, Span};
use super::handlers::{
    Limits, Nice, SurroundingsConfig, UserName, Variables, not_startable, program,
};
use crate::broker::{MAX_SET_TASKS, Ripeness};
use crate::task::{NewTask, TaskOptions, TaskType};
use crate::worker::{DEFAULT_MERGE_TIMEOUT, Program};

/// A command for some groups.
#[derive(Debug, Clone)]
pub(crate) struct GroupConfig {
    /// `digest:7` matches that group alone, `digest:*` all groups that start with `digest:`.
    pub pattern: String,
    /// The line of a file.
    pub origin: String,
    pub settings: GroupSettings,
}

/// How the groups are merged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupSettings {
    pub program: Program,
    /// The type of the merged task.
    pub kind: TaskType,
    /// Its options, without its queue.
    pub options: TaskOptions,
    pub ripeness: Ripeness,
    /// How long the command may take.
    pub timeout: Duration,
    pub surroundings: SurroundingsConfig,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    run: Option<String>,
    exec: Option<Vec<String>>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    grace: Option<WholeSeconds>,
    max_delay: Option<WholeSeconds>,
    max_size: Option<Size>,
    #[serde(deserialize_with = "checked::timeout")]
    timeout: Option<Duration>,
    options: Options,
    env: Option<Variables>,
    cwd: Option<PathBuf>,
    user: Option<UserName>,
    nice: Option<Nice>,
    limits: Option<Limits>,
}

/// The options of the merged task.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    #[serde(deserialize_with = "checked::retries")]
    max_retry: Option<i32>,
    #[serde(deserialize_with = "checked::timeout")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "checked::span")]
    retention: Option<Duration>,
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Kind(TaskType);

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let kind = TaskType::new(text).map_err(|error| error.to_string());
        kind.map(Self)
    }
}

/// A time that Asynq counts in whole seconds.
#[derive(Deserialize)]
#[serde(try_from = "Span")]
struct WholeSeconds(Duration);

impl TryFrom<Span> for WholeSeconds {
    type Error = &'static str;

    fn try_from(Span(span): Span) -> Result<Self, Self::Error> {
        if span.is_zero() || span.subsec_nanos() > 0 {
            return Err("only whole seconds count: use \"1s\" or more");
        }
        Ok(Self(span))
    }
}

/// How many tasks make a group ripe.
#[derive(Deserialize)]
#[serde(try_from = "usize")]
struct Size(usize);

impl TryFrom<usize> for Size {
    type Error = String;

    fn try_from(tasks: usize) -> Result<Self, String> {
        if (1..=MAX_SET_TASKS).contains(&tasks) {
            return Ok(Self(tasks));
        }
        Err(format!(
            "use 1 to {MAX_SET_TASKS}, or remove the key: then only time counts"
        ))
    }
}

/// As in Asynq.
const DEFAULT_GRACE: Duration = Duration::from_secs(60);

impl Keys {
    fn settings(self) -> Result<GroupSettings, String> {
        if self.run.is_some() && self.exec.is_some() {
            return Err("run and exec cannot be used together".to_owned());
        }
        let program = program(self.run, self.exec)?
            .ok_or("a group needs a command that merges it: add run = \"…\" or exec = [\"…\"]")?;
        let Some(Kind(kind)) = self.kind else {
            return Err("the type of the merged task is missing: add type = \"…\"".to_owned());
        };
        let options = self.options;
        let merged = NewTask::new(kind, None).with(|task| {
            task.max_retry = options.max_retry.unwrap_or(task.max_retry);
            task.timeout = options.timeout;
            task.retention = options.retention.unwrap_or_default();
            task.headers = options.headers;
        });
        merged.check().map_err(|error| error.to_string())?;
        Ok(GroupSettings {
            program,
            kind: merged.kind,
            options: merged.options,
            ripeness: Ripeness {
                grace: self.grace.map_or(DEFAULT_GRACE, |span| span.0),
                max_delay: self.max_delay.map_or(Duration::ZERO, |span| span.0),
                max_size: self.max_size.map_or(0, |size| size.0),
            },
            timeout: self.timeout.unwrap_or(DEFAULT_MERGE_TIMEOUT),
            surroundings: SurroundingsConfig {
                env: self.env.unwrap_or_default(),
                cwd: self.cwd,
                user: self.user,
                nice: self.nice,
                limits: self.limits,
            },
        })
    }
}

impl<'de> Deserialize<'de> for GroupSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Keys::deserialize(from)?
            .settings()
            .map_err(D::Error::custom)
    }
}

impl GroupSettings {
    /// Relative paths start at this folder.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        Self {
            surroundings: self.surroundings.seen_from(folder),
            ..self
        }
    }
}

/// Groups whose commands cannot start on this machine, one message for each.
pub(crate) fn unusable_groups(groups: &[GroupConfig]) -> Vec<String> {
    let unusable = groups.iter().filter_map(|group| {
        let settings = &group.settings;
        let reason = not_startable(&settings.program.words(), &settings.surroundings)?;
        Some(format!(
            "{}: groups {:?}: {reason}",
            group.origin, group.pattern
        ))
    });
    unusable.collect()
}
