//! A schedule as it is written: in `[[cron]]` of a file, and in Redis as JSON. Checking it makes a
//! [`Schedule`] of it.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod mistake;
mod scalar;

pub use mistake::Mistake;

use super::entry::{Schedule, ScheduleName};
use super::spec::{Spec, Zone};
use crate::task::{QueueName, TaskOptions, TaskType, parse};

/// A schedule as it is written. Files for Asynq's periodic tasks say `cronspec` and `task_type`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// Its name; without one it is called after its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    #[serde(alias = "cronspec")]
    pub spec: String,
    /// The zone in which the spec is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// The type of the tasks.
    #[serde(rename = "type", alias = "task_type")]
    pub kind: String,
    /// Their payload: a string is that text, a table or a list is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// A payload that is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_base64: Option<String>,
    /// The queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Retries after the first failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retry: Option<i32>,
    /// Limit of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// No attempt runs past this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// From the tick to the start.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    /// How long the uniqueness lock holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<String>,
    /// How long a task is kept after success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    /// The group in which it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// `none`, `latest`, `all` or `all:N`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<String>,
    /// A task starts up to so much after its tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    /// No tick before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// No tick after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// What people should know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it fires; left out, it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// A schedule that cannot be. Says which, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}schedule {name:?}: {what}", place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default())]
pub struct BadSchedule {
    /// Where it is written: `qctl.toml:12`.
    pub place: Option<String>,
    /// Its name, or what it would be called.
    pub name: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// Far below what overflows a date.
const MAX_SPAN: Duration = Duration::from_secs(366 * 24 * 3600);

impl Form {
    /// Checks it. `now` is what times such as `tomorrow 09:00` start from; they are
    /// read in the zone of this machine.
    pub fn check(&self, now: DateTime<Utc>) -> Result<Schedule, BadSchedule> {
        let name = self.name();
        self.schedule(&name, now)
            .map_err(|Mistake { what, hint }| BadSchedule {
                place: None,
                name,
                what,
                hint,
            })
    }

    /// The name, or the one it gets without: the same whenever the same is written.
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.default_name())
    }

    /// The type, and what tells it from others of that type; the same whenever the same is written.
    fn default_name(&self) -> String {
        use md5::Digest as _;
        let mut hash = md5::Md5::new();
        let payload = self.payload.as_ref().map(Value::to_string);
        for part in [&self.spec, &self.kind, &payload.unwrap_or_default()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let bytes = hash.finalize();
        let visible = |c: char| {
            if c.is_whitespace() || c.is_control() {
                '-'
            } else {
                c
            }
        };
        let kind: String = self.kind.chars().take(100).map(visible).collect();
        format!("{kind}-{:02x}{:02x}{:02x}", bytes[0], bytes[1], bytes[2])
    }

    fn schedule(&self, name: &str, now: DateTime<Utc>) -> Result<Schedule, Mistake> {
        if self.spec.trim().is_empty() {
            return Err(Mistake::new(
                "it has no spec",
                "say when, for example spec = \"0 3 * * *\"",
            ));
        }
        let (spec, zone) = timing(&self.spec, self.tz.as_deref().unwrap_or("UTC"))?;
        let own = spec.names_local().then_some("spec");
        if let Some(key) = own.or((zone == Zone::local()).then_some("tz")) {
            return Err(Mistake::new(
                format!("{key}: Local is another zone on every machine"),
                "name the zone, such as Europe/Paris",
            ));
        }
        let time = |key, text: &Option<String>| {
            let read = |text: &String| parse::time(text, now, &chrono::Local);
            text.as_ref()
                .map(read)
                .transpose()
                .map_err(|e| Mistake::in_key(key, &e))
        };
        let schedule = Schedule {
            name: ScheduleName::new(name).map_err(|error| Mistake::in_key("name", &error))?,
            spec,
            zone,
            kind: TaskType::new(self.kind.as_str())
                .map_err(|error| Mistake::in_key("type", &error))?,
            payload: self.payload()?,
            options: self.options(time("deadline", &self.deadline)?)?,
            delay: span("in", self.delay.as_ref())?.unwrap_or_default(),
            catch_up: match &self.catch_up {
                Some(text) => text
                    .parse()
                    .map_err(|error| Mistake::in_key("catch_up", &error))?,
                None => super::entry::CatchUp::default(),
            },
            jitter: span("jitter", self.jitter.as_ref())?.unwrap_or_default(),
            start_at: time("start", &self.start)?,
            end_at: time("end", &self.end)?,
            note: self.note.clone().filter(|note| !note.is_empty()),
        };
        if let (Some(start), Some(end)) = (schedule.start_at, schedule.end_at)
            && end < start
        {
            return Err(Mistake::new(
                "its end is before its start",
                "swap them, or leave one out",
            ));
        }
        // What enqueuing would refuse is refused here, where somebody sees it.
        let task = schedule.task(now);
        let refused = task
            .message()
            .map(drop)
            .and(task.lock_seconds(now).map(drop));
        refused.map_err(|error| Mistake::new(error.to_string(), "change it, or leave it out"))?;
        Ok(schedule)
    }

    fn payload(&self) -> Result<Option<Vec<u8>>, Mistake> {
        match (&self.payload, &self.payload_base64) {
            (Some(_), Some(_)) => Err(Mistake::new(
                "it has both payload and payload_base64",
                "keep one of them",
            )),
            (None, Some(text)) => BASE64.decode(text).map(Some).map_err(|_| {
                Mistake::new(
                    "payload_base64 is not base64",
                    "write text as payload instead",
                )
            }),
            (Some(Value::String(text)), None) => Ok(Some(text.clone().into_bytes())),
            (Some(Value::Null) | None, None) => Ok(None),
            (Some(value), None) => Ok(Some(scalar::json(value)?.to_string().into_bytes())),
        }
    }

    fn options(&self, deadline: Option<DateTime<Utc>>) -> Result<TaskOptions, Mistake> {
        let default = TaskOptions::default();
        if self.max_retry.is_some_and(|retries| retries < 0) {
            return Err(Mistake::new(
                "max_retry is below 0",
                "give it 0 to never try again",
            ));
        }
        let queue = self.queue.as_deref().map(QueueName::new).transpose();
        Ok(TaskOptions {
            queue: queue
                .map_err(|error| Mistake::in_key("queue", &error))?
                .unwrap_or(default.queue),
            max_retry: self.max_retry.unwrap_or(default.max_retry),
            timeout: span("timeout", self.timeout.as_ref())?.filter(|limit| !limit.is_zero()),
            deadline,
            unique_for: span("unique", self.unique.as_ref())?,
            retention: span("retention", self.retention.as_ref())?.unwrap_or_default(),
            group: self.group.clone(),
            headers: self.headers.clone(),
        })
    }
}

