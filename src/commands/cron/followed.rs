//! A warning where a change of a schedule may not last.

use crate::commands::Context;
use crate::inspector::schedules::ChangedBy;

/// Warns if a changed schedule is kept stored from a file.
pub(super) fn warn_if_followed(cx: &Context, name: &str, changed_by: Option<&ChangedBy>) {
    if let Some(ChangedBy::File { path, host }) = changed_by {
        cx.printer.warn(&format!(
            "schedule {name:?} comes from {path:?} on {host}, which may put it back when the file changes or a worker starts there"
        ));
    }
}
