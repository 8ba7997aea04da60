//! Tasks that a filter could not judge, in words. Every face shows these lines next to what was selected.

use super::{Role, text};
use crate::inspector::Judged;

/// Tasks that do not count as matches although the filter did not reject them: lines with their roles.
pub(crate) fn unjudged(judged: &Judged) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    if let Some(first) = &judged.first_failure {
        let tasks = text::plural(judged.failed, "task");
        let line = format!("the filter failed for {tasks}, which do not match (first: {first})");
        lines.push((Role::Warning, line));
    }
    if judged.unknown_age > 0 {
        let tasks = text::plural(judged.unknown_age, "task");
        let line =
            format!("left out {tasks} of unknown age: a time in Redis is missing or implausible");
        lines.push((Role::Warning, line));
    }
    if judged.without_age > 0 {
        let tasks = text::plural(judged.without_age, "active or scheduled task");
        let line = format!("left out {tasks}: Redis does not store their age");
        lines.push((Role::Dim, line));
    }
    lines
}
