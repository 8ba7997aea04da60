//! What a list of tasks leaves out, in words.

use crate::inspector::Judged;
use crate::view::text::plural;

pub(super) fn remarks(judged: &Judged) -> Vec<String> {
    let mut remarks: Vec<String> = judged.not_found.iter().map(ToString::to_string).collect();
    remarks.extend(judged.unreadable.iter().cloned());
    if let Some(first) = &judged.first_failure {
        let tasks = plural(judged.failed, "task");
        remarks.push(format!(
            "the filter failed for {tasks}, which do not match (first: {first})"
        ));
    }
    if judged.unknown_age > 0 {
        let tasks = plural(judged.unknown_age, "task");
        remarks.push(format!("{tasks} of unknown age left out"));
    }
    if judged.without_age > 0 {
        let tasks = plural(judged.without_age, "active or scheduled task");
        remarks.push(format!("{tasks} left out: they have no age"));
    }
    remarks
}
