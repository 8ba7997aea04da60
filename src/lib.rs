//! Work with [Asynq](https://github.com/hibiken/asynq) task queues from Rust: enqueue tasks, run them in this
//! process, schedule them. Go programs may share the same Redis; either side may enqueue, process or inspect
//! what the other wrote. The program `qctl` is built on the same code.
//!
//! ```no_run
//! use qctl::{Client, Context, HandlerError, HandlerResult, Outcome, ServeMux, Task, Worker};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Welcome {
//!     user_id: u64,
//! }
//!
//! async fn send_welcome(task: Task, cx: Context) -> HandlerResult {
//!     let welcome: Welcome = task.payload_json().map_err(HandlerError::skip_retry)?;
//!     println!("task {} for user {}", cx.task_id(), welcome.user_id);
//!     Ok(Outcome::Done)
//! }
//!
//! # async fn example() -> Result<(), qctl::Error> {
//! let client = Client::connect("redis://127.0.0.1:6379").await?;
//! client
//!     .enqueue(Task::json("email:welcome", &Welcome { user_id: 42 })?.queue("critical").max_retry(10))
//!     .await?;
//!
//! let worker = Worker::builder(&client)
//!     .queues([("critical", 6), ("default", 3)])
//!     .start(ServeMux::new().handle("email:welcome", send_welcome))
//!     .await?;
//! worker.stop_on(qctl::shutdown_signal()).await
//! # }
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | enqueue tasks | [`Client`], [`Task`] |
//! | run tasks | [`Worker`], [`ServeMux`], [`Handler`], [`Context`], [`Outcome`] |
//! | wrap handlers | [`Middleware`], [`Next`] |
//! | merge tasks | [`Groups`], [`Aggregator`] |
//! | look into queues, change what is in them | [`Inspector`], [`Selection`], [`Plan`] |
//! | show queues in a browser | `Page` |
//! | enqueue tasks again and again | [`Scheduler`], [`PeriodicTask`], [`PeriodicTaskProvider`] |
//!
//! `docs/library.md` of the repository teaches the library from the start, `docs/with-go.md` says what to know
//! when Go programs share the Redis, and `examples/welcome-email` is a complete service.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `cli`, the default | the program `qctl` and the crates that only it needs |
//! | `page` | the page of `qctl serve`, to be mounted in an application that uses axum |
//!
//! A program that uses the library leaves them out: `qctl = { package = "qctl-asynq", version = "0.1", default-features = false }`.
//!
//! # Runtime
//!
//! Everything runs on tokio, with its I/O and time drivers enabled. It is tested on Linux; macOS is untested.

#![deny(missing_docs)]

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
pub(crate) mod editor;
#[cfg(feature = "cli")]
pub(crate) mod error;
#[cfg(any(feature = "cli", feature = "page"))]
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "the program alone has exit codes")
)]
pub(crate) mod failure;
#[cfg_attr(
    not(feature = "page"),
    expect(
        dead_code,
        reason = "most of it is shown by the program and the page alone"
    )
)]
pub(crate) mod figures;
pub(crate) mod file_change;
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
mod library;
pub(crate) mod nearest;
#[cfg(feature = "cli")]
pub(crate) mod output;
#[doc(hidden)]
pub mod schedule;
#[doc(hidden)]
pub mod task;
pub(crate) mod text_file;
pub(crate) mod tls;
#[cfg(feature = "cli")]
pub(crate) mod tui;
#[cfg(any(feature = "cli", feature = "page"))]
#[cfg_attr(
    not(feature = "cli"),
    expect(
        dead_code,
        unused_imports,
        reason = "most views are printed by the program alone"
    )
)]
pub(crate) mod view;
#[cfg(feature = "page")]
pub(crate) mod web;
#[doc(hidden)]
pub mod worker;

pub use library::{
    Action, Aggregator, AttemptError, BoxError, BrokerError, CatchUp, ChangeOptions, Changes,
    Client, Context, Enqueued, Error, FailedAttempt, FailedChange, FileProvider, Groups, Handler,
    HandlerError, HandlerResult, Inspector, InspectorError, Listing, Middleware, Next, Outcome,
    PeriodicTask, PeriodicTaskProvider, Plan, QueueName, QueueStats, RedisSettings,
    RunningScheduler, RunningWorker, Scheduler, Selection, ServeMux, Skipped, State, Step,
    StopReason, StoredTask, Task, TaskId, Worker, WorkerBuilder, shutdown_signal,
};

#[cfg(feature = "page")]
pub use web::{Page, PageAuth, PageBuilder, PageError};

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::run;

/// The tests run its commands.
#[cfg(feature = "page")]
#[doc(hidden)]
pub use view::command_line;
