//! What the attempts of a task have printed, and which of them is shown.

use chrono::{DateTime, Utc};

use crate::document::task::TaskDocument;
use crate::inspector::logs::AttemptLog;
use crate::task::State;
use crate::view::attempt_log::Unended;
use crate::view::text;

/// The log of a task as it was read.
#[derive(Debug)]
pub(super) struct Printed {
    /// Oldest attempt first.
    pub attempts: Vec<AttemptLog>,
    /// Entries that cannot be read.
    pub unreadable: usize,
    /// The task, unless it is gone.
    pub task: Option<TaskDocument>,
}

/// What the attempts of a task have printed.
#[derive(Debug)]
pub(super) struct Output {
    /// Oldest first.
    attempts: Vec<Attempt>,
    /// The place of the attempt that is shown, if there is any.
    shown: usize,
    pub unreadable: usize,
    pub task: Option<TaskDocument>,
}

/// An attempt, and whether its log is still kept.
#[derive(Debug)]
pub(super) struct Attempt {
    pub log: AttemptLog,
    pub is_kept: bool,
}

impl Attempt {
    /// What tells attempts apart: some have the same number.
    fn key(&self) -> (DateTime<Utc>, &str) {
        (self.log.started_at, &self.log.worker)
    }
}

impl Output {
    /// Shows the last attempt.
    pub(super) fn new(printed: Printed) -> Self {
        let attempts = printed.attempts.into_iter();
        let attempts = attempts.map(|log| Attempt { log, is_kept: true });
        let attempts: Vec<Attempt> = attempts.collect();
        Self {
            shown: attempts.len().saturating_sub(1),
            attempts,
            unreadable: printed.unreadable,
            task: printed.task,
        }
    }

    /// Takes what was read since. The same attempt is shown, even if its log is gone; with `follow`, the last attempt gives way
    /// to one that has begun since.
    pub(super) fn note(&mut self, printed: Printed, follow: bool) {
        let was_last = self.shown + 1 == self.attempts.len();
        let before = std::mem::replace(self, Self::new(printed));
        let Some(mut shown) = before.attempts.into_iter().nth(before.shown) else {
            return;
        };
        let began = shown.log.started_at;
        let newest = self.shown().map(|one| one.log.started_at);
        if follow && was_last && newest >= Some(began) {
            return;
        }
        let mut kept = self.attempts.iter();
        self.shown = if let Some(at) = kept.position(|one| one.key() == shown.key()) {
            at
        } else {
            shown.is_kept = false;
            let earlier = |one: &Attempt| one.log.started_at <= began;
            let at = self.attempts.partition_point(earlier);
            self.attempts.insert(at, shown);
            at
        };
    }

    /// The place of the attempt so many places further, if there is one.
    fn further(&self, step: isize) -> Option<usize> {
        let at = self.shown.checked_add_signed(step)?;
        (at < self.attempts.len()).then_some(at)
    }

    /// Whether there is an attempt so many places further.
    pub(super) fn has(&self, step: isize) -> bool {
        self.further(step).is_some()
    }

    /// Shows the attempt so many places further, if there is one.
    pub(super) fn go(&mut self, step: isize) {
        self.shown = self.further(step).unwrap_or(self.shown);
    }

    /// The attempt that is shown.
    pub(super) fn shown(&self) -> Option<&Attempt> {
        self.attempts.get(self.shown)
    }

    /// Whether the attempt that is shown is still running, if its log does not say that it has ended.
    pub(super) fn unended(&self) -> Unended {
        let is_active = self
            .task
            .as_ref()
            .is_some_and(|task| task.state == State::Active);
        if is_active && self.shown + 1 == self.attempts.len() {
            Unended::Running
        } else {
            Unended::Unknown
        }
    }

    /// What the attempt that is shown is called, if there are others.
    pub(super) fn label(&self) -> Option<String> {
        let shown = self.shown()?;
        (self.attempts.len() > 1).then(|| shown.log.label())
    }

    /// Which attempt is shown, and how it has ended.
    pub(super) fn status(&self) -> String {
        let Some(shown) = self.shown() else {
            return String::new();
        };
        let count = text::plural(self.attempts.len() as u64, "attempt");
        let count = format!("{} of {count}", self.shown + 1);
        match (&shown.log.ended_at, self.unended()) {
            (Some(_), _) => format!("{count}, {}", text::escape(&shown.log.outcome)),
            (None, Unended::Running) => count + ", running",
            (None, Unended::Unknown) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts that have begun at these seconds.
    fn printed(began: &[i64]) -> Printed {
        let log = |&second: &i64| AttemptLog {
            number: 1,
            run: 1,
            started_at: DateTime::from_timestamp(second, 0).unwrap(),
            ended_at: None,
            outcome: String::new(),
            worker: "host:1".to_owned(),
            left_out: 0,
            beginning: Vec::new(),
            end: Vec::new(),
        };
        Printed {
            attempts: began.iter().map(log).collect(),
            unreadable: 0,
            task: None,
        }
    }

    /// When the attempt that is shown has begun, and whether its log is kept.
    fn shown(output: &Output) -> Option<(i64, bool)> {
        let shown = output.shown()?;
        Some((shown.log.started_at.timestamp(), shown.is_kept))
    }

    #[test]
    fn the_last_attempt_is_followed_to_the_next_one() {
        let mut output = Output::new(printed(&[]));
        assert_eq!(shown(&output), None);
        output.note(printed(&[1, 2]), false);
        assert_eq!(shown(&output), Some((2, true)));
        output.note(printed(&[1, 2, 3]), true);
        assert_eq!(shown(&output), Some((3, true)));
        // Somebody is reading it.
        output.note(printed(&[1, 2, 3, 4]), false);
        assert_eq!(shown(&output), Some((3, true)));
        output.note(printed(&[1, 2, 3, 4]), true);
        assert_eq!(shown(&output), Some((3, true)), "an earlier one stays");
        output.go(1);
        assert!(!output.has(1) && output.has(-3) && !output.has(-4));
        output.go(1);
        assert_eq!(shown(&output), Some((4, true)));
    }

    #[test]
    fn an_attempt_whose_log_is_gone_stays_on_the_screen() {
        let mut output = Output::new(printed(&[1, 2]));
        output.note(printed(&[]), true);
        assert_eq!(shown(&output), Some((2, false)));
        output.note(printed(&[]), true);
        assert_eq!(shown(&output), Some((2, false)));
        output.note(printed(&[3]), true);
        assert_eq!(shown(&output), Some((3, true)));
        assert!(!output.has(-1));
    }
}
