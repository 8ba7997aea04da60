//! Edits of one task, from the page or the API.

use std::panic::resume_unwind;
use std::time::Duration;

use crate::inspector::draft::Draft;
use crate::inspector::edit::Edit;
use crate::inspector::{Error, Inspector, Outcome};

/// How long an edit or a copy waits for a Redis that does not answer: somebody waits for it.
pub(super) const VIEWER_WAITS: Duration = Duration::from_secs(10);

/// Makes an edit, also if whoever has asked for it goes away: a move that is cut short would have to be finished by somebody
/// else.
///
/// # Errors
/// Those of [`Inspector::edit`].
pub(super) async fn edit_to_end(
    inspector: Inspector,
    draft: Draft,
    edit: Edit,
) -> Result<Outcome, Error> {
    let made = tokio::spawn(async move { inspector.edit(&draft, edit, VIEWER_WAITS).await });
    // Nobody cancels it.
    made.await
        .unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))
}
