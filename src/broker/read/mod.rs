//! Reads queues, tasks and figures. Nothing here writes.

pub(crate) mod container;
mod memory;
mod oldest_group;
pub(crate) mod scan;
pub(crate) mod stats;
pub(crate) mod stored;
pub(crate) mod tasks;
pub(crate) mod walk;
pub(crate) mod whereabouts;
