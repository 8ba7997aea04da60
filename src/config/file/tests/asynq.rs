//! The section of an application that uses the Go library.

use super::*;

#[test]
fn the_section_of_the_design_is_accepted_whole() {
    let file = yaml(
        "asynq:\n  concurrency: 10\n  retry_count: 3\n  retry_delay: 10\n  redis_pool_size: 20\n  queues:\n    critical: 6\n    default: 3\n  log:\n    level: warning\n    format: console\n    output_path: ./logs/asynq.log\n    max_size: 100\n    max_backups: 10\n    max_age: 30\n    compress: true\n",
    );
    assert_eq!(file.worker.concurrency, Some(10));
    let expected = RetryPolicy {
        max: Some(3),
        backoff: Backoff::Constant(Duration::from_secs(10)),
        jitter: None,
    };
    assert_eq!(file.worker.retry, expected);
    assert_eq!(file.worker.queues.len(), 2);
    assert_eq!(
        file.notes,
        ["asynq.redis_pool_size has no effect: one connection serves all tasks"]
    );
    let log = file.log.settings(&LogArgs::default(), false).unwrap();
    let written = log.file.unwrap();
    // As the application sees it, from its working folder.
    assert_eq!(written.path, Path::new("./logs/asynq.log"));
    assert_eq!(written.max_bytes, 100 << 20);
    assert_eq!(
        (written.max_backups, written.max_age),
        (Some(10), Some(Duration::from_secs(30 * 86_400)))
    );
    assert!(written.compress);
}

#[test]
fn other_sections_of_an_application_are_left_alone() {
    let file = yaml("redis: {addr: x}\nmysql: [1]\nworker: 7\nasynq:\n  concurrency: 0\n");
    assert_eq!(file.worker.concurrency, Some(0));
    assert_eq!(
        file.notes,
        [
            "q.yaml: only its section asynq is read, not redis, mysql, worker; name the Redis with --redis or QCTL_REDIS"
        ]
    );
}

#[test]
fn queues_come_as_a_table_or_a_list() {
    for text in [
        "{critical: 6, low: 1, off: 0}",
        "[critical: 6, low, off: 0]",
        "[{name: critical, priority: 6}, {queue: low, weight: 1}, {weight: -1, name: off}]",
    ] {
        let file = yaml(&format!("asynq:\n  queues: {text}\n"));
        let queues = file
            .worker
            .queues
            .iter()
            .map(|(name, weight)| (name.as_str(), *weight));
        let mut queues: Vec<_> = queues.collect();
        queues.sort_unstable();
        assert_eq!(queues, [("critical", 6), ("low", 1)], "{text}");
        assert_eq!(
            file.notes,
            ["asynq.queues: off is not served, its weight is not above 0"]
        );
    }
}

#[test]
fn delays_are_seconds_or_durations() {
    for (delay, expected) in [
        ("1.5", 1_500),
        ("2", 2_000),
        ("1m", 60_000),
        ("\"250ms\"", 250),
    ] {
        let file = yaml(&format!("asynq: {{retry_delay: {delay}}}"));
        let backoff = Backoff::Constant(Duration::from_millis(expected));
        assert_eq!(file.worker.retry.backoff, backoff, "{delay}");
    }
    for delay in ["-1", "1e300", "soon", "[]"] {
        let said = said(&format!("asynq:\n  retry_delay: {delay}"), true);
        assert!(said.starts_with("2: asynq.retry_delay: "), "{said}");
    }
}

#[test]
fn mistakes_have_line_key_and_what_is_expected() {
    for (text, message) in [
        (
            "asynq:\n  concurency: 1\n",
            "2: unknown key \"concurency\", did you mean \"concurrency\"?",
        ),
        (
            "asynq:\n  log:\n    levle: info\n",
            "3: unknown key \"levle\", did you mean \"level\"?",
        ),
        (
            "asynq:\n  concurrency: many\n",
            "2: asynq.concurrency: expected a whole number, found \"many\"",
        ),
        (
            "asynq:\n  retry_count: -1\n",
            "2: asynq.retry_count: the maximum number of retries is negative: use 0 for no retries, or remove the key",
        ),
        (
            "asynq:\n  queues: 3\n",
            "2: asynq.queues: expected weights by queue, such as {critical: 6, default: 3}, or a list of queues, found 3",
        ),
        (
            "asynq:\n  queues:\n    a: b\n",
            "3: asynq.queues.a: expected a whole number, found \"b\"",
        ),
        (
            "asynq:\n  queues: [a, a]\n",
            "2: asynq.queues: queue a is given twice",
        ),
        (
            "asynq:\n  log: {compress: 1}\n",
            "2: asynq.log.compress: expected true or false, found 1",
        ),
        ("asynq: 1\n", "1: asynq: expected a table, found 1"),
        (
            "asynq:\n  retry_delay: ten\n  queus: {a: 1}\n  log: {max_size: big}\n",
            "2: asynq.retry_delay: \"ten\" is not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m\n3: unknown key \"queus\", did you mean \"queues\"?\n4: asynq.log.max_size: expected a number of megabytes, or a size such as \"64KB\", found \"big\"",
        ),
    ] {
        assert_eq!(said(text, true), message, "{text}");
    }
}
