//! Changes that operators make: by id, to the tasks of a container, or to a whole queue.

pub(crate) mod by_id;
pub(crate) mod drop_queue;
pub(crate) mod pages;
