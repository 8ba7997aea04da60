//! `env`, `cwd`, `user`, `nice` and `limits` of a handler: what its commands get besides their tasks, and what they may use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{getpriority_process, getrlimit};
use serde::Deserialize;

use crate::config::checked;
use crate::worker::Surroundings;
use crate::worker::handlers::guardian::{Bounds, UserIds, keep_own_variables};

/// The keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SurroundingsConfig {
    pub env: Variables,
    pub cwd: Option<PathBuf>,
    pub user: Option<UserName>,
    pub nice: Option<Nice>,
    pub limits: Option<Limits>,
}

/// Variables of the environment.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(crate) struct Variables(pub BTreeMap<String, String>);

impl TryFrom<BTreeMap<String, String>> for Variables {
    type Error = String;

    fn try_from(variables: BTreeMap<String, String>) -> Result<Self, String> {
        for (name, value) in &variables {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                return Err(format!(
                    "{name:?} is not possible as an environment variable"
                ));
            }
            if name.starts_with("QCTL_") {
                return Err(format!("{name:?} is set by qctl: use another name"));
            }
        }
        Ok(Self(variables))
    }
}

/// A name, or a number.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum UserName {
    Id(u32),
    Name(String),
}

impl UserName {
    /// As `id` takes it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq)]
#[serde(try_from = "i32")]
pub(crate) struct Nice(pub i32);

impl TryFrom<i32> for Nice {
    type Error = &'static str;

    fn try_from(nice: i32) -> Result<Self, Self::Error> {
        if (-20..=19).contains(&nice) {
            return Ok(Self(nice));
        }
        Err("expected -20 to 19")
    }
}

/// Limits of resources.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    #[serde(deserialize_with = "checked::size")]
    pub memory: Option<u64>,
    #[serde(deserialize_with = "checked::timeout")]
    pub cpu: Option<Duration>,
    pub files: Option<u64>,
    pub processes: Option<u64>,
}

impl SurroundingsConfig {
    /// Relative paths start at this folder.
    pub(crate) fn seen_from(mut self, folder: &Path) -> Self {
        self.cwd = self.cwd.map(|cwd| folder.join(cwd));
        self
    }

    /// The same for the worker. The error says what is not possible on this machine, or for this user.
    pub(crate) fn checked(&self) -> Result<Surroundings, String> {
        if let Some(cwd) = self.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(format!("cwd: {} is not a folder", cwd.display()));
        }
        let env = self.env.0.iter();
        Ok(Surroundings {
            env: env
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            cwd: self.cwd.clone(),
            bounds: self.bounds()?,
        })
    }

    fn bounds(&self) -> Result<Option<Bounds>, String> {
        if self.user.is_none() && self.nice.is_none() && self.limits.is_none() {
            return Ok(None);
        }
        let limits = self.limits.clone().unwrap_or_default();
        let bounds = Bounds {
            user: self.user.as_ref().map(user_ids).transpose()?,
            nice: self.nice.map(|nice| nice.0),
            memory: limits.memory,
            // A part of a second counts as one.
            cpu_seconds: limits.cpu.map(|cpu| cpu.as_secs().max(1)),
            files: limits.files,
            processes: limits.processes,
        };
        if !is_root() {
            allowed(&bounds)?;
        }
        Ok(Some(bounds))
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether a user who is not root may set this.
fn allowed(bounds: &Bounds) -> Result<(), String> {
    let now = getpriority_process(None).unwrap_or(0);
    if let Some(nice) = bounds.nice.filter(|nice| *nice < now) {
        return Err(format!(
            "nice: only root may go from {now} to {nice}: start the worker as root, or use a higher number"
        ));
    }
    for (key, resource, limit) in bounds.limits() {
        let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        if let Some(limit) = limit.filter(|limit| *limit > most) {
            return Err(format!(
                "limits.{key}: {limit} is more than the {most} that this process may use"
            ));
        }
    }
    Ok(())
}

/// Asks `id`, which knows the users of directory services too.
fn user_ids(user: &UserName) -> Result<UserIds, String> {
    let user = user.text();
    if !is_root() {
        return Err(format!(
            "user: only root may run commands as {user:?}: start the worker as root, or remove the key"
        ));
    }
    let ask = |option: &str| -> Option<Vec<u32>> {
        let mut id = Command::new("id");
        keep_own_variables(&mut id);
        let asked = id.args([option, "--", &user]).output().ok()?;
        let text = String::from_utf8(asked.stdout).ok()?;
        text.split_whitespace().map(|id| id.parse().ok()).collect()
    };
    let one = |option| ask(option)?.first().copied();
    let ids = || {
        Some(UserIds {
            user: one("-u")?,
            group: one("-g")?,
            groups: ask("-G")?,
        })
    };
    ids().ok_or_else(|| format!("user: {user:?} is not known on this machine"))
}
