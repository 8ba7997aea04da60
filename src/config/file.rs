//! The configuration file, as it is written: `qctl.toml`, or YAML by its extension.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_saphyr::{MessageFormatter as _, UserMessageFormatter};

use super::ConfigError;
use crate::schedule::form::Form;
use crate::task::{nearest, parse};

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// How to reach Redis.
    pub redis: RedisConfig,
    /// How `work` works.
    pub worker: WorkerConfig,
    /// What runs which type of task.
    pub handlers: BTreeMap<String, HandlerConfig>,
    /// What is enqueued again and again. Files for Asynq's periodic tasks call it `configs`.
    #[serde(alias = "configs")]
    pub cron: Vec<Form>,
}

/// `[redis]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RedisConfig {
    /// The URL.
    pub url: Option<String>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// Certificates to trust, PEM.
    pub tls_ca: Option<PathBuf>,
    /// Our certificate, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The name that the server's certificate must carry.
    pub tls_server_name: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// How long to wait for a connection or an answer.
    pub timeout: Option<Span>,
}

/// `[worker]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerConfig {
    /// Tasks that may run at the same time.
    pub concurrency: Option<usize>,
    /// Weight of each queue.
    pub queues: BTreeMap<String, u32>,
    /// Serve queues in strict order of weight.
    pub strict: bool,
    /// How long to wait for running tasks at the end.
    pub shutdown_timeout: Option<Span>,
    /// What happens to a task without a handler: `fail` or `release`.
    pub unmatched: Option<Unmatched>,
}

/// What happens to a task without a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unmatched {
    /// It fails and is retried.
    Fail,
    /// It is put back for later.
    Release,
}

/// `[handlers."TYPE"]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HandlerConfig {
    /// A command line for `sh -c`.
    pub run: Option<String>,
    /// A program and its arguments, without a shell.
    pub exec: Option<Vec<String>>,
    /// Complete tasks without running anything.
    pub discard: bool,
    /// Limit of one attempt.
    pub timeout: Option<Span>,
    /// How many may run at the same time.
    pub concurrency: Option<usize>,
    /// How failures are retried.
    pub retry: RetryConfig,
    /// What exit codes mean.
    pub exit_codes: BTreeMap<String, ExitAction>,
    /// From `TERM` to `KILL`.
    pub grace: Option<Span>,
}

/// `retry = { … }` of a handler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetryConfig {
    /// A limit below the task's own.
    pub max: Option<i32>,
    /// Which rule.
    pub backoff: Backoff,
    /// The first delay (exponential), or the delay (constant).
    pub min: Option<Span>,
    /// The longest delay (exponential).
    pub max_delay: Option<Span>,
}

/// The rule for the delay before a retry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backoff {
    /// Asynq's own.
    #[default]
    Asynq,
    /// `min`, doubled each time, up to `max_delay`.
    Exponential,
    /// `min`, always.
    Constant,
}

/// What an exit code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExitAction {
    /// The attempt failed and is retried.
    Retry,
    /// It failed for good.
    Archive,
    /// It is put back for later without counting a failure.
    Release,
}

/// A duration as users write it: `"90s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(Duration);

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse::duration(&text)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
    }
}

impl File {
    /// Reads a file; YAML when its name ends in `.yaml` or `.yml`, TOML otherwise.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = super::read("the configuration file", path)?;
        let text = String::from_utf8_lossy(&bytes);
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        let mistake = if yaml {
            Self::from_yaml(&text)
        } else {
            Self::from_toml(&text)
        };
        mistake.map_err(|(line, message)| ConfigError::File {
            path: path.to_path_buf(),
            line,
            message: plain(&message),
        })
    }

    fn from_toml(text: &str) -> Result<Self, (usize, String)> {
        toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            (line, error.message().to_owned())
        })
    }

    fn from_yaml(text: &str) -> Result<Self, (usize, String)> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_saphyr::from_str(text).map_err(|error| {
            let line = error
                .location()
                .map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
            (line, yaml_mistake(error.without_snippet(), text, line))
        })
    }
}

/// Says a mistake in YAML in our words where the library's own are about its interface, or no help.
fn yaml_mistake(error: &serde_saphyr::Error, text: &str, line: usize) -> String {
    use serde_saphyr::Error;
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key {key:?} is there twice")
        }
        Error::DuplicateMappingKey { key: None, .. } => "a key is there twice".to_owned(),
        Error::MultipleDocuments { .. } => {
            "the file has several documents; leave only one, without ---".to_owned()
        }
        Error::NonFiniteFloat { value, .. } => format!("{value} is no number; quote it"),
        _ => {
            let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            unquoted(line)
                .unwrap_or_else(|| UserMessageFormatter.format_message(error).into_owned())
        }
    }
}

/// What is wrong with a line like `spec: * * * * *`. To YAML the star is an alias, and the @ is nothing.
fn unquoted(line: &str) -> Option<String> {
    let (key, value) = line.split_once(": ")?;
    let key = key.trim_start_matches([' ', '-', '{', '[']).trim_end();
    let value = value.trim();
    value
        .starts_with(['*', '@'])
        .then(|| format!("the value of {key:?} must be quoted: {key}: {value:?}"))
}

/// Other names of keys, as files for Asynq's periodic tasks have them.
const ALIASES: [(&str, &str); 3] = [
    ("cron", "configs"),
    ("spec", "cronspec"),
    ("type", "task_type"),
];

