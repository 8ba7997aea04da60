//! New tasks: one at a time, or many in one script.

pub(crate) mod many;
pub(crate) mod one;
