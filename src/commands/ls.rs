//! `qctl ls`: queues, tasks, servers, workers, groups, schedules.

mod tasks;

use super::Context;
use super::selection::DescribedTasks;
use crate::broker::Broker;
use crate::clock;
use crate::document::queue::GroupDocument;
use crate::document::queue::QueueDocument;
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::error::{Exit, Failure};
use crate::task::{NameError, QueueName};
use crate::view::Row;

/// List queues, tasks, servers, running tasks, groups or schedules.
///
/// Alone it lists queues; with a queue's name, the tasks of the queue. Tasks are listed state by state: pending ones in the order in which they will be served, others by
/// their time.
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
    let broker = cx.broker().await?;
    let only = &args.tasks.queues;
    let all = only.is_empty();
    let named = |queue: &str| only.iter().any(|name| name.as_str() == queue);
    match what {
        What::Queues => queues(cx, args, &broker).await,
        What::Tasks => tasks::run(cx, args.tasks.selection()?, args.limit).await,
        What::TasksOf(queue) => {
            let mut selection = args.tasks.selection()?;
            selection.queues.insert(0, queue);
            tasks::run(cx, selection, args.limit).await
        }
        What::Servers => {
            let mut servers = broker.servers(clock::now()).await?;
            servers.retain(|server| all || server.queues.keys().any(|queue| named(queue)));
            list(cx, args.limit, servers.iter().map(ServerDocument::from))
        }
        What::Workers => {
            let mut workers = broker.workers(clock::now()).await?;
            workers.retain(|worker| all || named(&worker.queue));
            list(
                cx,
                args.limit,
                workers.into_iter().map(WorkerDocument::from),
            )
        }
        What::Groups => groups(cx, args, &broker).await,
        What::Schedules => {
            let inspector = cx.inspector().await?;
            super::cron::ls::list(cx, &inspector, &args.tasks.queues, args.limit).await
        }
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

async fn queues(cx: &mut Context, args: &ListArgs, broker: &Broker) -> anyhow::Result<Exit> {
    let queues = super::args::queues(broker, &args.tasks.queues).await?;
    let stats = broker.stats(&queues, clock::now()).await?;
    list(cx, args.limit, stats.iter().map(QueueDocument::from))
}

/// Prints rows that are all there.
fn list<R: Row>(
    cx: &Context,
    limit: Option<u64>,
    rows: impl Iterator<Item = R>,
) -> anyhow::Result<Exit> {
    let mut lines = cx.printer.rows(R::columns(), clock::now());
    let limit = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    for row in rows.take(limit) {
        lines.push(&row)?;
    }
    lines.finish()?;
    Ok(Exit::Done)
}

async fn groups(cx: &mut Context, args: &ListArgs, broker: &Broker) -> anyhow::Result<Exit> {
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut lines = cx.printer.rows(GroupDocument::columns(), clock::now());
    for queue in super::args::queues(broker, &args.tasks.queues).await? {
        let mut cursor = Some(0);
        while let Some(at) = cursor {
            let (groups, next) = broker.groups(&queue, at).await?;
            for group in groups {
                if left == 0 {
                    lines.finish()?;
                    return Ok(Exit::Done);
                }
                lines.push(&GroupDocument::from(&group))?;
                left -= 1;
            }
            cursor = next;
        }
    }
    lines.finish()?;
    Ok(Exit::Done)
}
