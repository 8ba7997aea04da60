//! What a worker does besides running tasks, each at its own interval.

pub(crate) mod aggregate;
pub(crate) mod cancelled;
pub(crate) mod forward;
pub(crate) mod hand_back;
pub(crate) mod heartbeat;
pub(crate) mod janitor;
pub(crate) mod logs;
pub(crate) mod lost_leases;
pub(crate) mod recover;
