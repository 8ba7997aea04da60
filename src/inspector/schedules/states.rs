//! The states of tasks that schedules have enqueued.

use futures_util::future::join_all;

use crate::broker::Broker;
use crate::inspector::error::Error;
use crate::task::{QueueName, State, TaskId};

/// Tasks that are looked up at the same time.
const LOOKUPS: usize = 20;

/// The state of each task, given by queue and id; `None` if it no longer exists.
pub(super) async fn states(
    broker: &Broker,
    tasks: &[Option<(&str, &str)>],
) -> Result<Vec<Option<State>>, Error> {
    let mut found = Vec::with_capacity(tasks.len());
    for tasks in tasks.chunks(LOOKUPS) {
        let states = tasks.iter().map(async |task| match task {
            Some((queue, id)) => state(broker, queue, id).await,
            None => Ok(None),
        });
        for state in join_all(states).await {
            found.push(state?);
        }
    }
    Ok(found)
}

async fn state(broker: &Broker, queue: &str, id: &str) -> Result<Option<State>, Error> {
    // Another program may have written names that no task can have.
    let (Ok(queue), Ok(id)) = (QueueName::new(queue), TaskId::new(id)) else {
        return Ok(None);
    };
    Ok(broker.find(&queue, &id).await?.map(|task| task.state))
}
