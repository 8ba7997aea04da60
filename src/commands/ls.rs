//! `qctl ls`: queues, tasks, servers, workers, groups, schedules.

mod tasks;

use super::Context;
use super::selection::DescribedTasks;
use crate::clock;
use crate::document::queue::GroupDocument;
use crate::error::{Exit, Failure};
use crate::inspector::Inspector;
use crate::task::{NameError, QueueName};
use crate::view::Row;

/// List queues, tasks, servers, running tasks, groups or schedules
///
/// Without WHAT, lists queues; with the name of a queue, lists its tasks. Tasks are listed state by state: pending
/// tasks in the order in which they will be run, others by their time.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl ls\n  qctl ls critical\n  qctl ls tasks -q critical -s retry -o wide\n  qctl ls tasks -s archived -o id"
)]
pub(crate) struct ListArgs {
    /// What to list: queues, tasks, servers, workers (tasks that run now), groups, cron, or the name of a queue
    #[arg(value_name = "WHAT", default_value = "queues")]
    what: String,
    #[command(flatten)]
    tasks: DescribedTasks,
    /// Maximum number of rows to print [default: 100 tasks in a table, otherwise all]
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let what = What::read(&args.what)?;
    if args.tasks.any() && !matches!(what, What::Tasks | What::TasksOf(_)) {
        return Err(Failure::usage(
            "this list is not of tasks, which --state, --group and filters choose",
            "qctl ls tasks --help",
        )
        .into());
    }
    let (named, limit, now) = (&args.tasks.queues, args.limit, clock::now());
    let inspector = cx.inspector().await?;
    match what {
        What::Queues => list(cx, limit, &inspector.queue_list(named, now).await?),
        What::Tasks => tasks::run(cx, args.tasks.selection()?, limit).await,
        What::TasksOf(queue) => {
            let mut selection = args.tasks.selection()?;
            selection.queues.insert(0, queue);
            tasks::run(cx, selection, limit).await
        }
        What::Servers => list(cx, limit, &inspector.servers(named, now).await?),
        What::Workers => list(cx, limit, &inspector.workers(named, now).await?),
        What::Groups => groups(cx, &inspector, named, limit).await,
        What::Schedules => super::cron::ls::list(cx, &inspector, &[], named, limit).await,
    }
}

/// What can be listed.
enum What {
    Queues,
    Tasks,
    TasksOf(QueueName),
    Servers,
    Workers,
    Groups,
    Schedules,
}

impl What {
    fn read(word: &str) -> Result<Self, NameError> {
        Ok(match word {
            "queues" | "queue" => Self::Queues,
            "tasks" | "task" => Self::Tasks,
            "servers" | "server" => Self::Servers,
            "workers" | "worker" => Self::Workers,
            "groups" | "group" => Self::Groups,
            "cron" | "schedules" | "schedule" => Self::Schedules,
            name => Self::TasksOf(QueueName::new(name)?),
        })
    }
}

/// Prints rows that are all there.
fn list<R: Row>(cx: &Context, limit: Option<u64>, rows: &[R]) -> anyhow::Result<Exit> {
    let mut lines = cx.printer.rows(R::columns(), clock::now());
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    for row in rows.iter().take(limit) {
        lines.push(row)?;
    }
    lines.finish()?;
    Ok(Exit::Done)
}

/// Prints groups as they are read: a queue may have any number of them.
async fn groups(
    cx: &Context,
    inspector: &Inspector,
    named: &[QueueName],
    limit: Option<u64>,
) -> anyhow::Result<Exit> {
    let mut left = limit.unwrap_or(u64::MAX);
    let mut lines = cx.printer.rows(GroupDocument::columns(), clock::now());
    'all: for queue in inspector.queues(named).await? {
        let mut pages = inspector.groups(&queue);
        while let Some(page) = pages.next().await? {
            for group in &page {
                if left == 0 {
                    break 'all;
                }
                lines.push(&GroupDocument::from(group))?;
                left -= 1;
            }
        }
    }
    lines.finish()?;
    Ok(Exit::Done)
}
