//! qctl operates, inspects and runs [Asynq](https://github.com/hibiken/asynq) task queues. It shares one
//! Redis with Go programs: either side may enqueue, process or inspect what the other wrote.
//!
//! The map, from the bottom up; arrows point down only, and a test checks that they do:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`task`] | what a task is and everything that may happen to it; pure |
//! | [`broker`] | everything said to Redis |
//! | [`worker`] | runs tasks |
//! | [`schedule`] | what is enqueued again and again, and who fires it |
//! | [`document`] | the JSON documents that scripts read and write |
//! | [`view`] | documents and outcomes laid out for people |
//! | [`output`] | the only code that writes to stdout and stderr |
//! | [`commands`] | one file per command |
//! | [`cli`], [`config`], [`error`] | what was typed, what it means, what is said when it fails |
//!
//! The library surface is [`broker::Broker`] (client and inspector) and [`worker::Worker`] (tasks handled
//! in-process). The binary is `run`, with the feature `cli`.

pub(crate) mod backoff;
#[doc(hidden)]
pub mod broker;
#[cfg(feature = "cli")]
pub(crate) mod cli;
#[doc(hidden)]
pub mod clock;
#[cfg(feature = "cli")]
pub(crate) mod commands;
#[cfg(feature = "cli")]
pub(crate) mod config;
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "most documents are printed by the program alone")
)]
pub(crate) mod document;
#[cfg(feature = "cli")]
pub(crate) mod error;
#[doc(hidden)]
#[cfg_attr(
    not(feature = "cli"),
    expect(
        dead_code,
        unused_imports,
        reason = "what returns documents is for the program alone"
    )
)]
pub mod inspector;
#[cfg(feature = "cli")]
pub(crate) mod interrupt;
#[cfg(feature = "cli")]
pub(crate) mod output;
#[doc(hidden)]
pub mod schedule;
#[doc(hidden)]
pub mod task;
#[cfg(feature = "cli")]
pub(crate) mod view;
#[doc(hidden)]
pub mod worker;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::run;