/// Reads a spec and the zone it is to be read in.
pub fn timing(spec: &str, zone: &str) -> Result<(Spec, Zone), Mistake> {
    let read = Spec::parse(spec).map_err(|bad| Mistake::new(bad.to_string(), bad.hint))?;
    let zone = zone.parse::<Zone>().map_err(|error| {
        let hint = "write a name such as Europe/Paris, or leave it out for UTC";
        Mistake::new(format!("tz: {error}"), hint)
    })?;
    Ok((read, zone))
}

fn span(key: &str, text: Option<&String>) -> Result<Option<Duration>, Mistake> {
    let Some(text) = text else { return Ok(None) };
    let span = parse::duration(text).map_err(|error| Mistake::in_key(key, &error))?;
    if span > MAX_SPAN {
        let what = format!("{key} is too long");
        return Err(Mistake::new(what, "use 366d at most"));
    }
    Ok(Some(span))
}

impl Form {
    /// What a schedule enqueues, `delay` after its tick. What is as by default is left out.
    pub(crate) fn of_task(
        kind: String,
        payload: Option<Vec<u8>>,
        options: TaskOptions,
        delay: Duration,
    ) -> Self {
        let default = TaskOptions::default();
        let (payload, payload_base64) = match payload.map(String::from_utf8) {
            None => (None, None),
            Some(Ok(text)) => (Some(Value::String(text)), None),
            Some(Err(bytes)) => (None, Some(BASE64.encode(bytes.as_bytes()))),
        };
        Self {
            kind,
            payload,
            payload_base64,
            queue: Some(options.queue.to_string()).filter(|_| options.queue != default.queue),
            max_retry: Some(options.max_retry).filter(|retries| *retries != default.max_retry),
            timeout: options.timeout.map(written),
            deadline: options.deadline.map(instant),
            delay: some_span(delay),
            unique: options.unique_for.map(written),
            retention: some_span(options.retention),
            group: options.group,
            headers: options.headers,
            ..Self::default()
        }
    }
}

impl From<&Schedule> for Form {
    /// The same, written in one way: equal schedules give equal forms. What is as by default is left out.
    fn from(schedule: &Schedule) -> Self {
        Self {
            name: Some(schedule.name.to_string()),
            spec: schedule.spec.as_str().to_owned(),
            tz: Some(schedule.zone.to_string()).filter(|zone| zone != "UTC"),
            catch_up: Some(schedule.catch_up)
                .filter(|policy| *policy != super::entry::CatchUp::default())
                .map(|policy| policy.to_string()),
            jitter: some_span(schedule.jitter),
            start: schedule.start_at.map(instant),
            end: schedule.end_at.map(instant),
            note: schedule.note.clone(),
            ..Self::of_task(
                schedule.kind.to_string(),
                schedule.payload.clone(),
                schedule.options.clone(),
                schedule.delay,
            )
        }
    }
}

