//! How many tasks match what is shown. If counting takes long, it is done less often than the rows are loaded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::inspector::browse::Matching;
use crate::inspector::{Error, Inspector, Selection};

/// The time after which a count ends.
const TIME: Duration = Duration::from_millis(500);

/// Of the time, at most one part in so many goes into counting.
const SHARE: u32 = 50;

/// The last total.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals(Arc<Mutex<Option<Total>>>);

#[derive(Debug)]
struct Total {
    selection: Selection,
    matching: Matching,
    counted_at: Instant,
    took: Duration,
}

impl Totals {
    /// The number of tasks of a selection. `None` if each task had to be judged to know it.
    pub(super) async fn of(
        &self,
        inspector: &Inspector,
        selection: &Selection,
    ) -> Result<Option<Matching>, Error> {
        if !selection.filter.is_empty() || selection.ids.is_some() {
            return Ok(None);
        }
        let mut last = self.0.lock().await;
        if let Some(last) = &*last
            && last.selection == *selection
            && last.counted_at.elapsed() < last.took * SHARE
        {
            return Ok(Some(last.matching));
        }
        let start = Instant::now();
        let matching = inspector.matching(selection, TIME).await?;
        *last = Some(Total {
            selection: selection.clone(),
            matching,
            counted_at: Instant::now(),
            took: start.elapsed(),
        });
        Ok(Some(matching))
    }
}
