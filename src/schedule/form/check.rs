//! From text to a schedule: every key is parsed and checked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::mistake::Mistake;
use super::{Form, scalar};
use crate::schedule::entry::{CatchUp, Schedule, ScheduleName};
use crate::schedule::spec::{Spec, Zone};
use crate::task::{QueueName, TaskOptions, TaskType, parse};

/// Far below what overflows a date.
const MAX_SPAN: Duration = Duration::from_secs(366 * 24 * 3600);

impl Form {
    pub(super) fn schedule(&self, name: &str, now: DateTime<Utc>) -> Result<Schedule, Mistake> {
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
                None => CatchUp::default(),
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
        // The broker would refuse these tasks later, when nobody is looking.
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

/// Parses a spec and the zone that applies to it.
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
