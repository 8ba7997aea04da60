//! Changes that operators make: by id, to a whole container, to chosen tasks, or to a whole queue.

pub(crate) mod all;
pub(crate) mod by_id;
pub(crate) mod chosen;
pub(crate) mod deep_pending;
pub(crate) mod drop_queue;
