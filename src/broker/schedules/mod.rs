//! Schedules: those that qctl stores, and those that schedulers announce as Asynq does.

pub(crate) mod announced;
mod broken;
pub(crate) mod stored;
