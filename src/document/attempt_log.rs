//! What an attempt of a task has printed.

use chrono::{DateTime, Utc};

use super::document;
use crate::broker::records::AttemptLog;

document! {
    /// What an attempt of a task has printed.
    pub(crate) struct AttemptLogDocument {
        /// 1 for the first attempt. Attempts that count no retry, such as those after a manual one, have the same number.
        attempt: u32,
        /// 1 for the first attempt of the log that has this number, 2 for the next.
        run: u32,
        /// When it began.
        started_at: DateTime<Utc>,
        /// When it ended; `None` while it runs, and after its worker has vanished.
        ended_at: Option<DateTime<Utc>>,
        /// `done`, `failed`, `released`, `revoked`, `interrupted` or `lease lost`; `None` as above.
        outcome: Option<String>,
        /// Host and process of its worker.
        worker: String,
        /// The beginning of what it printed, or all of it. What is not UTF-8 is shown as U+FFFD.
        output: String,
        /// Bytes that are left out after that.
        left_out_bytes: u64,
        /// The end of what it printed, if something is left out.
        output_end: Option<String>,
    }
}

/// The beginning of what was printed, or all of it; how many bytes are left out then; and the end, if any are.
pub(crate) fn output_of(log: &AttemptLog) -> (String, u64, Option<String>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if log.left_out > 0 {
        (text(&log.beginning), log.left_out, Some(text(&log.end)))
    } else {
        (
            text(&[log.beginning.as_slice(), &log.end].concat()),
            0,
            None,
        )
    }
}

impl From<&AttemptLog> for AttemptLogDocument {
    fn from(log: &AttemptLog) -> Self {
        let (output, left_out_bytes, output_end) = output_of(log);
        Self {
            attempt: log.number,
            run: log.run,
            started_at: log.started_at,
            ended_at: log.ended_at,
            outcome: Some(log.outcome.clone()).filter(|word| !word.is_empty()),
            worker: log.worker.clone(),
            output,
            left_out_bytes,
            output_end,
        }
    }
}
