//! The only reader of the wall clock.
//!
//! Everything below `commands` and `worker` takes `now` as an argument, so that rules can be tested
//! at fixed instants. Asynq takes every time from the calling process, never from Redis, and so do we.

use chrono::{DateTime, Utc};

/// The current instant.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one home of the wall clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
