//! What a list of tasks leaves out, in words.

use crate::inspector::Judged;
use crate::view::unjudged;

pub(super) fn remarks(judged: &Judged) -> Vec<String> {
    let mut remarks: Vec<String> = judged.not_found.iter().map(ToString::to_string).collect();
    remarks.extend(judged.unreadable.iter().cloned());
    remarks.extend(unjudged(judged).into_iter().map(|(_, line)| line));
    remarks
}