/// Says an unknown key in our words, with the nearest known one. The text is serde's; formats differ in
/// how they quote the known keys. Any other text is passed on.
fn plain(message: &str) -> String {
    // Formats tell of keys that are there twice by themselves, so these are two names of one.
    let twice = |(key, _): &&(&str, &str)| message.contains(&format!("duplicate field `{key}`"));
    if let Some((key, alias)) = ALIASES.iter().find(twice) {
        return format!("{key:?} and {alias:?} are two names of the same; keep one of them");
    }
    let unknown = message
        .split_once("unknown field `")
        .and_then(|(_, rest)| rest.split_once('`'));
    let Some((key, known)) = unknown else {
        return message.lines().next().unwrap_or_default().to_owned();
    };
    let words = known.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    match nearest(
        key,
        words.filter(|word| !["", "expected", "one", "of"].contains(word)),
    ) {
        Some(known) => format!("unknown key {key:?}, did you mean {known:?}?"),
        None => format!("unknown key {key:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_design_is_read() {
        let file = File::from_toml(
            r#"
            [redis]
            url = "redis://127.0.0.1:6379/0"
            [worker]
            concurrency = 10
            queues = { critical = 6, default = 3, low = 1 }
            shutdown_timeout = "8s"
            [handlers."email:deliver"]
            run = "./send-email.sh"
            timeout = "3m"
            concurrency = 4
            retry = { max = 10, backoff = "exponential", min = "10s", max_delay = "1h" }
            exit_codes = { 65 = "archive", 3 = "release" }
            [handlers."image:*"]
            exec = ["convert-worker", "--json"]
            "#,
        )
        .unwrap();
        assert_eq!(file.worker.queues["critical"], 6);
        let handler = &file.handlers["email:deliver"];
        assert_eq!(
            handler.timeout.map(Duration::from),
            Some(Duration::from_secs(180))
        );
        assert_eq!(handler.retry.backoff, Backoff::Exponential);
        assert_eq!(handler.exit_codes["3"], ExitAction::Release);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let toml = File::from_toml("[worker]\n\nconcurency = 3\n").unwrap_err();
        assert_eq!(toml.0, 3);
        assert_eq!(
            plain(&toml.1),
            r#"unknown key "concurency", did you mean "concurrency"?"#
        );
        let yaml = File::from_yaml("worker:\n  strict: true\n  quues: {a: 1}\n").unwrap_err();
        assert_eq!(yaml.0, 3);
        assert_eq!(
            plain(&yaml.1),
            r#"unknown key "quues", did you mean "queues"?"#
        );
    }

    #[test]
    fn a_plain_word_of_yaml_that_is_no_text_cannot_be_a_payload() {
        let now = chrono::DateTime::default();
        for plain in [
            "no",
            "0123",
            "1e3",
            "12345678901234567890123",
            "[1, 12345678901234567890123]",
        ] {
            let yaml = format!("cron: [{{spec: '@daily', type: t, payload: {plain}}}]");
            let file = File::from_yaml(&yaml).unwrap();
            let said = file.cron[0].check(now).unwrap_err();
            assert!(said.hint.starts_with("quote"), "{plain}: {said}");
        }
        let yaml =
            "cron: [{spec: '@daily', type: t, payload: '0123', start: 2026-01-01T00:00:00Z}]";
        let file = File::from_yaml(yaml).unwrap();
        let schedule = file.cron[0].check(now).unwrap();
        assert_eq!(schedule.payload, Some(b"0123".to_vec()));
    }

    #[test]
    fn mistakes_in_yaml_are_told_in_our_words() {
        let said = |yaml: &str| {
            let (line, message) = File::from_yaml(yaml).unwrap_err();
            format!("{line}: {}", plain(&message))
        };
        for (yaml, message) in [
            (
                "worker: {}\nworker: {}\n",
                r#"2: the key "worker" is there twice"#,
            ),
            (
                "cron: []\n---\ncron: []\n",
                "3: the file has several documents; leave only one, without ---",
            ),
            (
                "cron:\n- spec: a\n  payload: .nan\n",
                "3: .nan is no number; quote it",
            ),
            (
                "cron:\n- spec: * * * * *\n  type: t\n",
                r#"2: the value of "spec" must be quoted: spec: "* * * * *""#,
            ),
            (
                "cron:\n- type: t\n  spec: */5 * * * *\n",
                r#"3: the value of "spec" must be quoted: spec: "*/5 * * * *""#,
            ),
            (
                "configs:\n  - cronspec: @every 1s\n",
                r#"2: the value of "cronspec" must be quoted: cronspec: "@every 1s""#,
            ),
            (
                "configs: []\ncron: []\n",
                r#"1: "cron" and "configs" are two names of the same; keep one of them"#,
            ),
        ] {
            assert_eq!(said(yaml), message);
        }
        let (_, toml) = File::from_toml("configs = []\ncron = []\n").unwrap_err();
        assert!(plain(&toml).contains(r#""cron" and "configs""#), "{toml}");
        assert_eq!(said("worker: [1"), "1: expected mapping start");
    }

    #[test]
    fn other_mistakes_are_told_with_their_line() {
        let (line, message) = File::from_toml("[redis]\ntimeout = \"soon\"\n").unwrap_err();
        assert_eq!(line, 2);
        assert!(message.contains("\"soon\": not a duration"), "{message}");
        assert_eq!(File::from_toml("x").unwrap_err().0, 1);
    }
}
