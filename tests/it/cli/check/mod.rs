//! `qctl check`: its limits, its formats and its errors.

mod errors;
mod formats;
mod guide;
mod limits;
mod plugin;
mod trouble;

use crate::harness::redis::Redis;
use crate::harness::running::Output;

/// What `check` prints for these arguments.
fn check(redis: &Redis, line: &str) -> Output {
    super::qctl(redis, "check")
        .args(line.split_whitespace())
        .run_unchecked()
}

/// The reasons in JSON, each as its status, its check, its queue and its sentence.
fn reasons(output: &Output) -> Vec<[String; 4]> {
    let document = output.json();
    let reasons = document["reasons"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let reason = |reason: &serde_json::Value| {
        ["status", "check", "queue", "sentence"].map(|key| text(&reason[key]))
    };
    reasons.iter().map(reason).collect()
}
