//! Arguments that several commands share, and how their texts become values.

use std::io::BufRead as _;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::broker::{Broker, Error};
use crate::task::{QueueName, State, TaskId};

/// A parser for one of a few words, which help then lists.
macro_rules! choice {
    ($choice:ty) => {
        clap::builder::TypedValueParser::try_map(
            clap::builder::PossibleValuesParser::new(
                <$choice>::ALL.iter().map(|choice| choice.name()),
            ),
            |word| word.parse::<$choice>(),
        )
    };
}

pub(crate) use choice;

/// A parser for a task state.
pub fn state() -> impl TypedValueParser<Value = State> {
    PossibleValuesParser::new(State::ALL.map(State::name)).try_map(|word| word.parse::<State>())
}

/// An argument that does not fit the others, and what to do instead.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Usage {
    /// What is wrong.
    pub what: String,
    /// A command to run, or an option to add.
    pub hint: String,
}

impl Usage {
    /// An error with a hint.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// An id that tasks of several queues have.
#[derive(Debug, thiserror::Error)]
#[error("task {id:?} is in several queues: {}", .queues.join(", "))]
pub struct Ambiguous {
    /// The id.
    pub id: String,
    /// The queues.
    pub queues: Vec<String>,
}

/// Which tasks a command is for.
#[derive(Debug, Args)]
pub struct Selection {
    /// Ids of tasks; - reads them from stdin, one a line
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Only tasks of this queue (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    pub queues: Vec<QueueName>,
    /// Only tasks in this state (repeatable)
    #[arg(short, long = "state", value_name = "STATE", value_parser = state(), conflicts_with = "ids")]
    pub states: Vec<State>,
    /// Only tasks that wait in this group
    #[arg(long, value_name = "GROUP", conflicts_with = "ids")]
    pub group: Option<String>,
    /// At most so many tasks
    #[arg(short, long, value_name = "N", conflicts_with = "ids")]
    pub limit: Option<u64>,
}

impl Selection {
    /// The ids that were given, those on stdin included. Nothing when the selection is by queue.
    pub fn ids(&self) -> anyhow::Result<Vec<TaskId>> {
        let mut ids = Vec::new();
        for text in &self.ids {
            if text == "-" {
                for line in std::io::stdin().lock().lines() {
                    let line = line?;
                    if !line.trim().is_empty() {
                        ids.push(TaskId::new(line.trim_end_matches('\r'))?);
                    }
                }
            } else {
                ids.push(TaskId::new(text.as_str())?);
            }
        }
        Ok(ids)
    }

    /// Whether tasks were named, rather than described.
    pub fn names_tasks(&self) -> bool {
        !self.ids.is_empty()
    }
}

/// The queues that were named, each of which must exist, or all there are.
pub async fn queues(broker: &Broker, named: &[QueueName]) -> Result<Vec<QueueName>, Error> {
    if named.is_empty() {
        return broker.queues().await;
    }
    for queue in named {
        broker.expect_queue(queue).await?;
    }
    Ok(named.to_vec())
}
