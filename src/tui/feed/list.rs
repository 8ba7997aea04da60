//! Loads the first tasks of a selection, within bounds: a filter may match few of many tasks.

use std::time::Duration;

use tokio::time::Instant;

use super::total::Totals;
use crate::document::task::TaskDocument;
use crate::inspector::browse::Bounds;
use crate::inspector::{Error, Inspector, Selection};
use crate::task::State;
use crate::tui::panes::tasks::{More, Tasks};
use crate::tui::place::{List, MAX_ROWS};

/// Tasks that are held at the same time: their payloads may be large.
const TOGETHER: usize = 200;

/// Tasks that are looked at for each row, and the time that may pass: for 200 rows, 20,000 in a second.
const LOOKS: u64 = 100;
const TIME: Duration = Duration::from_millis(5);

/// The first tasks of a selection.
pub(super) async fn list(
    (inspector, totals): (&Inspector, &Totals),
    selection: &Selection,
    rows: usize,
) -> Result<List, Error> {
    let most = u32::try_from(rows).unwrap_or(u32::MAX);
    let (looks, time) = (LOOKS * u64::from(most), TIME * most);
    let start = Instant::now();
    let mut shown = Tasks::new(selection);
    let mut running = None;
    let mut from = None;
    let more = loop {
        let bounds = Bounds {
            rows: (rows - shown.len()).min(TOGETHER) as u64,
            looks: looks.saturating_sub(shown.looks()),
            time: time.saturating_sub(start.elapsed()),
        };
        let page = inspector.page(selection, from.as_ref(), bounds).await?;
        let now = inspector.now();
        for task in page.tasks {
            let mut task = TaskDocument::new(task, now);
            if task.state == State::Active {
                if running.is_none() {
                    running = Some(inspector.running(now).await?);
                }
                if let Some(running) = &running {
                    running.describe(&mut task);
                }
            }
            shown.push(&task);
        }
        shown.note(page.judged);
        from = page.next;
        if from.is_none() {
            break More::Nothing;
        }
        if shown.len() >= rows {
            break More::Rows(totals.of(inspector, selection).await?);
        }
        if shown.looks() >= looks || start.elapsed() >= time {
            break More::Unseen {
                further: rows < MAX_ROWS,
            };
        }
    };
    Ok(shown.list(more))
}
