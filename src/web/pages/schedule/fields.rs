//! The fields of the form of a schedule: the keys of `[[cron]]` as text.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::inspector::schedules::{Form, Schedule};

/// What was typed. Empty fields are left out.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) spec: String,
    pub(super) tz: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) payload: String,
    /// A payload that is not text, as it was stored.
    pub(super) payload_base64: String,
    pub(super) queue: String,
    pub(super) max_retry: String,
    pub(super) timeout: String,
    pub(super) deadline: String,
    #[serde(rename = "in")]
    pub(super) delay: String,
    pub(super) unique: String,
    pub(super) retention: String,
    pub(super) group: String,
    /// `NAME=VALUE` lines.
    pub(super) headers: String,
    pub(super) catch_up: String,
    pub(super) jitter: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) note: String,
    /// The boxes that are ticked.
    pub(super) paused: Option<String>,
    /// The schedule of this name is edited.
    pub(super) replace: Option<String>,
}

impl Fields {
    /// The fields of a stored schedule.
    pub(super) fn of(schedule: &Schedule) -> Self {
        let form = Form::from(schedule);
        let lines = form
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let headers = lines.collect::<Vec<_>>().join("\n");
        let payload = match form.payload {
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
            None => String::new(),
        };
        Self {
            name: form.name.unwrap_or_default(),
            spec: form.spec,
            tz: form.tz.unwrap_or_default(),
            kind: form.kind,
            payload,
            payload_base64: form.payload_base64.unwrap_or_default(),
            queue: form.queue.unwrap_or_default(),
            max_retry: form
                .max_retry
                .map(|retries| retries.to_string())
                .unwrap_or_default(),
            timeout: form.timeout.unwrap_or_default(),
            deadline: form.deadline.unwrap_or_default(),
            delay: form.delay.unwrap_or_default(),
            unique: form.unique.unwrap_or_default(),
            retention: form.retention.unwrap_or_default(),
            group: form.group.unwrap_or_default(),
            headers,
            catch_up: form.catch_up.unwrap_or_default(),
            jitter: form.jitter.unwrap_or_default(),
            start: form.start.unwrap_or_default(),
            end: form.end.unwrap_or_default(),
            note: form.note.unwrap_or_default(),
            replace: Some("1".to_owned()),
            ..Self::default()
        }
    }

    /// The same as a form of `[[cron]]`. Returns what is no number or no header.
    pub(super) fn form(&self) -> Result<Form, String> {
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let max_retry = given(&self.max_retry).map(|text| text.parse::<i32>());
        let max_retry = max_retry.transpose().map_err(|_| {
            format!(
                "max_retry: {:?} is not a whole number",
                self.max_retry.trim()
            )
        })?;
        // A browser sends line breaks as CR LF.
        let payload = self.payload.replace("\r\n", "\n");
        Ok(Form {
            name: given(&self.name),
            spec: self.spec.trim().to_owned(),
            tz: given(&self.tz),
            kind: self.kind.trim().to_owned(),
            payload: Some(payload)
                .filter(|text| !text.is_empty())
                .map(Value::String),
            payload_base64: given(&self.payload_base64).filter(|_| self.payload.is_empty()),
            queue: given(&self.queue),
            max_retry,
            timeout: given(&self.timeout),
            deadline: given(&self.deadline),
            delay: given(&self.delay),
            unique: given(&self.unique),
            retention: given(&self.retention),
            group: given(&self.group),
            headers: self.headers()?,
            catch_up: given(&self.catch_up),
            jitter: given(&self.jitter),
            start: given(&self.start),
            end: given(&self.end),
            note: given(&self.note),
            paused: self.paused.is_some().then_some(true),
        })
    }

    fn headers(&self) -> Result<BTreeMap<String, String>, String> {
        let lines = self.headers.lines().filter(|line| !line.trim().is_empty());
        let pairs = lines.map(|line| {
            let pair = line.split_once('=');
            let pair = pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
            pair.ok_or_else(|| format!("headers: {line:?} is not NAME=VALUE"))
        });
        pairs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_schedule_stays_the_same_in_the_form() {
        let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let form = Form {
            name: Some("nightly".to_owned()),
            spec: "0 3 * * *".to_owned(),
            tz: Some("Europe/Paris".to_owned()),
            kind: "report:build".to_owned(),
            payload: Some(Value::String("{\"a\": 1}\n".to_owned())),
            max_retry: Some(3),
            jitter: Some("1m".to_owned()),
            headers: [("trace".to_owned(), "a=b".to_owned())].into(),
            ..Form::default()
        };
        let schedule = form.check(now).unwrap();
        let again = Fields::of(&schedule).form().unwrap().check(now).unwrap();
        assert_eq!(again, schedule);
    }

    #[test]
    fn what_was_typed_wrongly_is_named() {
        let fields = Fields {
            max_retry: "many".to_owned(),
            ..Fields::default()
        };
        assert_eq!(
            fields.form().unwrap_err(),
            "max_retry: \"many\" is not a whole number"
        );
        let fields = Fields {
            headers: "a=1\r\nb".to_owned(),
            ..Fields::default()
        };
        assert_eq!(
            fields.form().unwrap_err(),
            "headers: \"b\" is not NAME=VALUE"
        );
    }
}
