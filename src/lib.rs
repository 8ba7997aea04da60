//! qctl
pub mod broker;
pub mod clock;
pub mod output;
pub mod task;
pub mod view;
pub mod worker;