fn some_span(span: Duration) -> Option<String> {
    (!span.is_zero()).then(|| written(span))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A duration as it is read: `1h30m`. A part of a millisecond counts as a whole one.
fn written(span: Duration) -> String {
    let milliseconds = u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut rest = milliseconds;
    let mut text = String::new();
    for (unit, size) in units {
        if rest >= size {
            text += &(rest / size).to_string();
            text += unit;
            rest %= size;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600, 0).unwrap()
    }

    fn form(value: Value) -> Form {
        serde_json::from_value(value).unwrap()
    }

    fn minimal(key: &str, value: Value) -> Form {
        let mut form = json!({"name": "s", "spec": "@hourly", "type": "t"});
        form[key] = value;
        self::form(form)
    }

    #[test]
    fn a_form_and_its_schedule_say_the_same() {
        let all = form(json!({
            "name": "s", "spec": "0 3 * * *", "tz": "Europe/Paris", "type": "t", "payload": "é",
            "queue": "q", "max_retry": 3, "timeout": "1m30s", "deadline": "2027-01-01T00:00:00Z",
            "in": "10m", "unique": "1h", "retention": "7d", "group": "g", "headers": {"k": "v"},
            "catch_up": "all:5", "jitter": "1m", "start": "2026-02-01T00:00:00Z",
            "end": "2026-03-01T00:00:00Z", "note": "why",
        }));
        assert_eq!(Form::from(&all.check(now()).unwrap()), all);
        let least = form(json!({"name": "s", "spec": "@hourly", "type": "t"}));
        assert_eq!(Form::from(&least.check(now()).unwrap()), least);
    }

    #[test]
    fn what_is_as_by_default_is_left_out() {
        let said = form(json!({
            "name": "s", "spec": " @hourly ", "tz": "UTC", "type": "t", "queue": "default",
            "max_retry": 25, "timeout": "0s", "in": "0s", "catch_up": "latest", "jitter": "0s", "note": "",
        }));
        let least = form(json!({"name": "s", "spec": "@hourly", "type": "t"}));
        assert_eq!(Form::from(&said.check(now()).unwrap()), least);
    }

    #[test]
    fn payloads_are_text_json_or_any_bytes() {
        let payload = |key, value| minimal(key, value).check(now()).unwrap().payload;
        assert_eq!(
            payload("payload", json!("{\"a\": 1}")),
            Some(b"{\"a\": 1}".to_vec())
        );
        assert_eq!(
            payload("payload", json!({"b": [1], "a": null})),
            Some(br#"{"b":[1],"a":null}"#.to_vec())
        );
        assert_eq!(payload("payload", json!("")), Some(Vec::new()));
        assert_eq!(payload("payload", Value::Null), None);
        let binary = minimal("payload_base64", json!("AP8="));
        let schedule = binary.check(now()).unwrap();
        assert_eq!(schedule.payload, Some(vec![0, 255]));
        assert_eq!(Form::from(&schedule), binary);
    }

    #[test]
    fn an_asynq_file_needs_no_names_and_gets_the_same_ones_every_time() {
        let asynq = |payload: &str| {
            form(json!({"cronspec": "@daily", "task_type": "email: x", "payload": payload}))
        };
        let name = |payload| asynq(payload).check(now()).unwrap().name.to_string();
        assert_eq!(name("a"), name("a"));
        assert_ne!(name("a"), name("b"));
        assert!(name("a").starts_with("email:-x-"), "{}", name("a"));
    }

    #[test]
    fn mistakes_name_the_key_and_what_to_do() {
        let mistake = |key, value| {
            let bad = minimal(key, value).check(now()).unwrap_err();
            assert!(!bad.hint.is_empty());
            bad.to_string()
        };
        for (key, value, what) in [
            ("name", json!("a b"), "name: the name of a schedule is"),
            (
                "name",
                json!("x".repeat(129)),
                "name: the name of a schedule is",
            ),
            ("spec", json!(" "), "it has no spec"),
            ("spec", json!("61 * * * *"), "61"),
            ("type", json!(""), "type: a task type must"),
            ("tz", json!("Europe/Pariss"), "tz: "),
            ("tz", json!("Local"), "tz: Local is another zone"),
            (
                "spec",
                json!("CRON_TZ=Local 0 3 * * *"),
                "spec: Local is another zone",
            ),
            (
                "spec",
                json!("TZ=Local @daily"),
                "spec: Local is another zone",
            ),
            ("payload", json!(123.0), "payload is a number"),
            ("payload", json!(false), "payload is true or false"),
            ("payload", json!([{"a": 1e22}]), "number too large"),
            ("queue", json!(" "), "queue: a queue name must"),
            ("max_retry", json!(-1), "max_retry is below 0"),
            ("timeout", json!("soon"), "timeout: not a duration"),
            ("in", json!("400d"), "in is too long"),
            ("unique", json!("500ms"), "at least one second"),
            ("group", json!(" "), "group name"),
            ("catch_up", json!("all:0"), "catch_up: not one of"),
            ("start", json!("yesterday"), "start: not a time"),
            ("payload_base64", json!("!"), "payload_base64 is not base64"),
        ] {
            let text = mistake(key, value.clone());
            assert!(text.contains(what), "{key} = {value}: {text}");
        }
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["0s", "500ms", "1m30s", "1d", "2h", "8d1h1m1s1ms"] {
            assert_eq!(written(parse::duration(text).unwrap()), text);
        }
    }
}
