//! New tasks, one at a time or many in one pipeline; tasks that are stored again.

pub(crate) mod lock;
pub(crate) mod many;
pub(crate) mod one;
mod restorable;
pub(crate) mod restore;
