//! New tasks: one at a time, or many in one pipeline.

pub(crate) mod lock;
pub(crate) mod many;
pub(crate) mod one;
