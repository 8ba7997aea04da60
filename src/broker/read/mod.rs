//! Reads queues, tasks and figures. Nothing here writes.

pub(crate) mod stats;
pub(crate) mod tasks;
