//! Lists that are sorted or watched: their rows are read into memory.

use super::args::{ListArgs, What};
use super::arranged::{Gathered, Limits};
use super::recorded::changes;
use super::tasks;
use crate::commands::selection::report_judged;
use crate::commands::{Context, cron};
use crate::document::queue::GroupDocument;
use crate::document::task::TaskDocument;
use crate::error::Exit;
use crate::inspector::{self, Inspector, Judged, Selection};
use crate::task::QueueName;
use crate::view::Row;

/// Prints such a list.
pub(super) async fn list(cx: &mut Context, args: &ListArgs, what: &What) -> anyhow::Result<Exit> {
    let (arrangement, named) = (&args.arrangement, &args.tasks.queues);
    let inspector = &cx.inspector().await?;
    let all = Limits {
        asked: args.limit,
        table: None,
    };
    let some = Limits {
        table: Some(tasks::TABLE_LIMIT),
        ..all
    };
    match what {
        What::Queues => {
            let read = async |_| {
                let figures = inspector.figures(named, inspector.now()).await?;
                Ok(Gathered {
                    rows: figures.queues,
                    unreadable: figures.unreadable,
                })
            };
            arrangement.list(cx, Row::columns(), all, read).await
        }
        What::Tasks | What::TasksOf(_) => list_tasks(cx, args, what, inspector).await,
        What::Servers => {
            let read = async |_| {
                Ok(Gathered::new(
                    inspector.servers(named, inspector.now()).await?,
                ))
            };
            arrangement.list(cx, Row::columns(), all, read).await
        }
        What::Workers => {
            let read = async |_| {
                Ok(Gathered::new(
                    inspector.workers(named, inspector.now()).await?,
                ))
            };
            arrangement.list(cx, Row::columns(), all, read).await
        }
        What::Groups => {
            let read = async |most| read_groups(inspector, named, most).await;
            arrangement.list(cx, Row::columns(), all, read).await
        }
        What::Audit => {
            let read = async |most| Ok(Gathered::new(changes(inspector, named, most).await?));
            arrangement.list(cx, Row::columns(), some, read).await
        }
        What::Schedules => list_schedules(cx, args, inspector).await,
    }
}

async fn list_schedules(
    cx: &Context,
    args: &ListArgs,
    inspector: &Inspector,
) -> anyhow::Result<Exit> {
    cx.warn_of_clock(inspector);
    let (mut unattended, mut broken_files) = (false, Vec::new());
    let read = async |_| {
        let queues = &args.tasks.queues;
        let found = inspector.schedules(&[], queues, inspector.now()).await?;
        (unattended, broken_files) = (found.unattended, found.broken_files);
        Ok(Gathered {
            rows: found.schedules,
            unreadable: found.stored_unknown.into_iter().collect(),
        })
    };
    let limits = Limits {
        asked: args.limit,
        table: None,
    };
    let exit = args
        .arrangement
        .list(cx, Row::columns(), limits, read)
        .await?;
    if unattended {
        cx.printer.note(cron::ls::UNATTENDED);
    }
    cron::ls::warn_of_files(cx, &broken_files);
    Ok(exit)
}

async fn list_tasks(
    cx: &Context,
    args: &ListArgs,
    what: &What,
    inspector: &Inspector,
) -> anyhow::Result<Exit> {
    let selection = what.selection(args)?;
    let read = async |most| {
        let (gathered, judged) = read_tasks(inspector, &selection, most).await?;
        if !args.arrangement.is_watched() {
            report_judged(&cx.printer, &judged);
        }
        Ok(gathered)
    };
    let limits = Limits {
        asked: args.limit,
        table: Some(tasks::TABLE_LIMIT),
    };
    let columns = tasks::columns(&selection);
    args.arrangement.list(cx, columns, limits, read).await
}

/// At most this many tasks.
async fn read_tasks(
    inspector: &Inspector,
    selection: &Selection,
    most: usize,
) -> anyhow::Result<(Gathered<TaskDocument>, Judged)> {
    let selection = Selection {
        limit: u64::try_from(most).ok(),
        ..selection.clone()
    };
    let mut listing = inspector.list(&selection).await?;
    let running = inspector.running(inspector.now()).await?;
    let mut rows = Vec::new();
    loop {
        let now = inspector.now();
        let Some(found) = listing.next(now).await? else {
            break;
        };
        for task in found {
            let mut task = TaskDocument::new(task, now);
            running.describe(&mut task);
            rows.push(task);
        }
    }
    let judged = listing.judged().clone();
    let unreadable = judged.unreadable.clone();
    Ok((Gathered { rows, unreadable }, judged))
}

/// At most this many groups.
async fn read_groups(
    inspector: &Inspector,
    named: &[QueueName],
    most: usize,
) -> anyhow::Result<Gathered<GroupDocument>> {
    let mut gathered = Gathered::new(Vec::new());
    for queue in inspector.queues(named).await? {
        let mut pages = inspector.groups(&queue);
        while gathered.rows.len() < most {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) if error.is_wrong_type() => {
                    gathered.unreadable.push(error.to_string());
                    break;
                }
                Err(error) => return Err(inspector::Error::from(error).into()),
            };
            gathered.rows.extend(page.iter().map(GroupDocument::from));
        }
    }
    gathered.rows.truncate(most);
    Ok(gathered)
}
