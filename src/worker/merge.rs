//! The aggregator that runs a command for each set of tasks.
//!
//! The tasks are the command's standard input, one task document a line, oldest first. They are read and written in parts, so
//! that large ones are never all in memory. Its standard output is the payload of the merged task.

use std::os::fd::OwnedFd;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::time::timeout_at;

use crate::broker::records::FoundTask;
use crate::clock;
use crate::document::task::TaskDocument;
use crate::task::transition::{AttemptError, TaskResult};
use crate::task::{Message, NewTask, QueueName, State, TaskId, TaskOptions, TaskType};
use crate::worker::groups::{Aggregator, SetTasks};
use crate::worker::handlers::capture::Whole;
use crate::worker::handlers::command::Shell;
use crate::worker::handlers::environment::named;
use crate::worker::handlers::{Stop, StopReason, Stopper, Transcript};

/// Limit of the output, which is kept in memory.
const MAX_MERGED_BYTES: usize = 16 * 1024 * 1024;

/// Merges the tasks of a group by a command.
pub(crate) struct MergeCommand {
    pub(crate) shell: Shell,
    /// The type of the merged task.
    pub(crate) kind: TaskType,
    pub(crate) options: TaskOptions,
    /// How long a merge may take, for the error of one that takes longer.
    pub(crate) timeout: Duration,
}

impl Aggregator for MergeCommand {
    fn merge<'a>(&'a self, tasks: &'a mut SetTasks) -> BoxFuture<'a, Result<NewTask, String>> {
        self.run(tasks).boxed()
    }
}

impl MergeCommand {
    async fn run(&self, tasks: &mut SetTasks) -> Result<NewTask, String> {
        let deadline = tasks.deadline;
        let (stopper, stop) = Stopper::new();
        let (ended, unread) = {
            let run = self.exchange(tasks, &stopper, stop.clone());
            tokio::pin!(run);
            if let Ok(ended) = timeout_at(deadline, &mut run).await {
                ended
            } else {
                stopper.stop(StopReason::TimedOut);
                run.await
            }
        };
        if let Some(error) = unread {
            return Err(error);
        }
        match ended {
            Ok(TaskResult::Bytes(payload)) => Ok(NewTask {
                options: self.options.clone(),
                ..NewTask::new(self.kind.clone(), Some(payload))
            }),
            Ok(TaskResult::TooLarge(bytes)) => Err(format!(
                "the command has printed {bytes} bytes, more than {MAX_MERGED_BYTES}"
            )),
            Err(error) if stop.reason() == Some(StopReason::TimedOut) => {
                Err(format!("{}: {error}", AttemptError::TimedOut(self.timeout)))
            }
            Err(error) => Err(error),
        }
    }

    /// Runs the command. The second value is why not all tasks could be read.
    async fn exchange(
        &self,
        tasks: &mut SetTasks,
        stopper: &Stopper,
        stop: Stop,
    ) -> (Result<TaskResult, String>, Option<String>) {
        let environment = named([
            ("QCTL_QUEUE", tasks.set.queue().to_string()),
            ("QCTL_GROUP", tasks.set.group().to_owned()),
        ]);
        let environment = match environment {
            Ok(environment) => environment,
            Err(failure) => return (Err(failure.error), None),
        };
        let mut unread = None;
        let noted = &mut unread;
        let feed = move |input| async move {
            if let Err(error) = feed(input, tasks).await {
                *noted = Some(error);
                stopper.stop(StopReason::Aborted);
                // The input is not closed: the command would take its end for that of the tasks.
                pending::<()>().await;
            }
            Ok(())
        };
        let transcript = Transcript::default();
        let output = (Whole::up_to(MAX_MERGED_BYTES), &transcript);
        let ended = self.shell.execute(environment, feed, output, stop).await;
        (ended.map_err(|failure| failure.error), unread)
    }
}

/// Writes the tasks, until the command reads no more.
async fn feed(input: OwnedFd, tasks: &mut SetTasks) -> Result<(), String> {
    let input = pipe::Sender::from_owned_fd_unchecked(input);
    let mut input = input.map_err(|error| error.to_string())?;
    while let Some(part) = tasks.next().await? {
        for message in part {
            let line = line(message, tasks.set.queue(), clock::now())?;
            if input.write_all(&line).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn line(message: Message, queue: &QueueName, now: DateTime<Utc>) -> Result<Vec<u8>, String> {
    let task = FoundTask {
        queue: queue.clone(),
        id: TaskId::from_stored(message.id.clone().into_bytes()),
        state: State::Aggregating,
        message: Ok(message),
        result: None,
        pending_since: None,
        score: None,
        waits_for_handler: false,
        lease_expires_at: None,
    };
    let line = serde_json::to_vec(&TaskDocument::new(task, now));
    let mut line = line.map_err(|error| error.to_string())?;
    line.push(b'\n');
    Ok(line)
}
