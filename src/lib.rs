//! qctl
pub mod broker;
pub mod clock;
pub mod task;
pub mod view;
pub mod worker;
