//! Operators' changes: of tasks by id, of the tasks of a container, of a whole queue.

pub(crate) mod batch;
pub(crate) mod by_id;
pub(crate) mod drop_queue;
pub(crate) mod edit;
mod kept;
pub(crate) mod pages;
mod pause;
pub(crate) mod relocate;
