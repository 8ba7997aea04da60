mod asynq;
mod groups;
mod yaml;

use std::path::Path;
use std::time::Duration;

use super::super::handlers::Kind;
use super::super::log::LogArgs;
use super::{ConfigError, File};
use crate::task::Backoff;
use crate::task::transition::RetryPolicy;
use crate::worker::{ExitCodes, Program, Unmatched};

fn toml(text: &str) -> File {
    strict(text, false, "q.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn yaml(text: &str) -> File {
    strict(text, true, "q.yaml").unwrap_or_else(|error| panic!("{error}"))
}

fn strict(text: &str, yaml: bool, name: &str) -> Result<File, ConfigError> {
    let file = File::parse(text, yaml, Path::new(name))?;
    file.check()?;
    Ok(file)
}

/// All messages about a file, without its name.
fn said(text: &str, yaml: bool) -> String {
    match strict(text, yaml, "q") {
        Err(ConfigError::Mistakes(all)) => {
            let all = all.iter().map(|line| line.strip_prefix("q:").unwrap());
            all.collect::<Vec<_>>().join("\n")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn queues_in_a_list_have_the_weight_1() {
    let listed = toml("[worker]\nqueues = [\"b\", \"a\"]").worker.queues;
    let listed = listed.iter().map(|(name, weight)| (name.as_str(), *weight));
    assert_eq!(listed.collect::<Vec<_>>(), [("b", 1), ("a", 1)]);
}

#[test]
fn the_example_of_the_design_is_read() {
    let text = r#"
        [redis]
        url = "redis://127.0.0.1:6379/0"
        [worker]
        concurrency = 10
        queues = { critical = 6, default = 3, low = 1 }
        shutdown_timeout = "8s"
        unmatched = "release"
        [handlers."email:deliver"]
        run = "./send-email.sh"
        timeout = "3m"
        concurrency = 4
        retry = { max = 10, backoff = "exponential", min = "10s", max_delay = "1h" }
        exit_codes = { 65 = "archive", 3 = "release" }
        [handlers."image:*"]
        exec = ["convert-worker", "--json"]
        [handlers."old:*"]
        discard = true
    "#;
    let file = toml(text);
    assert_eq!(file.worker.concurrency, Some(10));
    let weights = file.worker.queues.iter();
    let weights = weights.map(|(name, weight)| (name.as_str(), *weight));
    assert_eq!(
        weights.collect::<Vec<_>>(),
        [("critical", 6), ("default", 3), ("low", 1)]
    );
    assert_eq!(file.worker.unmatched, Unmatched::Release);
    let [email, image, old] = &file.handlers[..] else {
        panic!("{:?}", file.handlers);
    };
    assert_eq!(
        (email.pattern.as_str(), email.origin.as_str()),
        ("email:deliver", "q.toml:9")
    );
    assert_eq!(email.settings.timeout, Some(Duration::from_secs(180)));
    let expected = RetryPolicy {
        max: Some(10),
        backoff: Backoff::Exponential {
            min: Duration::from_secs(10),
            max: Duration::from_secs(3600),
        },
        jitter: None,
    };
    assert_eq!(email.settings.retry, Some(expected));
    let Kind::Command {
        program: Program::Run(_),
        exit_codes,
        ..
    } = &email.settings.kind
    else {
        panic!("{email:?}");
    };
    assert_ne!(*exit_codes, ExitCodes::default());
    assert!(
        matches!(&image.settings.kind, Kind::Command { program: Program::Exec(words), .. } if words.len() == 2)
    );
    assert!(matches!(old.settings.kind, Kind::Discard));
}

#[test]
fn both_formats_say_the_same() {
    let text = "worker:\n  strict: true\n  queues: {a: 1}\nhandlers:\n  t: {run: cat, timeout: 90s}\ncron:\n";
    let file = yaml(text);
    assert!(file.worker.strict && file.worker.queues.len() == 1);
    assert_eq!(
        file.handlers[0].settings.timeout,
        Some(Duration::from_secs(90))
    );
    assert_eq!(yaml("").handlers.len(), 0);
    assert_eq!(yaml("worker:\n").worker.queues.len(), 0);
    assert_eq!(
        yaml("x-common: &c {run: cat}\nhandlers: {t: *c}\n")
            .handlers
            .len(),
        1
    );
}

#[test]
fn all_mistakes_are_found_at_once_in_their_order() {
    let text = r#"
[worker]
concurency = 3
strict = "yes"
[handlers.t]
exec = []
[handlers.u]
[handlers."a*b"]
run = 7
timeout = 8
[handlers.v]
run = "x"
retry = { backoff = "cubic" }
[[cron]]
spec = 3
type = 4
[[cron]]
spec = "61 * * * *"
type = "t"
queeu = "low"
timeout = 3
[rediss]
"#;
    assert_eq!(
        said(text, false),
        r#"3: unknown key "concurency", did you mean "concurrency"?
4: worker.strict: expected true or false, found "yes"
5: handlers.t: exec is empty: write a program and its arguments
7: handlers.u: a handler needs something to run: add run = "…", exec = ["…"], pipe = ["…"] or http = "…"
8: handlers: "a*b" has a * that is not at the end: write a whole type, or a prefix and a *, such as "email:*"
9: handlers."a*b".run: expected text in quotes, found 7
10: handlers."a*b".timeout: expected a duration, found 8 without a unit: write "8s" for seconds
13: handlers.v.retry.backoff: expected one of asynq, exponential, linear, constant, found "cubic"
15: cron.spec: expected text in quotes, found 3
16: cron.type: expected text in quotes, found 4
18: minute 61 is out of range 0-59 (character 1 of "61 * * * *"): use 0-59, or * for every minute
20: unknown key "queeu", did you mean "queue"?
21: cron.timeout: expected text in quotes, found 3
22: unknown key "rediss", did you mean "redis"?"#
    );
}

#[test]
fn wrong_types_name_the_key_and_what_belongs_there() {
    for (text, message) in [
        ("worker = 3", "1: worker: expected a table, found 3"),
        (
            "[worker]\nconcurrency = \"4\"",
            "2: worker.concurrency: expected a whole number, found \"4\"",
        ),
        (
            "[worker]\nconcurrency = -1",
            "2: worker.concurrency: -1 is out of range",
        ),
        (
            "[worker]\nconcurrency = 1.5",
            "2: worker.concurrency: expected a whole number, found 1.5",
        ),
        (
            "[worker]\nconcurrency = 100001",
            "2: worker.concurrency: the maximum is 100000",
        ),
        (
            "[worker]\nqueues = \"a\"",
            "2: worker.queues: expected weights by queue, such as { critical = 6, default = 3 }, or a list of queues, found \"a\"",
        ),
        (
            "[worker]\nqueues = [\"a\", \"a\"]",
            "2: worker.queues: queue a is given twice",
        ),
        (
            "[worker]\nqueues = { a = 0 }",
            "2: worker.queues.a: a queue with weight 0 is never served: use 1 or more, or remove it",
        ),
        (
            "[worker]\nstrict = 1",
            "2: worker.strict: expected true or false, found 1",
        ),
        (
            "[redis]\nurl = {}",
            "2: redis.url: expected text in quotes, found a table",
        ),
        (
            "[redis]\ntimeout = \"soon\"",
            "2: redis.timeout: \"soon\" is not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
        ),
        (
            "handlers = 1",
            "1: handlers: expected a table of types, such as [handlers.\"email:deliver\"]",
        ),
        (
            "[redis]\nsentinels = []\nmaster = \"m\"",
            "2: redis.sentinels: the list is empty: write HOST:PORT of each Sentinel, or remove the key",
        ),
        (
            "cron = \"a\"",
            "1: cron: expected a list of schedules, such as [[cron]]",
        ),
    ] {
        assert_eq!(said(text, false), message, "{text}");
    }
}

#[test]
fn values_out_of_their_bounds_say_what_is_possible() {
    for (text, message) in [
        (
            "[handlers.t]\nrun = \"x\"\nexit_codes = { 0 = \"retry\" }",
            "3: handlers.t.exit_codes: \"0\" is not an exit status that can be changed: use 1 to 255",
        ),
        (
            "[handlers.t]\nrun = \"x\"\nexit_codes = { 3 = \"die\" }",
            "3: handlers.t.exit_codes.3: expected one of retry, archive, release, found \"die\"",
        ),
        (
            "[handlers.t]\nrun = \"x\"\nexec = [\"x\"]",
            "1: handlers.t: run and exec cannot be used together",
        ),
        (
            "[handlers.t]\nrun = \"x\"\ngrace = \"1m\"",
            "3: handlers.t.grace: the maximum is 25s",
        ),
        (
            "[handlers.t]\ndiscard = true\ngrace = \"1s\"",
            "1: handlers.t: grace has no effect with discard: remove it",
        ),
        (
            "[handlers.t]\ndiscard = true\nlogs = \"always\"",
            "1: handlers.t: logs has no effect with discard: remove it",
        ),
        (
            "[log]\nlevel = \"loud\"",
            "2: log.level: expected one of error, warn, info, debug, warning, fatal, found \"loud\"",
        ),
        (
            "[log]\nmax_size = \"1 apple\"",
            "2: log.max_size: expected a number of megabytes, or a size such as \"64KB\", found \"1 apple\"",
        ),
        (
            "[log]\nmax_sise = 1",
            "2: unknown key \"max_sise\", did you mean \"max_size\"?",
        ),
        (
            "[redis]\nfrobnicate = 1",
            "2: unknown key \"frobnicate\", use one of url, password_file, sentinels, master, user, db, tls, sentinel_tls, sentinel_user, sentinel_password, sentinel_password_file, tls_ca, tls_cert, tls_key, tls_server_name, insecure, timeout",
        ),
    ] {
        assert_eq!(said(text, false), message, "{text}");
    }
}

#[test]
fn a_sentinel_is_a_host_and_a_port_alone() {
    for place in [
        "u:hunter2@h",
        "h/1",
        "h?master=x",
        "h#",
        "a,b",
        "a b",
        ":1",
        "",
    ] {
        let text = format!("[redis]\nmaster = \"m\"\nsentinels = [\n\"h\", \"h:1\",\n\"{place}\"]");
        assert_eq!(
            said(&text, false),
            "5: redis.sentinels: expected HOST:PORT of one Sentinel, without a login",
        );
    }
}

#[test]
fn keys_that_are_given_twice_hide_no_other_mistake() {
    let text = "worker:\n  strict: true\n  strict: 1\n  concurency: 1\nworker: {}\nrediss: {}\n";
    assert_eq!(
        said(text, true),
        r#"3: "strict" is given twice
4: unknown key "concurency", did you mean "concurrency"?
5: "worker" is given twice
6: unknown key "rediss", did you mean "redis"?"#
    );
    let text = "[worker]\nstrict = true\nstrict = 1\nconcurency = 1\n[rediss]\n";
    assert_eq!(
        said(text, false),
        r#"3: "strict" is given twice
4: unknown key "concurency", did you mean "concurrency"?
5: unknown key "rediss", did you mean "redis"?"#
    );
}

#[test]
fn values_that_would_change_are_refused() {
    for value in [
        "0123",
        "{zip: 01067}",
        "12345678901234567890123",
        "[1, 0.12345678901234567]",
        "{1: a, \"1\": b}",
    ] {
        let text = format!("cron:\n- spec: '@daily'\n  payload: {value}\n  type: t\n");
        let said = said(&text, true);
        assert!(said.starts_with("3: "), "{said}");
        assert!(
            said.ends_with("quote it") || said.ends_with("twice"),
            "{said}"
        );
    }
    for value in ["nan", "inf", "-inf", "[12345678901234567890123.0]"] {
        let said = said(&format!("[[cron]]\npayload = [{value}]\n"), false);
        assert!(
            said.starts_with("2: cron.payload: ") && said.ends_with("quote it"),
            "{said}"
        );
    }
    // Dates of TOML are text, as they are written.
    let file = toml(
        "[[cron]]\nspec = \"@daily\"\ntype = \"t\"\nstart = 2026-01-01 00:00:00Z\npayload = { at = 2026-01-01, n = 1_000, hex = 0xff }\n",
    );
    let form = &file.cron[0].form;
    assert_eq!(form.start.as_deref(), Some("2026-01-01 00:00:00Z"));
    let payload = form.payload.as_ref().unwrap().to_string();
    assert_eq!(payload, r#"{"at":"2026-01-01","n":1000,"hex":255}"#);
}

#[test]
fn durations_that_go_could_not_hold_are_refused() {
    for (text, is_yaml) in [
        ("asynq: {retry_delay: 17280000000}", true),
        ("asynq: {retry_delay: 1e11}", true),
        ("asynq: {shutdown_timeout: 200000d}", true),
        ("handlers: {a: {run: x, timeout: 200000d}}", true),
        (
            "groups: {a: {run: x, type: t, options: {retention: 200000d}}}",
            true,
        ),
        (
            "groups = {a = {run = \"x\", type = \"t\", grace = \"200000d\"}}",
            false,
        ),
        (
            "handlers.a = {run = \"x\", retry = {max_delay = \"200000d\", backoff = \"linear\"}}",
            false,
        ),
    ] {
        let said = said(text, is_yaml);
        assert!(
            said.ends_with("is too long (at most 106751d)"),
            "{text}: {said}"
        );
    }
}

#[test]
fn hostile_files_are_refused() {
    let deep = "[".repeat(1_000);
    assert!(File::parse(&format!("a = {deep}"), false, Path::new("q")).is_err());
    assert!(File::parse(&format!("a: {deep}"), true, Path::new("q")).is_err());
    let mut laughs = "a0: &a0 [x]\n".to_owned();
    for n in 1..40 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        laughs.extend([format!("a{n}: &a{n} [{list}]\n")]);
    }
    assert!(File::parse(&laughs, true, Path::new("q")).is_err());
}
