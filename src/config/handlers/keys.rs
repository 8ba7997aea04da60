//! `[handlers."TYPE"]` as it is written, and what may be written together.

use std::path::PathBuf;
use std::time::Duration;

use hyper::header::HeaderName;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::http::{HttpConfig, written};
use super::kind::program;
use super::surroundings::{Limits, Nice, SurroundingsConfig, UserName, Variables};
use super::{HandlerSettings, HooksConfig, Kind};
use crate::config::limit::LimitConfig;
use crate::config::retry::Retry;
use crate::config::{checked, logs};
use crate::worker::handlers::http::{BreakerSettings, Endpoint, Format, Statuses};
use crate::worker::handlers::pipe;
use crate::worker::{DEFAULT_GRACE, ExitCodes, KeepLogs, Program};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    // What the handler does: exactly one of these.
    run: Option<String>,
    exec: Option<Vec<String>>,
    pipe: Option<Vec<String>>,
    #[serde(deserialize_with = "written::endpoint")]
    http: Option<Endpoint>,
    discard: bool,
    // For all kinds.
    #[serde(deserialize_with = "checked::timeout")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "checked::some_slots")]
    concurrency: Option<usize>,
    limit: Option<LimitConfig>,
    retry: Option<Retry>,
    #[serde(deserialize_with = "logs::when")]
    logs: Option<KeepLogs>,
    // For some kinds: see `only_for`.
    env: Option<Variables>,
    cwd: Option<PathBuf>,
    user: Option<UserName>,
    nice: Option<Nice>,
    limits: Option<Limits>,
    on_success: Option<String>,
    on_failure: Option<String>,
    on_archive: Option<String>,
    #[serde(deserialize_with = "checked::exit_codes")]
    exit_codes: Option<ExitCodes>,
    #[serde(deserialize_with = "checked::grace")]
    grace: Option<Duration>,
    #[serde(deserialize_with = "written::format")]
    format: Option<Format>,
    #[serde(deserialize_with = "written::statuses")]
    statuses: Option<Statuses>,
    #[serde(deserialize_with = "written::headers")]
    headers: Vec<(HeaderName, String)>,
    headers_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    tls_ca: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(deserialize_with = "written::breaker")]
    breaker: Option<BreakerSettings>,
    #[serde(deserialize_with = "checked::some_processes")]
    processes: Option<usize>,
    #[serde(deserialize_with = "checked::timeout")]
    start_timeout: Option<Duration>,
    #[serde(deserialize_with = "checked::some_tasks")]
    max_tasks: Option<u64>,
    #[serde(deserialize_with = "checked::timeout")]
    max_age: Option<Duration>,
    #[serde(deserialize_with = "checked::size")]
    max_memory: Option<u64>,
}

