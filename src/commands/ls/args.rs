//! The arguments of `qctl ls`, and what they name.

use super::arranged::Arrangement;
use crate::commands::selection::{DescribedTasks, count};
use crate::error::Failure;
use crate::inspector::Selection;
use crate::task::{NameError, QueueName};

/// List queues, tasks, servers, running tasks, groups, schedules or changes
///
/// Without WHAT, lists queues; with the name of a queue, or with -q, lists its tasks. Tasks are listed state by state:
/// pending tasks in the order in which they will run, others by time. A table on a terminal shows the first 8 characters
/// of a UUID, which qctl inspect accepts; -o wide and -o id show all of it.
///
/// TIME is when a scheduled task or a retry is due; of other tasks, since when they have been in their state.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl ls\n  qctl ls critical\n  qctl ls critical -s retry,archived\n  qctl ls tasks -t 'email:*'\n  qctl ls workers\n  qctl ls tasks -q critical -s retry -o wide\n  qctl ls tasks -s archived -o id"
)]
pub(crate) struct ListArgs {
    /// What to list: queues, tasks, servers, workers (running tasks), groups, cron, audit (changes by operators), or the name of a queue [default: queues; with -q or another option that selects tasks: tasks]
    #[arg(value_name = "WHAT")]
    pub(super) what: Option<String>,
    #[command(flatten)]
    pub(super) tasks: DescribedTasks,
    /// Maximum number of rows to print [default: 100 tasks or changes in a table, otherwise all]
    #[arg(short, long, value_name = "N", value_parser = count)]
    pub(super) limit: Option<u64>,
    #[command(flatten)]
    pub(super) arrangement: Arrangement,
}

/// What can be listed.
pub(super) enum What {
    Queues,
    Tasks,
    TasksOf(QueueName),
    Servers,
    Workers,
    Groups,
    Schedules,
    Audit,
}

impl What {
    /// The tasks to list.
    pub(super) fn selection(&self, args: &ListArgs) -> Result<Selection, Failure> {
        let mut selection = args.tasks.selection()?;
        if let Self::TasksOf(queue) = self {
            selection.queues.insert(0, queue.clone());
        }
        Ok(selection)
    }

    /// What the arguments ask for. Without a word, options that select tasks mean tasks; `-q NAME` lists what `NAME` does.
    pub(super) fn read(args: &ListArgs) -> Result<Self, NameError> {
        let Some(word) = &args.what else {
            let tasks = args.tasks.any() || !args.tasks.queues.is_empty();
            return Ok(if tasks { Self::Tasks } else { Self::Queues });
        };
        Ok(match word.as_str() {
            "queues" | "queue" => Self::Queues,
            "tasks" | "task" => Self::Tasks,
            "servers" | "server" => Self::Servers,
            "workers" | "worker" => Self::Workers,
            "groups" | "group" => Self::Groups,
            "cron" | "schedules" | "schedule" => Self::Schedules,
            "audit" => Self::Audit,
            name => Self::TasksOf(QueueName::new(name)?),
        })
    }
}
