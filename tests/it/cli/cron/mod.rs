//! `qctl cron`.

mod add;
mod change;
mod file;
mod hostile;
mod list;
mod times;

use qctl::broker::keys;

use super::{contents, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// Stores a schedule: `add(&redis, "nightly", "0 3 * * *", "--paused")`. Its type is `t`.
#[track_caller]
fn add(redis: &Redis, name: &str, spec: &str, options: &str) {
    Qctl::new(redis)
        .args(["cron", "add", name, spec, "t", "--quiet"])
        .args(options.split_whitespace())
        .run_unchecked()
        .expect_code(0);
}

/// Puts something into a stored schedule as a scheduler would, or a stranger.
fn set(redis: &Redis, name: &str, field: &str, value: &str) {
    redis.cmd(&["HSET", &keys::cron_schedule(name), field, value]);
}

/// The document of one schedule.
#[track_caller]
fn document(redis: &Redis, name: &str) -> serde_json::Value {
    let all = qctl(redis, "cron ls -o json").run_unchecked().json();
    let all = all.as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap().clone()
}
