//! Selects tasks.

use std::time::Duration;

use wildmatch::WildMatch;

use super::error::Error;
use crate::inspector::{Expression, ExpressionError, Filter, Selection as Meant, StateFilter};
use crate::task::{QueueName, State, TaskId};

/// A set of tasks, given by id or by conditions. It is resolved when it is used; mistakes, such as a blank queue, are
/// reported then.
///
/// ```
/// use std::time::Duration;
/// use qctl::{Selection, State};
///
/// let stuck = Selection::queue("critical")
///     .state(State::Archived)
///     .kind("email:*")
///     .error("timeout")
///     .older_than(Duration::from_secs(3600))
///     .limit(1_000);
/// let three = Selection::ids(["a", "b", "c"]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a selection does nothing by itself"]
pub struct Selection {
    queues: Vec<String>,
    ids: Option<Vec<String>>,
    states: Vec<StateFilter>,
    group: Option<String>,
    kind: Option<String>,
    error: Option<String>,
    older_than: Option<Duration>,
    newer_than: Option<Duration>,
    jq: Option<String>,
    limit: Option<u64>,
}

impl Selection {
    /// The tasks in all queues. Only for listing: a change needs queues or ids.
    pub fn all() -> Self {
        Self::default()
    }

    /// The tasks in a queue, or in all queues that match a glob with `*` and `?`.
    pub fn queue(name: impl Into<String>) -> Self {
        Self::default().or_queue(name)
    }

    /// Tasks by id, in any queue. An id that several queues have is ambiguous, and refused.
    pub fn ids<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self {
            ids: Some(ids.into_iter().map(Into::into).collect()),
            ..Self::default()
        }
    }

    /// Adds a queue. For tasks by id: only looks in this queue and in those given before.
    pub fn or_queue(mut self, name: impl Into<String>) -> Self {
        self.queues.push(name.into());
        self
    }

    /// Only tasks in this state, or in the states given before.
    pub fn state(mut self, state: State) -> Self {
        self.states.push(StateFilter::In(state));
        self
    }

    /// Only active tasks that no server holds any more, or tasks in the states given before.
    pub fn orphaned(mut self) -> Self {
        self.states.push(StateFilter::Orphaned);
        self
    }

    /// Only tasks that wait in this group.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// Only tasks of this type, or of types that match a glob with `*` and `?`.
    pub fn kind(mut self, glob: impl Into<String>) -> Self {
        self.kind = Some(glob.into());
        self
    }

    /// Only tasks whose last error contains this text.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// Only tasks that have been in their state for longer than this.
    pub const fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Only tasks that have been in their state for less than this.
    pub const fn newer_than(mut self, age: Duration) -> Self {
        self.newer_than = Some(age);
        self
    }

    /// Only tasks for whose JSON document (`docs/output.md`) this jq expression is true.
    pub fn jq(mut self, expression: impl Into<String>) -> Self {
        self.jq = Some(expression.into());
        self
    }

    /// Only the first `n` tasks, in the order in which `qctl ls` shows them.
    pub const fn limit(mut self, tasks: u64) -> Self {
        self.limit = Some(tasks);
        self
    }

    pub(super) fn into_meant(self) -> Result<Meant, Error> {
        let expression = self.jq.map(|text| Expression::new(&text)).transpose();
        let expression = expression.map_err(|error: ExpressionError| {
            Error::Setting(format!("the jq expression cannot be used ({error})"))
        })?;
        let meant = match self.ids {
            Some(ids) => {
                let ids = ids.into_iter().map(TaskId::new);
                Meant::ids(ids.collect::<Result<Vec<_>, _>>()?)
            }
            None => Meant::default(),
        };
        let queues = self.queues.into_iter().map(QueueName::new);
        Ok(Meant {
            queues: queues.collect::<Result<_, _>>()?,
            states: self.states,
            group: self.group,
            limit: self.limit,
            filter: Filter {
                kind: self.kind.map(|glob| WildMatch::new(&glob)),
                error: self.error,
                older_than: self.older_than,
                newer_than: self.newer_than,
                expression,
            },
            ..meant
        })
    }
}
