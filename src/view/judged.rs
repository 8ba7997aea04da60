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
        let named = judged.first_of_unknown_age.iter();
        let named: Vec<String> = named.map(|id| format!("{:?}", id.as_str())).collect();
        let first = match named.as_slice() {
            [] => String::new(),
            named if named.len() as u64 == judged.unknown_age => format!(" ({})", named.join(", ")),
            named => format!(" (first: {})", named.join(", ")),
        };
        let line = format!(
            "left out {tasks} of unknown age{first}: a time in Redis is missing or implausible"
        );
        lines.push((Role::Warning, line));
    }
    if !judged.without_age.is_empty() {
        let by_state = judged.without_age.iter();
        let tasks: Vec<String> = by_state
            .map(|(state, tasks)| text::plural(*tasks, &format!("{} task", state.name())))
            .collect();
        let tasks = tasks.join(" and ");
        let line = format!("left out {tasks}: Redis does not store their age");
        lines.push((Role::Dim, line));
    }
    lines
}
