//! Stored schedules, and the entries that schedulers announce as Asynq does.

pub(crate) mod announced;
mod broken;
pub(crate) mod stored;