impl Keys {
    /// The key that says what the handler does.
    fn kind(&self) -> Result<&'static str, String> {
        let kinds = [
            ("run", self.run.is_some()),
            ("exec", self.exec.is_some()),
            ("pipe", self.pipe.is_some()),
            ("http", self.http.is_some()),
            ("discard", self.discard),
        ];
        let mut given = kinds.iter().filter(|(_, is_given)| *is_given);
        match (given.next(), given.next()) {
            (Some((kind, _)), None) => Ok(kind),
            (Some((first, _)), Some((second, _))) => {
                Err(format!("{first} and {second} cannot be used together"))
            }
            (None, _) => {
                Err("a handler needs something to run: add run = \"…\", exec = [\"…\"], pipe = [\"…\"] or http = \"…\"".to_owned())
            }
        }
    }

    /// Keys that have a meaning only for some kinds: whether each is given, and its kinds.
    fn only_for(&self) -> [(&'static str, bool, &'static [&'static str]); 25] {
        const COMMANDS: &[&str] = &["run", "exec"];
        const PIPE: &[&str] = &["pipe"];
        const PROCESSES: &[&str] = &["run", "exec", "pipe"];
        const HTTP: &[&str] = &["http"];
        const ATTEMPTS: &[&str] = &["run", "exec", "pipe", "http"];
        [
            ("exit_codes", self.exit_codes.is_some(), COMMANDS),
            ("grace", self.grace.is_some(), PROCESSES),
            ("env", self.env.is_some(), PROCESSES),
            ("cwd", self.cwd.is_some(), PROCESSES),
            ("user", self.user.is_some(), PROCESSES),
            ("nice", self.nice.is_some(), PROCESSES),
            ("limits", self.limits.is_some(), PROCESSES),
            ("logs", self.logs.is_some(), ATTEMPTS),
            ("on_success", self.on_success.is_some(), ATTEMPTS),
            ("on_failure", self.on_failure.is_some(), ATTEMPTS),
            ("on_archive", self.on_archive.is_some(), ATTEMPTS),
            ("processes", self.processes.is_some(), PIPE),
            ("start_timeout", self.start_timeout.is_some(), PIPE),
            ("max_tasks", self.max_tasks.is_some(), PIPE),
            ("max_age", self.max_age.is_some(), PIPE),
            ("max_memory", self.max_memory.is_some(), PIPE),
            ("format", self.format.is_some(), HTTP),
            ("statuses", self.statuses.is_some(), HTTP),
            ("headers", !self.headers.is_empty(), HTTP),
            ("headers_file", self.headers_file.is_some(), HTTP),
            ("secret_file", self.secret_file.is_some(), HTTP),
            ("tls_ca", self.tls_ca.is_some(), HTTP),
            ("tls_cert", self.tls_cert.is_some(), HTTP),
            ("tls_key", self.tls_key.is_some(), HTTP),
            ("breaker", self.breaker.is_some(), HTTP),
        ]
    }

    fn command(&self, program: Program) -> Kind {
        Kind::Command {
            program,
            exit_codes: self.exit_codes.clone().unwrap_or_default(),
            grace: self.grace.unwrap_or(DEFAULT_GRACE),
        }
    }

    fn pipe(&self, words: Vec<String>) -> Kind {
        Kind::Pipe(pipe::Plan {
            words,
            processes: self.processes.unwrap_or(1),
            start_timeout: self.start_timeout.unwrap_or(pipe::DEFAULT_START_TIMEOUT),
            grace: self.grace.unwrap_or(DEFAULT_GRACE),
            limits: pipe::Limits {
                tasks: self.max_tasks,
                age: self.max_age,
                memory: self.max_memory,
            },
        })
    }

    fn http(&mut self, endpoint: Endpoint) -> Result<Kind, String> {
        let http = HttpConfig {
            endpoint,
            format: self.format.unwrap_or_default(),
            statuses: self.statuses.take().unwrap_or_default(),
            headers: std::mem::take(&mut self.headers),
            headers_file: self.headers_file.take(),
            secret_file: self.secret_file.take(),
            tls_ca: self.tls_ca.take(),
            tls_cert: self.tls_cert.take(),
            tls_key: self.tls_key.take(),
            breaker: self.breaker.unwrap_or_default(),
        };
        Ok(Kind::Http(Box::new(http.checked()?)))
    }

    fn settings(mut self) -> Result<HandlerSettings, String> {
        let kind = self.kind()?;
        for (key, is_given, kinds) in self.only_for() {
            if is_given && !kinds.contains(&kind) {
                return Err(format!("{key} has no effect with {kind}: remove it"));
            }
        }
        let command = program(self.run.take(), self.exec.take())?;
        let kind = match (command, self.http.take()) {
            (Some(program), _) => self.command(program),
            (None, Some(endpoint)) => self.http(endpoint)?,
            (None, None) => match self.pipe.take() {
                Some(words) if words.is_empty() => {
                    return Err("pipe is empty: write a program and its arguments".to_owned());
                }
                Some(words) => self.pipe(words),
                None => Kind::Discard,
            },
        };
        Ok(HandlerSettings {
            kind,
            timeout: self.timeout,
            concurrency: self.concurrency,
            limit: self.limit,
            retry: self.retry.map(|retry| retry.0),
            logs: self.logs,
            surroundings: SurroundingsConfig {
                env: self.env.unwrap_or_default(),
                cwd: self.cwd,
                user: self.user,
                nice: self.nice,
                limits: self.limits,
            },
            hooks: HooksConfig {
                success: self.on_success,
                failure: self.on_failure,
                archive: self.on_archive,
            },
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
