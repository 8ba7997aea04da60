//! What can be done to tasks: the word on a button, and its key.

use crate::task::transition::Action;

/// The word on a button.
pub(crate) const fn title(action: Action) -> &'static str {
    match action {
        Action::Retry => "Retry",
        Action::Archive => "Archive",
        Action::Delete => "Delete",
        Action::Cancel => "Cancel",
        Action::Edit => "Edit",
    }
}

/// The key of an action. Capitals change data.
pub(crate) const fn key(action: Action) -> &'static str {
    match action {
        Action::Retry => "R",
        Action::Archive => "A",
        Action::Delete => "D",
        Action::Cancel => "C",
        Action::Edit => "E",
    }
}
