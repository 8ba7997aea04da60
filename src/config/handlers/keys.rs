//! `[handlers."TYPE"]` as it is written, and what may be written together.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::{HandlerSettings, Kind};
use crate::config::checked;
use crate::config::limit::LimitConfig;
use crate::config::retry::Retry;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Program};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    // What the handler does: exactly one of these.
    run: Option<String>,
    exec: Option<Vec<String>>,
    discard: bool,
    // For all kinds.
    #[serde(deserialize_with = "checked::timeout")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "checked::some_slots")]
    concurrency: Option<usize>,
    limit: Option<LimitConfig>,
    retry: Option<Retry>,
    // For some kinds: see `only_for`.
    #[serde(deserialize_with = "checked::exit_codes")]
    exit_codes: Option<ExitCodes>,
    #[serde(deserialize_with = "checked::grace")]
    grace: Option<Duration>,
}

impl Keys {
    /// The key that says what the handler does.
    fn kind(&self) -> Result<&'static str, String> {
        let kinds = [
            ("run", self.run.is_some()),
            ("exec", self.exec.is_some()),
            ("discard", self.discard),
        ];
        let mut given = kinds.iter().filter(|(_, is_given)| *is_given);
        match (given.next(), given.next()) {
            (Some((kind, _)), None) => Ok(kind),
            (Some((first, _)), Some((second, _))) => {
                Err(format!("{first} and {second} cannot be used together"))
            }
            (None, _) => {
                Err("a handler needs a command: add run = \"…\" or exec = [\"…\"]".to_owned())
            }
        }
    }

    /// Keys that have a meaning only for some kinds: whether each is given, and its kinds.
    fn only_for(&self) -> [(&'static str, bool, &'static [&'static str]); 2] {
        const COMMANDS: &[&str] = &["run", "exec"];
        [
            ("exit_codes", self.exit_codes.is_some(), COMMANDS),
            ("grace", self.grace.is_some(), COMMANDS),
        ]
    }

    fn command(&self, program: Program) -> Kind {
        Kind::Command {
            program,
            exit_codes: self.exit_codes.clone().unwrap_or_default(),
            grace: self.grace.unwrap_or(DEFAULT_GRACE),
        }
    }

    fn settings(mut self) -> Result<HandlerSettings, String> {
        let kind = self.kind()?;
        for (key, is_given, kinds) in self.only_for() {
            if is_given && !kinds.contains(&kind) {
                return Err(format!("{key} has no effect with {kind}: remove it"));
            }
        }
        let kind = match (self.run.take(), self.exec.take()) {
            (Some(run), _) if run.trim().is_empty() => return Err("run is empty".to_owned()),
            (Some(run), _) => self.command(Program::Run(run)),
            (None, Some(exec)) if exec.is_empty() => {
                return Err("exec is empty: write a program and its arguments".to_owned());
            }
            (None, Some(exec)) => self.command(Program::Exec(exec)),
            (None, None) => Kind::Discard,
        };
        Ok(HandlerSettings {
            kind,
            timeout: self.timeout,
            concurrency: self.concurrency,
            limit: self.limit,
            retry: self.retry.map(|retry| retry.0),
        })
    }
}

impl<'de> Deserialize<'de> for HandlerSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Keys::deserialize(from)?
            .settings()
            .map_err(D::Error::custom)
    }
}
