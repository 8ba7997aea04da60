//! Conditions on tasks, besides their place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use wildmatch::WildMatch;

use super::Error;
use super::expression::{Expression, ExpressionError};
use super::interpreter::{TIMEOUT, on_large_stack};
use crate::broker::records::FoundTask;
use crate::document::task::TaskDocument;
use crate::task::State;

/// Conditions on a task, all of which must hold. The default has none.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Filter {
    /// The type; `*` and `?` stand for any text and any character.
    pub kind: Option<WildMatch>,
    /// Text that the last error contains.
    pub error: Option<String>,
    /// The task has been in its state for longer than this.
    pub older_than: Option<Duration>,
    /// The task has been in its state for less than this.
    pub newer_than: Option<Duration>,
    /// A jq expression that is true for the document of the task.
    pub expression: Option<Expression>,
}

/// The verdict of a filter on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The task matches.
    Matches,
    /// The task does not match.
    Differs,
    /// The task would match, but how long it has been in its state is unknown.
    UnknownAge,
    /// The same, as of every task in its state.
    NoAge(State),
    /// The expression cannot be evaluated on the task, so it does not match.
    Failed(ExpressionError),
}

impl Filter {
    /// Whether every task matches.
    pub const fn is_empty(&self) -> bool {
        let Self {
            kind,
            error,
            older_than,
            newer_than,
            expression,
        } = self;
        let texts = kind.is_none() && error.is_none() && expression.is_none();
        texts && older_than.is_none() && newer_than.is_none()
    }

    /// Whether it depends on how long tasks have been in their states.
    pub(super) const fn asks_for_age(&self) -> bool {
        self.older_than.is_some() || self.newer_than.is_some()
    }

    /// Judges tasks in their order.
    ///
    /// The expression is evaluated on a thread of its own, because it may take long. It has bounds, but a single step
    /// may be slow, such as a match in a text of many megabytes: that is not waited for.
    ///
    /// # Errors
    /// [`Error::Filter`] when the expression is not a condition, or too slow.
    pub(super) async fn judge(
        &self,
        tasks: Vec<FoundTask>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(FoundTask, Verdict)>, Error> {
        let judged = tasks.into_iter().map(|task| {
            let verdict = self.judge_fields(&task, now);
            (task, verdict)
        });
        let judged: Vec<_> = judged.collect();
        match &self.expression {
            Some(expression) => evaluate(expression.clone(), judged, now).await,
            None => Ok(judged),
        }
    }

    fn judge_fields(&self, task: &FoundTask, now: DateTime<Utc>) -> Verdict {
        let message = task.message.as_ref().ok();
        let kind = self.kind.as_ref();
        let kind_fits =
            kind.is_none_or(|glob| message.is_some_and(|message| glob.matches(&message.kind)));
        let error = self.error.as_ref();
        let error_fits = error
            .is_none_or(|text| message.is_some_and(|message| message.last_error.contains(text)));
        if !kind_fits || !error_fits {
            return Verdict::Differs;
        }
        if !self.asks_for_age() {
            return Verdict::Matches;
        }
        let Some(age) = task.age(now) else {
            return if task.state.has_age() {
                Verdict::UnknownAge
            } else {
                Verdict::NoAge(task.state)
            };
        };
        let old = self.older_than.is_none_or(|limit| age > limit);
        if old && self.newer_than.is_none_or(|limit| age < limit) {
            Verdict::Matches
        } else {
            Verdict::Differs
        }
    }
}

/// Evaluates an expression on those tasks that match so far.
async fn evaluate(
    expression: Expression,
    mut judged: Vec<(FoundTask, Verdict)>,
    now: DateTime<Utc>,
) -> Result<Vec<(FoundTask, Verdict)>, Error> {
    let ids: Vec<_> = judged.iter().map(|(task, _)| task.id.clone()).collect();
    let reached = Arc::new(AtomicUsize::new(0));
    let at = Arc::clone(&reached);
    let (sender, mut evaluated) = oneshot::channel();
    let evaluate = move || {
        for (index, (task, verdict)) in judged.iter_mut().enumerate() {
            at.store(index, Ordering::Relaxed);
            if matches!(
                verdict,
                Verdict::Matches | Verdict::UnknownAge | Verdict::NoAge(_)
            ) {
                evaluate_one(&expression, task, verdict, now)?;
            }
        }
        Ok(judged)
    };
    // Sending fails after the time limit, when the receiver has been dropped.
    let thread = on_large_stack().spawn(move || drop(sender.send(evaluate())));
    thread
        .map_err(|error| at_task(&ids, &reached, ExpressionError::NoThread(error.to_string())))?;
    let mut before = 0;
    loop {
        match tokio::time::timeout(TIMEOUT, &mut evaluated).await {
            Ok(Ok(judged)) => return judged,
            Ok(Err(_)) => {
                let error = ExpressionError::Failed("the interpreter has failed".to_owned());
                return Err(at_task(&ids, &reached, error));
            }
            Err(_) if before == reached.load(Ordering::Relaxed) => {
                let error = ExpressionError::TooSlow(TIMEOUT.as_secs());
                return Err(at_task(&ids, &reached, error));
            }
            Err(_) => before = reached.load(Ordering::Relaxed),
        }
    }
}

fn at_task(ids: &[crate::task::TaskId], reached: &AtomicUsize, error: ExpressionError) -> Error {
    let id = ids.get(reached.load(Ordering::Relaxed)).cloned();
    let id = id.unwrap_or_else(|| crate::task::TaskId::from_stored(b"?".to_vec()));
    Error::Filter { id, error }
}

fn evaluate_one(
    expression: &Expression,
    task: &FoundTask,
    verdict: &mut Verdict,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let document = serde_json::to_vec(&TaskDocument::new(task.clone(), now).with_json_values());
    let holds = match document {
        Ok(document) => expression.holds(&document),
        Err(error) => Err(ExpressionError::Failed(error.to_string())),
    };
    match holds {
        Ok(true) => {}
        Ok(false) => *verdict = Verdict::Differs,
        Err(error @ ExpressionError::Failed(_)) => *verdict = Verdict::Failed(error),
        Err(error) => {
            let id = task.id.clone();
            return Err(Error::Filter { id, error });
        }
    }
    Ok(())
}
