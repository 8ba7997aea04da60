//! The only reader of the wall clock.
//!
//! It is for display and for times that users type. Everything that decides about tasks uses the clock of the Redis server
//! ([`Broker::now`](crate::broker::Broker::now)), and takes `now` as an argument, so that rules can be tested at fixed
//! instants.

use chrono::{DateTime, Utc};

/// The current instant.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one home of the wall clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
