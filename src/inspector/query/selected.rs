//! Builds a selection from the terms of a query.

use std::time::Duration;

use wildmatch::WildMatch;

use super::error::QueryError;
use super::key::Key;
use super::reader::Value;
use crate::inspector::{
    Error, Expression, ExpressionError, Place, Selection, StateFilter, distinct,
};
use crate::nearest::nearest;
use crate::task::{QueueName, TaskId, parse};

/// The selection so far.
#[derive(Debug, Default)]
pub(super) struct Selected {
    selection: Selection,
    /// The keys, and the index of each.
    given: Vec<(Key, usize)>,
}

impl Selected {
    /// Adds a term.
    pub(super) fn set(
        &mut self,
        key: Key,
        at: usize,
        values: Vec<Value>,
    ) -> Result<(), QueryError> {
        if !key.is_list() {
            self.refuse_second(key, at)?;
        }
        let selection = &mut self.selection;
        for value in values {
            match key {
                Key::Queue => selection.queues.push(queue(&value)?),
                Key::State => selection.states.push(state(&value)?),
                Key::Type => selection.filter.kind = Some(WildMatch::new(&value.text)),
                Key::Group => selection.group = Some(value.text),
                Key::Error => selection.filter.error = Some(value.text),
                Key::Older => selection.filter.older_than = Some(duration(&value)?),
                Key::Newer => selection.filter.newer_than = Some(duration(&value)?),
                Key::Limit => selection.limit = Some(limit(&value)?),
                Key::Id => {
                    // Other clients store blank ids too.
                    let id = TaskId::from_stored(value.text.into_bytes());
                    selection.ids.get_or_insert_default().push(id);
                }
                Key::Filter => selection.filter.expression = Some(expression(&value)?),
            }
        }
        self.given.push((key, at));
        Ok(())
    }

    /// Adds a jq filter without a key.
    pub(super) fn set_filter(&mut self, value: Value) -> Result<(), QueryError> {
        self.set(Key::Filter, value.at, vec![value])
    }

    fn refuse_second(&self, key: Key, at: usize) -> Result<(), QueryError> {
        if !self.given.iter().any(|(given, _)| *given == key) {
            return Ok(());
        }
        let what = match key {
            Key::Filter => "there are two jq filters".to_owned(),
            key => format!("{}: is given twice", key.name()),
        };
        let hint = "keep one; a jq filter can join conditions with `and` and `or`";
        Err(QueryError::new(at, what, hint))
    }

    /// The whole selection.
    pub(super) fn finish(mut self) -> Result<Selection, QueryError> {
        self.selection.ids = self.selection.ids.map(|ids| distinct(&ids));
        if let Err(error) = self.selection.check() {
            let at = self.last(|key| !matches!(key, Key::Queue));
            let hint = "with id:, only queue: can be used";
            return Err(QueryError::new(at, error.to_string(), hint));
        }
        // A selection without an age has a text too: it is refused when it is used.
        if let Err(error @ Error::GroupAndState) = self.selection.states_or(&[]) {
            let at = self.last(|key| matches!(key, Key::State | Key::Group));
            let hint = "remove state: or group:";
            return Err(QueryError::new(at, error.to_string(), hint));
        }
        Ok(self.selection)
    }

    /// The index of the last of these keys.
    fn last(&self, among: impl Fn(Key) -> bool) -> usize {
        let among = self.given.iter().filter(|(key, _)| among(*key));
        among.map(|(_, at)| *at).max().unwrap_or_default()
    }
}

fn queue(value: &Value) -> Result<QueueName, QueryError> {
    QueueName::new(value.text.as_str()).map_err(|error| {
        let hint = format!("write {}", Key::Queue.example());
        QueryError::new(value.at, error.to_string(), hint)
    })
}

fn state(value: &Value) -> Result<StateFilter, QueryError> {
    value.text.parse().map_err(|_| {
        let states = StateFilter::ALL.map(StateFilter::name);
        let hint = match nearest(&value.text, states) {
            Some(state) => format!("did you mean {state}?"),
            None => format!("states are {}", states.join(", ")),
        };
        QueryError::new(
            value.at,
            format!("there is no state {:?}", value.text),
            hint,
        )
    })
}

fn duration(value: &Value) -> Result<Duration, QueryError> {
    parse::duration(&value.text).map_err(|error| {
        let what = match error {
            parse::ParseError::TooLong => format!("{:?} is {error}", value.text),
            _ => format!("{:?} is not a duration", value.text),
        };
        QueryError::new(value.at, what, "write 90s, 5m, 1.5h, 3d or 1h30m")
    })
}

fn limit(value: &Value) -> Result<u64, QueryError> {
    value.text.parse().map_err(|_| {
        let what = format!("{:?} is not a whole number", value.text);
        QueryError::new(value.at, what, format!("write {}", Key::Limit.example()))
    })
}

fn expression(value: &Value) -> Result<Expression, QueryError> {
    Expression::new(&value.text).map_err(|error| {
        let (at, what) = match error {
            ExpressionError::Syntax { what, place } => {
                let at = match place {
                    Place::Column(column) => value.index_of(column - 1),
                    Place::End => value.end,
                    Place::Whole => value.at,
                };
                (at, what)
            }
            error => (value.at, error.to_string()),
        };
        let hint = "write one such as .payload.user_id == 42 and .retried > 3";
        QueryError::new(at, format!("not a jq filter: {what}"), hint)
    })
}
