//! `qctl ls tasks`: the tasks of a selection.

use super::args::ListArgs;
use crate::commands::Context;
use crate::commands::selection::report_judged;
use crate::document::task::TaskDocument;
use crate::error::Exit;
use crate::inspector::Selection;
use crate::task::State;
use crate::view::Column;

/// The rows of a table without `--limit`: more than anybody reads.
pub(super) const TABLE_LIMIT: u64 = 100;

/// Lists tasks.
pub(super) async fn run(
    cx: &mut Context,
    mut selection: Selection,
    args: &ListArgs,
) -> anyhow::Result<Exit> {
    let limit = args.limit;
    let inspector = cx.inspector().await?;
    let most = limit.or_else(|| cx.printer.for_people().then_some(TABLE_LIMIT));
    // One more row tells whether there are more. With `--limit`, nobody needs to know.
    selection.limit = match limit {
        Some(limit) => Some(limit),
        None => most.map(|most| most + 1),
    };
    let rows = args.arrangement.rows(cx, columns(&selection))?;
    let mut rows = rows.up_to(limit);
    let filtered = !selection.filter.is_empty();
    let mut listing = inspector.list(&selection).await?;
    let mut left = most.unwrap_or(u64::MAX);
    let mut more = false;
    let mut running = None;
    loop {
        let now = cx.now();
        let Some(tasks) = listing.next(now).await? else {
            break;
        };
        for task in tasks {
            if left == 0 {
                more = true;
                break;
            }
            left -= 1;
            let mut task = TaskDocument::new(task, now);
            if task.state == State::Active && cx.printer.for_people() {
                if running.is_none() {
                    running = Some(inspector.running(now).await?);
                }
                if let Some(running) = &running {
                    running.describe(&mut task);
                }
            }
            rows.push(&task)?;
        }
        if filtered {
            // It may take long to find the next match.
            rows.flush()?;
        }
    }
    rows.finish()?;
    report_judged(&cx.printer, listing.judged());
    if let (true, Some(most)) = (more, most) {
        cx.printer.note(&format!(
            "showing the first {most} tasks; use --limit to show more, or --queue and --state to narrow the list"
        ));
    }
    Ok(cx.warn_unreadable(listing.judged().unreadable.iter()))
}

/// The columns for the tasks of a selection.
pub(super) fn columns(selection: &Selection) -> Vec<Column<TaskDocument>> {
    let mut states: Vec<State> = selection.states.iter().map(|state| state.state()).collect();
    if states.is_empty() {
        states = match selection.group {
            Some(_) => vec![State::Aggregating],
            None => State::ALL.to_vec(),
        };
    }
    TaskDocument::columns_for(&states)
}
