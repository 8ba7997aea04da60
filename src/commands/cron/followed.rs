//! A warning about changes of schedules that come from a watched file.

use crate::commands::Context;
use crate::inspector::schedules::ChangedBy;

/// Warns if the schedule comes from a watched file, which may undo the change.
pub(super) fn warn_if_followed(cx: &Context, name: &str, changed_by: Option<&ChangedBy>) {
    if let Some(ChangedBy::File { path, host }) = changed_by {
        cx.printer.warn(&format!(
            "schedule {name:?} comes from {path:?} on {host}, which may restore it when the file changes or a worker starts there"
        ));
    }
}
