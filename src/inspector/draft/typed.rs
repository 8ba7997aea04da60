//! Options as they are typed into a text or a form: which of them differ from what was shown, and what they mean.

use chrono::{DateTime, Utc};

use super::Draft;
use super::text::NONE;
use crate::inspector::edit::Edit;
use crate::task::options::whole_seconds;
use crate::task::{QueueName, local_time, parse};

/// The value of an option, by its key.
pub(crate) type Typed<'a> = (&'static str, &'a str);

/// A field that cannot be read: its key, and why. The key `""` stands for the form as a whole.
pub(crate) type Mistake = (&'static str, String);

impl Draft {
    /// What options change, and which of them cannot be read.
    pub(super) fn changes(
        &self,
        options: &[Typed<'_>],
        now: DateTime<Utc>,
    ) -> (Edit, Vec<Mistake>) {
        let mut edit = Edit::default();
        let mut mistakes: Vec<Mistake> = Vec::new();
        for (key, before) in &self.options() {
            if let Some(value) = changed(options, key, before)
                && let Err(why) = set(&mut edit, key, value, now)
            {
                mistakes.push((*key, why));
            }
        }
        (edit, mistakes)
    }
}

/// The value that an option is given, unless it is the one that was shown.
pub(super) fn changed<'a>(options: &[Typed<'a>], key: &str, before: &str) -> Option<&'a str> {
    let (_, value) = options.iter().find(|(known, _)| *known == key)?;
    let value = match value.trim() {
        "" if may_be_unset(key) => NONE,
        value => value,
    };
    (value != before.trim()).then_some(value)
}

/// Whether an option may be left empty.
pub(crate) fn may_be_unset(key: &str) -> bool {
    matches!(
        key,
        "at" | "timeout" | "deadline" | "retention" | "unique" | "group"
    )
}

pub(super) fn set(
    edit: &mut Edit,
    key: &str,
    value: &str,
    now: DateTime<Utc>,
) -> Result<(), String> {
    match key {
        "queue" => edit.queue = Some(value.parse::<QueueName>().map_err(text)?),
        "at" => edit.start_at = Some(time(value, now)?),
        "max-retry" => {
            let retries = value.parse().ok().filter(|retries| *retries >= 0);
            edit.max_retry = Some(retries.ok_or("not a number of retries, from 0")?);
        }
        "timeout" => edit.timeout = Some(timeout(value)?),
        "retention" => edit.retention = Some(optional(value, seconds)?),
        "deadline" => {
            let second = |value: &str| time(value, now).map(|at| at.timestamp());
            edit.deadline = Some(optional(value, second)?);
        }
        _ => {}
    }
    Ok(())
}

fn optional(value: &str, read: impl Fn(&str) -> Result<i64, String>) -> Result<i64, String> {
    if value == NONE { Ok(0) } else { read(value) }
}

/// To Asynq a timeout of zero is none, and then it sets thirty minutes.
fn timeout(value: &str) -> Result<i64, String> {
    match optional(value, seconds)? {
        0 => Err("every attempt needs a time limit; the default is 30m".to_owned()),
        limit => Ok(limit),
    }
}

/// Whole seconds: Asynq has no others.
fn seconds(value: &str) -> Result<i64, String> {
    let span = parse::duration(value).map_err(text)?;
    whole_seconds(span, "duration").map_err(text)
}

fn time(value: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    local_time(value, now).map_err(text)
}

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
