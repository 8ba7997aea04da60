//! Looks through everything in a Redis for what belongs to no task, and for tasks that nothing will find.

use super::qctl::Qctl;
use super::redis::Redis;

/// The findings of `qctl doctor` that count as leaks.
const CODES: &str = "lost-task,missing-task,two-containers,wrong-state,no-lease,stray-lease,stale-lock,unlisted-group,\
                     empty-group,unlisted-set";

/// Asserts that every task lies in the one container that its state names, and that no id, lock, lease or
/// group name is without its task. Nothing may run meanwhile.
#[track_caller]
pub(crate) fn assert_no_leaks(redis: &Redis) {
    let leaks = leaks(redis);
    assert!(leaks.is_empty(), "leaks: {leaks:#?}");
}

/// What is amiss, a line for each kind: its code, how many, and a sample.
pub(crate) fn leaks(redis: &Redis) -> Vec<String> {
    let look = ["doctor", "--quick", "--json", "--only", CODES];
    let health = Qctl::new(redis).args(look).run_unchecked().json();
    let findings = health["findings"].as_array().unwrap().iter();
    let line = |finding: &serde_json::Value| {
        let code = finding["code"].as_str().unwrap();
        format!("{code}: {} {}", finding["count"], finding["sample"])
    };
    findings.map(line).collect()
}
