//! Which tasks a command is for: by id, or by queue, state and group.

use std::io::BufRead as _;

use clap::Args;

use super::args::{distinct, state};
use super::matcher::Filters;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Error};
use crate::error::{Exit, Failure};
use crate::task::{QueueName, State, TaskId};

/// Which tasks a command is for.
#[derive(Debug, Args)]
pub(crate) struct Selection {
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
    #[command(flatten)]
    pub filters: Filters,
    /// At most so many tasks
    #[arg(short, long, value_name = "N", conflicts_with = "ids")]
    pub limit: Option<u64>,
}

impl Selection {
    /// The ids that were given, those on stdin included. Nothing when the selection is by queue.
    pub(crate) fn ids(&self) -> anyhow::Result<Vec<TaskId>> {
        if self.names_tasks() && self.filters.any() {
            return Err(Failure::usage(
                "tasks are named by id or chosen by filters, not both",
                "leave out the ids, and name a queue with --queue",
            )
            .into());
        }
        let mut ids = Vec::new();
        for text in &self.ids {
            if text == "-" {
                for line in std::io::stdin().lock().lines() {
                    let line = line.map_err(|error| {
                        Failure::usage(
                            format!("cannot read ids from stdin ({error})"),
                            "pass one id a line, in UTF-8",
                        )
                    })?;
                    if !line.trim().is_empty() {
                        ids.push(TaskId::new(line.trim_end_matches('\r'))?);
                    }
                }
            } else {
                ids.push(TaskId::new(text.as_str())?);
            }
        }
        Ok(distinct(&ids))
    }

    /// Whether tasks were named, rather than described.
    pub(crate) fn names_tasks(&self) -> bool {
        !self.ids.is_empty()
    }
}

/// The states that were named, none if none was: groups hold tasks of one state only.
pub(super) fn named_states(states: &[State], group: Option<&str>) -> Result<Vec<State>, Failure> {
    match group {
        None => Ok(distinct(states)),
        Some(_) if states.iter().all(|state| *state == State::Aggregating) => {
            Ok(vec![State::Aggregating])
        }
        Some(_) => Err(Failure::usage(
            "tasks of a group are in the state aggregating, and in no other",
            "leave out --state or --group",
        )),
    }
}

/// The one task with this id.
pub(super) async fn locate(
    broker: &Broker,
    queues: &[QueueName],
    id: &TaskId,
    named: &[QueueName],
) -> anyhow::Result<FoundTask> {
    let mut found = broker.find_in(queues, id).await?;
    match (found.pop(), found.is_empty()) {
        (Some(task), true) => Ok(task),
        (Some(last), false) => {
            found.push(last);
            let queues: Vec<&str> = found.iter().map(|task| task.queue.as_str()).collect();
            let what = format!(
                "task {:?} is in several queues: {}",
                id.as_str(),
                queues.join(", ")
            );
            Err(Failure::new(Exit::Conflict, what)
                .with_hint("name the queue with --queue")
                .into())
        }
        (None, _) => {
            let queue = if let [only] = named {
                Some(only.clone())
            } else {
                None
            };
            Err(Error::TaskNotFound {
                queue,
                id: id.clone(),
            }
            .into())
        }
    }
}

/// The containers of a queue for some states; groups are looked up.
pub(super) async fn places(
    broker: &Broker,
    queue: &QueueName,
    states: &[State],
    group: Option<&str>,
) -> Result<Vec<Container>, Error> {
    let mut containers = Vec::new();
    for &state in states {
        match (state, group) {
            (State::Aggregating, Some(group)) => {
                containers.push(Container::Group(group.to_owned()));
            }
            (State::Aggregating, None) => {
                let mut cursor = Some(0);
                while let Some(at) = cursor {
                    let (groups, next) = broker.groups(queue, at).await?;
                    containers.extend(
                        groups
                            .into_iter()
                            .map(|group| Container::Group(group.group)),
                    );
                    cursor = next;
                }
            }
            (state, _) => containers.push(Container::State(state)),
        }
    }
    Ok(containers)
}
