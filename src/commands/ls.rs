//! `qctl ls`: queues, tasks, servers, workers, groups, schedules.

use super::Context;
use super::args::state;
use super::matcher::Filters;
use super::selection::{named_states, places};
use crate::broker::Broker;
use crate::broker::records::FoundTask;
use crate::clock;
use crate::document::queue::GroupDocument;
use crate::document::queue::QueueDocument;
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::output::Format;
use crate::task::{NameError, QueueName, State};
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
    /// Only in this queue (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Only tasks in this state (repeatable) [default: all]
    #[arg(short, long = "state", value_name = "STATE", value_parser = state())]
    states: Vec<State>,
    /// Only tasks that wait in this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    filters: Filters,
    /// At most so many lines [default: 100 tasks in a table, otherwise all]
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

/// Lines of a table of tasks when nothing is said: more than anybody reads.
const TABLE_LIMIT: u64 = 100;

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let what = What::read(&args.what)?;
    let of_tasks = !args.states.is_empty() || args.group.is_some() || args.filters.any();
    if of_tasks && !matches!(what, What::Tasks | What::TasksOf(_)) {
        return Err(Failure::usage(
            "this list is not of tasks, which --state, --group and filters choose",
            "qctl ls tasks --help",
        )
        .into());
    }
    let broker = cx.broker().await?;
    let all = args.queues.is_empty();
    let named = |queue: &str| args.queues.iter().any(|name| name.as_str() == queue);
    match what {
        What::Queues => queues(cx, args, &broker).await,
        What::Tasks => tasks(cx, args, &broker, &args.queues).await,
        What::TasksOf(queue) => {
            let named: Vec<QueueName> = std::iter::once(&queue)
                .chain(&args.queues)
                .cloned()
                .collect();
            tasks(cx, args, &broker, &named).await
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
        What::Schedules => super::cron::ls::list(cx, &broker, &args.queues, args.limit).await,
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
    let queues = super::args::queues(broker, &args.queues).await?;
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
    for queue in super::args::queues(broker, &args.queues).await? {
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

async fn tasks(
    cx: &mut Context,
    args: &ListArgs,
    broker: &Broker,
    named: &[QueueName],
) -> anyhow::Result<Exit> {
    let queues = super::args::queues(broker, named).await?;
    let mut states = named_states(&args.states, args.group.as_deref())?;
    if states.is_empty() {
        states = State::ALL.to_vec();
    }
    let for_people = matches!(cx.printer.format(), Format::Table | Format::Wide);
    let limit = args
        .limit
        .unwrap_or(if for_people { TABLE_LIMIT } else { u64::MAX });
    let columns = TaskDocument::columns_for(&states, queues.len() > 1);
    let matcher = args.filters.matcher()?;
    let mut lines = cx.printer.rows(columns, clock::now());
    let mut left = limit;
    let mut more = false;
    'all: for queue in &queues {
        for container in places(broker, queue, &states, args.group.as_deref()).await? {
            let mut offset = 0;
            loop {
                // One more than is left, to know whether there are more. A filter may want to see many.
                let wanted = match &matcher {
                    Some(_) => usize::MAX,
                    None => usize::try_from(left.saturating_add(1)).unwrap_or(usize::MAX),
                };
                let page = broker.tasks(queue, &container, offset, wanted).await?;
                if page.is_empty() {
                    break;
                }
                offset += page.len() as u64;
                let now = clock::now();
                let fits = |task: &FoundTask| {
                    matcher
                        .as_ref()
                        .is_none_or(|matcher| matcher.matches(task, now))
                };
                for task in page.into_iter().filter(fits) {
                    if left == 0 {
                        more = args.limit.is_none();
                        break 'all;
                    }
                    lines.push(&TaskDocument::new(task, now))?;
                    left -= 1;
                    // Who has said how many is not told whether there are more.
                    if left == 0 && args.limit.is_some() {
                        break 'all;
                    }
                }
            }
        }
    }
    lines.finish()?;
    if let Some(matcher) = &matcher {
        matcher.tell(&cx.printer);
    }
    if more {
        cx.printer.note(&format!(
            "the first {limit} tasks are shown; use --limit for more, --queue or --state for others"
        ));
    }
    Ok(Exit::Done)
}
