//! `[groups."NAME"]`.

use super::*;

#[test]
fn groups_have_asynqs_defaults_and_rules_of_their_own() {
    let text = r#"
        [groups."digest:*"]
        run = "jq ."
        type = "email:digest"
        [groups."cache"]
        exec = ["true"]
        type = "refresh"
        grace = "5s"
        max_delay = "5m"
        max_size = 100
        timeout = "10s"
        cwd = "merges"
        options = { max_retry = 3, timeout = "1m", retention = "1h", headers = { a = "b" } }
    "#;
    let file = toml(text);
    let [digest, cache] = &file.groups[..] else {
        panic!("{:?}", file.groups);
    };
    assert_eq!(
        (digest.pattern.as_str(), digest.origin.as_str()),
        ("digest:*", "q.toml:2")
    );
    let seconds = Duration::from_secs;
    let settings = &digest.settings;
    let ripeness = settings.ripeness;
    assert_eq!(
        (ripeness.grace, ripeness.max_delay),
        (seconds(60), seconds(0))
    );
    assert_eq!((ripeness.max_size, settings.timeout), (0, seconds(100)));
    assert_eq!(settings.kind.as_str(), "email:digest");
    assert_eq!(settings.options, crate::task::TaskOptions::default());
    let settings = &cache.settings;
    let ripeness = settings.ripeness;
    assert_eq!(
        (ripeness.grace, ripeness.max_delay),
        (seconds(5), seconds(300))
    );
    assert_eq!((ripeness.max_size, settings.timeout), (100, seconds(10)));
    let options = &settings.options;
    assert_eq!((options.max_retry, options.timeout), (3, Some(seconds(60))));
    assert_eq!(
        (options.retention, &*options.headers["a"]),
        (seconds(3600), "b")
    );
}

#[test]
fn mistakes_in_groups_are_found_at_once() {
    let text = r#"
[groups.none]
[groups.two]
run = "x"
exec = ["x"]
type = "t"
[groups.untyped]
run = "x"
[groups.sizes]
max_size = 0
grace = "500ms"
max_delay = "1500ms"
[groups."a*b"]
run = " "
type = "t"
[groups.options]
run = "x"
type = "t"
options = { queue = "low" }
"#;
    assert_eq!(
        said(text, false),
        r#"2: groups.none: a group needs a command that merges it: add run = "…" or exec = ["…"]
3: groups.two: run and exec cannot be used together
7: groups.untyped: the type of the merged task is missing: add type = "…"
10: groups.sizes.max_size: use 1 to 1000, or remove the key: then only time counts
11: groups.sizes.grace: only whole seconds count: use "1s" or more
12: groups.sizes.max_delay: only whole seconds count: use "1s" or more
13: groups: "a*b" has a * that is not at the end: write a whole group, or a prefix and a *, such as "digest:*"
13: groups."a*b": run is empty
19: unknown key "queue", use one of max_retry, timeout, retention, headers"#
    );
}
