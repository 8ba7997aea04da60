//! `qctl ls`: queues, tasks, servers, workers, groups, schedules, changes.

mod args;
mod arranged;
mod kept;
mod order;
mod recorded;
mod tasks;

pub(crate) use self::args::ListArgs;
use self::args::What;
use self::recorded::changes;
use super::Context;
use super::stats::explain_interval;
use crate::document::queue::GroupDocument;
use crate::document::schedule::ScheduleDocument;
use crate::error::{Code, Exit, Failure};
use crate::inspector::{self, Inspector, StateFilter};
use crate::nearest::nearest;
use crate::view::Row;

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let what = What::read(args)?;
    if args.tasks.any() && !matches!(what, What::Tasks | What::TasksOf(_)) {
        return Err(Failure::usage(
            "--state, --group and filters apply to tasks only",
            "list them: qctl ls tasks, with these options",
        )
        .into());
    }
    let listed = if args.arrangement.keeps_rows() {
        let listed = kept::list(cx, args, &what).await;
        listed.map_err(explain_interval)
    } else {
        stream(cx, args, &what).await
    };
    listed.map_err(|error| match &args.what {
        Some(word) => explain_word(error, word),
        None => error,
    })
}

/// Prints rows as they are read.
async fn stream(cx: &mut Context, args: &ListArgs, what: &What) -> anyhow::Result<Exit> {
    let named = &args.tasks.queues;
    let inspector = cx.inspector().await?;
    let now = cx.now();
    match what {
        What::Queues => {
            let figures = inspector.figures(named, now).await?;
            list(cx, args, &figures.queues)?;
            Ok(cx.warn_unreadable(figures.unreadable.iter()))
        }
        What::Tasks | What::TasksOf(_) => tasks::run(cx, what.selection(args)?, args).await,
        What::Servers => reported(cx, args, &inspector.servers(named, now).await?),
        What::Workers => reported(cx, args, &inspector.workers(named, now).await?),
        What::Groups => groups(cx, &inspector, args).await,
        What::Audit => audit(cx, &inspector, args).await,
        What::Schedules => {
            let lines = args.arrangement.rows(cx, ScheduleDocument::columns())?;
            super::cron::ls::list(cx, &inspector, (&[], named), args.limit, lines).await
        }
    }
}

/// What can be listed besides the tasks of a queue.
pub(super) const WORDS: [&str; 7] = [
    "queues", "tasks", "servers", "workers", "groups", "cron", "audit",
];

/// Adds a hint if the name of an unknown queue may be a misspelt word, or a state.
fn explain_word(error: anyhow::Error, word: &str) -> anyhow::Error {
    let Some(inspector::Error::UnknownQueue {
        queue,
        nearest: None,
    }) = error.downcast_ref()
    else {
        return error;
    };
    if word.contains(',') {
        let failure = Failure::new(Code::QueueNotFound, error.to_string());
        let hint = format!("qctl ls queues; columns are chosen with --columns {word}");
        return failure.with_hint(hint).into();
    }
    let meant = match states_of(word) {
        Some(states) => format!("tasks --state {states}"),
        None => match nearest(word, WORDS) {
            Some(meant) => meant.to_owned(),
            None => return error,
        },
    };
    if queue.as_str() != word {
        return error;
    }
    let failure = Failure::new(Code::QueueNotFound, error.to_string());
    failure.with_hint(format!("qctl ls {meant}")).into()
}

/// The states that a word stands for in this or in other tools.
fn states_of(word: &str) -> Option<&str> {
    match word {
        "failed" | "failures" => Some("retry,archived"),
        "running" => Some("active"),
        "dead" => Some("archived"),
        _ => word.parse::<StateFilter>().ok().map(StateFilter::name),
    }
}

/// Prints what servers reported a few seconds ago; tasks that have started since are missing.
fn reported<R: Row>(cx: &Context, args: &ListArgs, rows: &[R]) -> anyhow::Result<Exit> {
    let exit = list(cx, args, rows)?;
    if cx.printer.for_people() {
        cx.printer
            .note("servers report every 5 s; qctl ls tasks -s active shows what is running now");
    }
    Ok(exit)
}

/// Prints rows that have been read already.
fn list<R: Row>(cx: &Context, args: &ListArgs, rows: &[R]) -> anyhow::Result<Exit> {
    let mut lines = args.arrangement.rows(cx, R::columns())?.up_to(args.limit);
    let limit = args.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    for row in rows.iter().take(limit) {
        lines.push(row)?;
    }
    lines.finish()?;
    Ok(Exit::Done)
}

/// Prints what operators have changed, newest first.
async fn audit(cx: &Context, inspector: &Inspector, args: &ListArgs) -> anyhow::Result<Exit> {
    let most = args
        .limit
        .or_else(|| cx.printer.for_people().then_some(tasks::TABLE_LIMIT));
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    list(
        cx,
        args,
        &changes(inspector, &args.tasks.queues, most).await?,
    )
}

/// Prints groups as they are read: a queue may have any number of them.
async fn groups(cx: &Context, inspector: &Inspector, args: &ListArgs) -> anyhow::Result<Exit> {
    let mut left = args.limit.unwrap_or(u64::MAX);
    let lines = args.arrangement.rows(cx, GroupDocument::columns())?;
    let mut lines = lines.up_to(args.limit);
    let mut unreadable = Vec::new();
    'all: for queue in inspector.queues(&args.tasks.queues).await? {
        let mut pages = inspector.groups(&queue);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) if error.is_wrong_type() => {
                    unreadable.push(error.to_string());
                    break;
                }
                Err(error) => return Err(inspector::Error::from(error).into()),
            };
            for group in &page {
                if left == 0 {
                    break 'all;
                }
                if let Some(wrong) = &group.unreadable {
                    unreadable.push(format!("queue {:?}: {wrong}", queue.as_str()));
                }
                lines.push(&GroupDocument::from(group))?;
                left -= 1;
            }
        }
    }
    lines.finish()?;
    Ok(cx.warn_unreadable(unreadable.iter()))
}
