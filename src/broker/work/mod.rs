//! Operations of workers: claims, leases, settlements, upkeep and presence.

pub(crate) mod cancel;
mod caretaker;
pub(crate) mod claim;
pub(crate) mod groups;
mod heartbeats;
pub(crate) mod lease;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod merge;
mod permitted;
pub(crate) mod presence;
pub(crate) mod settle;
pub(crate) mod upkeep;
pub(crate) mod wait;
