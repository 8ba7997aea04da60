//! From text to a schedule: every key is parsed and checked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::mistake::Mistake;
use super::{Form, scalar};
use crate::schedule::entry::{CatchUp, Schedule, ScheduleName};
use crate::schedule::spec::{BadSpec, Spec, Zone};
use crate::task::{QueueName, TaskOptions, TaskType, local_time, parse};

/// Far below what overflows a date.
const MAX_SPAN: Duration = Duration::from_secs(366 * 24 * 3600);

impl Form {
    /// Parses and checks all keys of a new schedule. Times such as `tomorrow 09:00` are relative to `now`, in
    /// the zone of this machine.
    pub fn check(&self, now: DateTime<Utc>) -> Result<Schedule, Mistake> {
        let mut schedule = self.stored(now)?;
        schedule.spec = exact(schedule.spec)?;
        Ok(schedule)
    }

    /// The same, with all mistakes: after each one, the rest is checked without it.
    pub fn check_all(&self, now: DateTime<Utc>) -> Result<Schedule, Vec<Mistake>> {
        let (mut rest, mut mistakes) = (self.clone(), Vec::new());
        loop {
            let mistake = match rest.check(now) {
                Ok(schedule) if mistakes.is_empty() => return Ok(schedule),
                Ok(_) => return Err(mistakes),
                Err(mistake) => mistake,
            };
            let without = mistake.key.and_then(|key| rest.without(key));
            mistakes.push(mistake);
            match without {
                Some(without) if without != rest => rest = without,
                Some(_) | None => return Err(mistakes),
            }
        }
    }

    /// The same form without this key, or with a valid value of one that is required.
    fn without(&self, key: &str) -> Option<Self> {
        let mut keys = serde_json::to_value(self).ok()?;
        let entries = keys.as_object_mut()?;
        match key {
            "spec" => entries.insert(key.to_owned(), "@daily".into()),
            "type" => entries.insert(key.to_owned(), "type".into()),
            optional => entries.remove(optional),
        };
        serde_json::from_value(keys).ok()
    }

    /// Parses a schedule that is stored already. Its spec may be one that is refused for new schedules.
    pub(in crate::schedule) fn stored(&self, now: DateTime<Utc>) -> Result<Schedule, Mistake> {
        let (spec, zone) = self.timing()?;
        let time = |key, text: &Option<String>| {
            let read = |text: &String| local_time(text, now);
            text.as_ref()
                .map(read)
                .transpose()
                .map_err(|e| Mistake::in_key(key, &e))
        };
        let schedule = Schedule {
            name: ScheduleName::new(self.name())
                .map_err(|error| Mistake::in_key("name", &error))?,
            spec,
            zone,
            kind: TaskType::new(self.kind.as_str()).map_err(|error| {
                let hint = "name the type of its tasks, such as type = \"report:build\"";
                Mistake::new(format!("type: {error}"), hint).about("type")
            })?,
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
            let mistake = Mistake::new("end is before start", "swap them, or leave one out");
            return Err(mistake.about("end"));
        }
        // Otherwise the broker would refuse the tasks later, unnoticed.
        let task = schedule.task(now);
        let refused = task
            .message()
            .map(drop)
            .and(task.lock_seconds(now).map(drop));
        refused.map_err(|error| Mistake::new(error.to_string(), "change it, or leave it out"))?;
        Ok(schedule)
    }

    fn timing(&self) -> Result<(Spec, Zone), Mistake> {
        if self.spec.trim().is_empty() {
            let hint = "add one, such as spec = \"0 3 * * *\"";
            return Err(Mistake::new("it has no spec", hint).about("spec"));
        }
        let (spec, zone) = parse_timing(&self.spec, self.tz.as_deref().unwrap_or("UTC"))?;
        let own = spec.names_local().then_some("spec");
        if let Some(key) = own.or((zone == Zone::local()).then_some("tz")) {
            let what = format!("{key}: Local is a different time zone on each machine");
            let hint = "name the time zone, such as Europe/Paris";
            return Err(Mistake::new(what, hint).about(key));
        }
        Ok((spec, zone))
    }

    fn payload(&self) -> Result<Option<Vec<u8>>, Mistake> {
        match (&self.payload, &self.payload_base64) {
            (Some(_), Some(_)) => Err(Mistake::new(
                "both payload and payload_base64 are set",
                "keep one of them",
            )),
            (None, Some(text)) => BASE64.decode(text).map(Some).map_err(|_| {
                let hint = "write text as payload instead";
                Mistake::new("payload_base64 is not base64", hint).about("payload_base64")
            }),
            (Some(Value::String(text)), None) => Ok(Some(text.clone().into_bytes())),
            (Some(Value::Null) | None, None) => Ok(None),
            (Some(value), None) => match scalar::json(value) {
                Ok(value) => Ok(Some(value.to_string().into_bytes())),
                Err(mistake) => Err(mistake.about("payload")),
            },
        }
    }

    fn options(&self, deadline: Option<DateTime<Utc>>) -> Result<TaskOptions, Mistake> {
        let default = TaskOptions::default();
        if self.max_retry.is_some_and(|retries| retries < 0) {
            let mistake = Mistake::new("max_retry is below 0", "use 0 for no retries");
            return Err(mistake.about("max_retry"));
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

/// Parses the spec of a new schedule, and the zone that applies to it.
pub fn timing(spec: &str, zone: &str) -> Result<(Spec, Zone), Mistake> {
    let (spec, zone) = parse_timing(spec, zone)?;
    Ok((exact(spec)?, zone))
}

/// Refuses a spec that Go accepts but does not take literally.
fn exact(spec: Spec) -> Result<Spec, Mistake> {
    spec.exact().map_err(bad_spec)
}

fn parse_timing(spec: &str, zone: &str) -> Result<(Spec, Zone), Mistake> {
    let spec = Spec::parse(spec).map_err(bad_spec)?;
    let zone = zone.parse::<Zone>().map_err(|error| {
        let hint = "write a name such as Europe/Paris, or leave it out for UTC";
        Mistake::new(format!("tz: {error}"), hint).about("tz")
    })?;
    Ok((spec, zone))
}

fn bad_spec(bad: BadSpec) -> Mistake {
    Mistake::new(bad.to_string(), bad.hint).about("spec")
}

fn span(key: &'static str, text: Option<&String>) -> Result<Option<Duration>, Mistake> {
    let Some(text) = text else { return Ok(None) };
    let span = parse::duration(text).map_err(|error| Mistake::in_key(key, &error))?;
    if span > MAX_SPAN {
        let mistake = Mistake::new(format!("{key} is too long"), "use 366d at most");
        return Err(mistake.about(key));
    }
    Ok(Some(span))
}
