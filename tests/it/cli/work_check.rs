//! `qctl work --check`: what a worker would run, and what is wrong with its configuration, before it starts.

use serde_json::json;

use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

fn check() -> Qctl {
    Qctl::alone().args(["work", "--check"])
}

const FULL: &str = r#"
[worker]
concurrency = 4
queues = { a = 1, b = 2 }
strict = true
shutdown_timeout = "30s"
unmatched = "release"

[log]
level = "warn"
format = "json"
path = "logs/qctl.log"

[handlers."email:*"]
run = "./send.sh"
timeout = "1m"
concurrency = 2
limit = { scope = "mail", concurrency = 4, rate = "10/s" }
env = { LANG = "C", TOKEN = "secret" }
nice = 5
on_failure = "./tell.sh"
limits = { memory = "256MB", cpu = "1m", files = 64, processes = 99 }
retry = { max = 3, backoff = "exponential", min = "2s", max_delay = "1h" }

[handlers."image:*"]
exec = ["sh", "-c", "true"]
grace = "2s"
limit = { rate = "1/30s" }
retry = { backoff = "constant", min = "5s" }

[handlers."old:*"]
discard = true

[handlers."score:*"]
pipe = ["sh", "score.sh"]
processes = 2
max_tasks = 1000
max_memory = "1GB"

[[cron]]
name = "nightly"
spec = "0 3 * * *"
type = "report"
"#;

#[test]
fn what_would_run_is_shown_without_redis() {
    check()
        .args(["--handle", "email:*=./send.sh", "--handle", "*=cat"])
        .args(["-q", "low", "-q", "critical=6", "-c", "3"])
        .stdout(
            "
            Concurrency:       3
            Queues:            critical=6, low=1 (weighted)
            Shutdown timeout:  8s
            Unmatched tasks:   fail
            Schedules:         -
            Log:               stderr (text, info)

            TYPE     RUNS       TIMEOUT  CONCURRENCY  LIMIT  RETRIES
            *        cat        -                  -  -      -
            email:*  ./send.sh  -                  -  -      -
            ",
        )
        .run();
    check()
        .file("qctl.toml", FULL)
        .stdout(
            "
            Concurrency:       4
            Queues:            b=2, a=1 (strict)
            Shutdown timeout:  30s
            Unmatched tasks:   release
            Schedules:         nightly
            Log:               logs/qctl.log (json, warn)

            TYPE     RUNS                   TIMEOUT  CONCURRENCY  LIMIT           RETRIES
            email:*  ./send.sh              1m                 2  4, 10/s (mail)  at most 3, 2s to 1h
            image:*  sh -c true             -                  -  1/30s           every 5s
            old:*    discarded              -                  -  -               -
            score:*  sh score.sh (pipe, 2)  -                  -  -               -
            ",
        )
        .run();
}

#[test]
fn what_would_run_is_a_document() {
    let output = check()
        .file("qctl.toml", FULL)
        .args([
            "--handle",
            "email:*=./other.sh",
            "--discard",
            "image:*",
            "-o",
            "json",
        ])
        .run_unchecked()
        .expect_code(0);
    let document = output.json();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "concurrency",
            "queues",
            "strict",
            "max_workers_lost",
            "shutdown_timeout_seconds",
            "unmatched",
            "log_level",
            "log_format",
            "log_path",
            "handlers",
            "groups",
            "schedules"
        ]
    );
    assert_eq!(document["queues"], json!({"a": 1, "b": 2}));
    // The command line has another command for the handler, and leaves its other settings.
    assert_eq!(
        document["handlers"][0],
        json!({
            "type": "email:*", "run": "./other.sh", "exec": null, "pipe": null, "processes": null,
            "start_timeout_seconds": null, "max_tasks": null, "max_age_seconds": null,
            "max_memory_bytes": null, "http": null, "discard": false,
            "timeout_seconds": 60.0, "concurrency": 2, "limit_concurrency": 4, "limit_rate": "10/s",
            "limit_scope": "mail", "grace_seconds": 5.0,
            "env": ["LANG", "TOKEN"], "cwd": null, "user": null, "nice": 5,
            "limit_memory_bytes": 268_435_456, "limit_cpu_seconds": 60.0, "limit_files": 64, "limit_processes": 99,
            "on_success": null, "on_failure": "./tell.sh", "on_archive": null, "max_retry": 3,
            "backoff": "exponential", "backoff_min_seconds": 2.0, "backoff_max_seconds": 3600.0,
            "backoff_list_seconds": null, "jitter": null,
            "origin": "--handle 'email:*=./other.sh'"
        })
    );
    assert_eq!(document["handlers"][1]["discard"], true);
    assert_eq!(document["handlers"][2]["origin"], "qctl.toml:31");
    assert_eq!(document["schedules"], json!(["nightly"]));
}

#[test]
fn processes_that_stay_have_limits_in_the_document() {
    let check = check().file("qctl.toml", FULL).args(["-o", "json"]);
    let document = check.run_unchecked().expect_code(0).json();
    let pipe = &document["handlers"][3];
    assert_eq!(pipe["pipe"], json!(["sh", "score.sh"]));
    assert_eq!(
        (&pipe["processes"], &pipe["max_tasks"]),
        (&json!(2), &json!(1000))
    );
    assert_eq!(pipe["max_memory_bytes"], 1 << 30);
    assert_eq!(
        (&pipe["start_timeout_seconds"], &pipe["max_age_seconds"]),
        (&json!(30.0), &json!(null))
    );
}

#[test]
fn groups_are_shown_with_their_commands() {
    let groups = r#"
[groups."digest:*"]
run = "./merge.sh"
type = "email:digest"
max_delay = "5m"
max_size = 100
options = { retention = "1h", headers = { from = "digest" } }
env = { TOKEN = "secret" }

[groups.cache]
exec = ["true"]
type = "refresh"
grace = "5s"
"#;
    let check = || {
        check()
            .args(["--handle", "t=cat"])
            .file("qctl.toml", groups)
    };
    check()
        .stdout(
            "
            Concurrency:       2
            Queues:            default=1 (weighted)
            Shutdown timeout:  8s
            Unmatched tasks:   fail
            Schedules:         -
            Log:               stderr (text, info)

            TYPE  RUNS  TIMEOUT  CONCURRENCY  LIMIT  RETRIES
            t     cat   -                  -  -      -

            GROUP     RUNS        TYPE          GRACE  MAX DELAY  MAX SIZE  TIMEOUT
            digest:*  ./merge.sh  email:digest  1m     5m              100  1m40s
            cache     true        refresh       5s     -                 -  1m40s
            ",
        )
        .args(["-c", "2"])
        .run();
    let document = check().args(["-o", "json"]).run_unchecked().json();
    assert_eq!(
        document["groups"][0],
        json!({
            "group": "digest:*", "run": "./merge.sh", "exec": null, "type": "email:digest", "grace_seconds": 60.0,
            "max_delay_seconds": 300.0, "max_size": 100, "timeout_seconds": 100.0, "task_max_retry": 25,
            "task_timeout_seconds": null, "task_retention_seconds": 3600.0, "task_headers": {"from": "digest"},
            "env": ["TOKEN"], "cwd": null, "user": null, "nice": null, "limit_memory_bytes": null,
            "limit_cpu_seconds": null, "limit_files": null, "limit_processes": null, "origin": "qctl.toml:2"
        })
    );
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    check()
        .file(
            "qctl.toml",
            "[worker]\nqueues = { a = 0 }\nconcurrency = \"4\"\n[handlers.t]\n[handlers.u]\nrun = \" \"\n[handlers.\"\"]\nrun = \"x\"\n",
        )
        .status(2)
        .stderr(
            "
            error: qctl.toml:2: worker.queues.a: a queue with weight 0 is never served: use 1 or more, or remove it
            error: qctl.toml:3: worker.concurrency: expected a whole number, found \"4\"
            error: qctl.toml:4: handlers.t: a handler needs something to run: add run = \"…\", exec = [\"…\"], pipe = [\"…\"] or http = \"…\"
            error: qctl.toml:5: handlers.u: run is empty
            error: qctl.toml:7: handlers: the type is blank: write one, such as \"email:deliver\", or \"*\" for all
            ",
        )
        .run();
    // What only this machine, or the whole, can tell.
    check()
        .file("job.sh", "#!/bin/sh\n")
        .file(
            "qctl.toml",
            "[handlers.t]\nexec = [\"./job.sh\"]\n[handlers.u]\nexec = [\"no-such-program\"]\n[[cron]]\nname = \"n\"\nspec = \"* *\"\ntype = \"t\"\n",
        )
        .status(2)
        .stderr(
            "
            error: qctl.toml:1: handler \"t\": \"./job.sh\" is not an executable program: check the path and its mode
            error: qctl.toml:3: handler \"u\": \"no-such-program\" is not an executable program: check the path and its mode
            error: qctl.toml:7: schedule \"n\": 2 fields, but five are needed (character 4 of \"* *\")
            hint: write minute, hour, day, month and weekday, such as \"0 3 * * *\"
            ",
        )
        .run();
}

#[test]
fn lines_that_the_shell_cannot_read_are_refused_without_running_them() {
    let file = r#"
[handlers.a]
run = "touch ran; if true"
[handlers.b]
exec = ["sh", "-c", "touch ran; echo 'a"]
[handlers.c]
run = "touch ran"
on_archive = "touch ran; ("
[groups."g:*"]
run = "touch ran; done"
type = "t"
"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("qctl.toml"), file).unwrap();
    let refused = check().cwd(folder.path()).run_unchecked();
    let refused = refused.expect_code(2).stderr_str().to_owned();
    let lines: Vec<_> = refused.lines().collect();
    let starts = [
        "error: qctl.toml:2: handler \"a\": the shell cannot read the command: sh: ",
        "error: qctl.toml:4: handler \"b\": the shell cannot read the command: sh: ",
        "error: qctl.toml:6: handler \"c\": on_archive: the shell cannot read the command: sh: ",
        "error: qctl.toml:9: groups \"g:*\": the shell cannot read the command: sh: ",
    ];
    assert_eq!(lines.len(), starts.len(), "{refused}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{refused}");
    }
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn an_endpoint_is_shown_without_its_secrets() {
    let file = "[handlers.t]\nhttp = \"https://u:hunter2@example.com/hooks?key=hunter2\"\nheaders = { x-key = \"hunter2\" }\n";
    let output = check().file("qctl.toml", file).run_unchecked();
    let shown = output.expect_code(0).stdout_str().to_owned();
    let row = "t     https://example.com/hooks?…  -                  -  -";
    assert!(shown.contains(row) && !shown.contains("hunter2"), "{shown}");
}

/// Keys of a handler, and what is said of them.
const USELESS_ENDPOINTS: [(&str, &str); 24] = [
    (
        "http = \"ftp://hunter2@h\"",
        "2: handlers.t.http: the scheme \"ftp\" is not supported: use http or https",
    ),
    (
        "http = \"hunter2@h/x\"",
        "2: handlers.t.http: write a whole URL, such as \"https://example.com/hooks\"",
    ),
    (
        "http = \"http://h\"\nrun = \"x\"",
        "1: handlers.t: run and http cannot be used together",
    ),
    (
        "http = \"http://h\"\ngrace = \"1s\"",
        "1: handlers.t: grace has no effect with http: remove it",
    ),
    (
        "run = \"x\"\nheaders = { a = \"b\" }",
        "1: handlers.t: headers has no effect with run: remove it",
    ),
    (
        "http = \"http://h\"\ntls_ca = \"ca.pem\"",
        "1: handlers.t: tls_ca has no effect with http://: use https://",
    ),
    (
        "http = \"https://h\"\ntls_key = \"k.pem\"",
        "1: handlers.t: tls_cert and tls_key must be set together",
    ),
    (
        "http = \"http://u:hunter2@h\"\nheaders = { authorization = \"x\" }",
        "1: handlers.t: the URL has a login, and headers has authorization: remove one",
    ),
    (
        "http = \"http://h\"\nheaders = { Host = \"x\" }",
        "3: handlers.t.headers: qctl sets the header host itself",
    ),
    (
        "http = \"http://h\"\nheaders = { \"a b\" = \"x\" }",
        "3: handlers.t.headers: \"a b\" is not the name of a header",
    ),
    (
        "http = \"http://h\"\nstatuses = { 99 = \"retry\" }",
        "3: handlers.t.statuses: \"99\" is not an HTTP status: use 200 to 599",
    ),
    (
        "http = \"http://h\"\nstatuses = { 409 = \"skip\" }",
        "3: handlers.t.statuses.409: expected one of done, retry, archive, release, found \"skip\"",
    ),
    (
        "http = \"http://h\"\nformat = \"xml\"",
        "3: handlers.t.format: expected one of plain, cloudevents, found \"xml\"",
    ),
    (
        "http = \"http://h\"\nbreaker = { min = \"2m\" }",
        "3: handlers.t.breaker: max_delay is shorter than min",
    ),
    (
        "http = \"http://h\"\nbreaker = { min = \"0s\" }",
        "3: handlers.t.breaker.min: a delay of 0 is not possible: use a longer one",
    ),
    (
        "http = \"http://h\"\nsecret_file = \"none\"",
        "1: handler \"t\": cannot read the secret file \"none\" (No such file or directory (os error 2))",
    ),
    (
        "http = \"http://h\"\nsecret_file = \"bad\"",
        "1: handler \"t\": the secret file \"bad\": line 1: not a secret: expected whsec_ and base64",
    ),
    (
        "http = \"http://h\"\nheaders_file = \"none\"",
        "1: handler \"t\": cannot read the headers file \"none\" (No such file or directory (os error 2))",
    ),
    (
        "http = \"http://h\"\nheaders_file = \"bad\"",
        "1: handler \"t\": the headers file \"bad\": line 1: not a header: expected NAME: VALUE",
    ),
    (
        "http = \"http://h\"\nheaders = { x-a = \"a\" }\nheaders_file = \"headers\"",
        "1: handler \"t\": the headers file \"headers\": x-a is given twice: remove one",
    ),
    (
        "http = \"http://u:p@h\"\nheaders_file = \"headers\"",
        "1: handler \"t\": the headers file \"headers\": it has authorization, and the URL has a login: remove one",
    ),
    (
        "http = \"https://h\"\ntls_ca = \"bad\"",
        "1: handler \"t\": the file of the TLS CA holds no PEM certificate",
    ),
    (
        "http = \"http://h\"\nheaders = { a = \"x ${NO_SUCH}\" }",
        "1: handler \"t\": header a: the variable NO_SUCH is not set",
    ),
    (
        "http = \"http://h\"\nheaders = { a = \"${A\" }",
        "1: handler \"t\": header a: ${ without }",
    ),
];

#[test]
fn endpoints_that_cannot_be_used_are_found_beforehand() {
    for (keys, what) in USELESS_ENDPOINTS {
        let output = check()
            .file("bad", "hunter2!")
            .file("headers", "Authorization: hunter2\nX-A: b\n")
            .file("qctl.toml", format!("[handlers.t]\n{keys}\n"))
            .run_unchecked()
            .expect_code(2);
        assert_eq!(output.stderr_str(), format!("error: qctl.toml:{what}\n"));
    }
}

#[test]
fn a_command_line_that_is_too_long_is_found_beforehand() {
    let output = check()
        .arg("--handle")
        .arg(format!("a={}", "x".repeat(100_000)))
        .run_unchecked();
    assert_eq!(output.code, Some(0), "{}", output.stderr_str());
    let long = format!("[handlers.a]\nrun = \"{}\"\n", "x".repeat(200_000));
    let output = check().file("qctl.toml", &long).run_unchecked();
    let said = output.expect_code(2).stderr_str().to_owned();
    let what = "error: qctl.toml:1: handler \"a\": argument 2 of the program is 200001 bytes long, and the system allows ";
    assert!(said.starts_with(what), "{said}");
}

#[test]
fn what_a_command_gets_besides_its_task_may_be_too_long() {
    let long = "x".repeat(140_000);
    let file = format!(
        "[handlers.a]\nrun = \"true\"\nenv.LONG = \"{long}\"\n\
         [handlers.b]\npipe = [\"cat\"]\nenv.LONG = \"{long}\"\n\
         [handlers.c]\nrun = \"true\"\non_success = \"echo {long}\"\n\
         [groups.g]\nrun = \"cat\"\ntype = \"t\"\nenv.LONG = \"{long}\"\n"
    );
    let refused = check().file("qctl.toml", &file).run_unchecked();
    let refused = refused.expect_code(2).stderr_str().to_owned();
    let lines: Vec<_> = refused.lines().collect();
    let variable = "the environment variable LONG is 140006 bytes long, and the system allows ";
    let starts = [
        format!("error: qctl.toml:1: handler \"a\": {variable}"),
        format!("error: qctl.toml:4: handler \"b\": {variable}"),
        "error: qctl.toml:7: handler \"c\": on_success: argument 2 of the program is 140006 bytes long"
            .to_owned(),
        format!("error: qctl.toml:10: groups \"g\": {variable}"),
    ];
    assert_eq!(lines.len(), starts.len(), "{refused}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(&start), "{line:.300}");
    }
}

#[test]
fn mistakes_that_only_concern_workers_stop_only_workers() {
    let redis = Redis::start();
    for wrong in [
        "[handlers.t]\nrun = 7\n",
        "[worker]\nconcurrency = \"4\"\n",
        "[log]\nlevel = \"loud\"\n",
        "[[cron]]\nname = \"n\"\nspec = 7\n",
    ] {
        let qctl = |line: &[&str]| {
            let qctl = Qctl::new(&redis).file("qctl.toml", wrong).args(line);
            qctl.run_unchecked()
        };
        qctl(&["ls", "-o", "id"]).expect_code(0);
        qctl(&["enqueue", "t"]).expect_code(0);
        qctl(&["work", "--burst", "--handle", "t=true"]).expect_code(2);
        qctl(&["cron", "run-scheduler"]).expect_code(2);
    }
    // This may be the address of another Redis.
    for wrong in [
        "[redis]\nurl = 7\n",
        "[reds]\nurl = \"redis://a\"\n",
        "[redis\n",
    ] {
        let qctl = Qctl::new(&redis).file("qctl.toml", wrong).arg("ls");
        qctl.run_unchecked().expect_code(2);
    }
}

#[test]
fn a_worker_without_handlers_is_refused() {
    check()
        .file("qctl.toml", "")
        .status(2)
        .stderr(
            "
            error: no handler is configured
            hint: add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml
            ",
        )
        .run();
}

#[test]
fn two_handlers_for_the_same_tasks_are_refused() {
    for (flags, both) in [
        (
            ["--handle", "a=x", "--handle", "a=y"],
            "--handle 'a=x' and --handle 'a=y'",
        ),
        (
            ["--handle", "a=x", "--discard", "a"],
            "--handle 'a=x' and --discard 'a'",
        ),
    ] {
        check()
            .args(flags)
            .status(2)
            .stderr(&format!("error: handler \"a\" is given twice: {both}\n"))
            .run();
    }
    check()
        .file(
            "qctl.toml",
            "[handlers.a]\nrun = \"x\"\n[handlers.a]\nrun = \"y\"\n",
        )
        .status(2)
        .stderr("error: qctl.toml:3: \"a\" is given twice\n")
        .run();
}

#[test]
fn wrong_flags_are_wrong_usage() {
    for (flags, what) in [
        (
            ["-q", "a=0"],
            "invalid value 'a=0' for '--queue <QUEUE[=WEIGHT]>': the weight must be a whole number above zero",
        ),
        (
            ["-c", "0"],
            "invalid value '0' for '--concurrency <N>': 0 is not in 1..=100000",
        ),
        (
            ["--handle", "t"],
            "invalid value 't' for '--handle <TYPE=COMMAND>': not of the form TYPE=COMMAND",
        ),
        (
            ["--handle", "a*b=x"],
            "invalid value 'a*b=x' for '--handle <TYPE=COMMAND>': \"a*b\" has a * that is not at the end: write a whole type, or a prefix and a *, such as \"email:*\"",
        ),
        (
            ["--handle", "a= "],
            "invalid value 'a= ' for '--handle <TYPE=COMMAND>': the command is empty; --discard completes tasks without running anything",
        ),
        (
            ["--discard", ""],
            "invalid value '' for '--discard <TYPE>': the type is blank: write one, such as \"email:deliver\", or \"*\" for all",
        ),
        (
            ["--log-level", "loud"],
            "invalid value 'loud' for '--log-level <LEVEL>'",
        ),
        (
            ["--log-format", "xml"],
            "invalid value 'xml' for '--log-format <FORMAT>'",
        ),
    ] {
        let output = check().args(flags).run_unchecked().expect_code(2);
        assert_eq!(
            output.stderr_str().lines().next(),
            Some(format!("error: {what}").as_str())
        );
        assert_eq!(output.stdout_str(), "");
    }
}

#[test]
fn handlers_with_one_scope_have_one_limit() {
    let config = "
        [handlers.a]
        run = 'true'
        limit = { scope = 'mail', concurrency = 4 }
        [handlers.b]
        run = 'true'
        limit = { scope = 'mail', concurrency = 5 }
    ";
    check()
        .file("qctl.toml", config)
        .status(2)
        .stderr(
            "
            error: handlers \"a\" (qctl.toml:2) and \"b\" (qctl.toml:5) have different limits with the scope \"mail\"
            ",
        )
        .run();
}

#[test]
fn every_rule_of_retries_is_shown_and_its_mistakes_are_found() {
    let handler = |retry: &str| format!("[handlers.t]\nrun = 'true'\nretry = {retry}\n");
    let shown = |retry: &str| {
        let output = check().file("qctl.toml", handler(retry));
        let output = output.args(["-o", "json"]).run_unchecked().expect_code(0);
        let document = output.json()["handlers"][0].clone();
        let keys = ["min", "max", "list"].map(|key| format!("backoff_{key}_seconds"));
        let delays = keys.map(|key| document[key].clone());
        json!([document["backoff"], delays, document["jitter"]])
    };
    assert_eq!(shown("{}"), json!(["asynq", [null, null, null], null]));
    assert_eq!(
        shown("{ backoff = 'linear', min = '5s', jitter = 0.5 }"),
        json!(["linear", [5.0, 3600.0, null], 0.5])
    );
    assert_eq!(
        shown("{ backoff = ['1s', '5s', '1m'], jitter = '20%' }"),
        json!(["list", [null, null, [1.0, 5.0, 60.0]], 0.2])
    );
    for (retry, mistake) in [
        (
            "{ backoff = [] }",
            "handlers.t.retry.backoff: the list is empty",
        ),
        ("{ backoff = ['1s', 2] }", "handlers.t.retry.backoff"),
        (
            "{ backoff = ['1s'], min = '2s' }",
            "min and max_delay have no effect with a list",
        ),
        (
            "{ backoff = 'constant', max_delay = '2s' }",
            "max_delay has no effect",
        ),
        (
            "{ jitter = '10%' }",
            "jitter has no effect with Asynq's delays",
        ),
        ("{ backoff = 'linear', jitter = 2 }", "2 is not a share"),
    ] {
        let output = check().file("qctl.toml", handler(retry)).run_unchecked();
        let said = output.expect_code(2).stderr_str().to_owned();
        assert!(said.contains(mistake), "{retry}: {said}");
    }
}

#[test]
fn what_commands_may_not_get_or_use_is_refused() {
    for (keys, mistake) in [
        (
            "env = { QCTL_TASK_ID = 'x' }",
            "handlers.t.env: \"QCTL_TASK_ID\" is set by qctl",
        ),
        (
            "env = { 'a=b' = 'x' }",
            "\"a=b\" is not possible as an environment variable",
        ),
        ("nice = 20", "handlers.t.nice: expected -20 to 19"),
        ("limits = { disk = 1 }", "unknown key \"disk\""),
        ("limits = { memory = 'lots' }", "handlers.t.limits.memory"),
        (
            "cwd = 'missing'",
            "handler \"t\": cwd: missing is not a folder",
        ),
        ("user = 'nobody at all'", "handler \"t\": user: "),
    ] {
        let config = format!("[handlers.t]\nrun = 'true'\n{keys}\n");
        let output = check().file("qctl.toml", config).run_unchecked();
        let said = output.expect_code(2).stderr_str().to_owned();
        assert!(said.contains(mistake), "{keys}: {said}");
    }
}

#[test]
fn a_handlers_concurrency_above_the_workers_is_no_error_but_has_no_effect() {
    let file = "[worker]\nconcurrency = 4\n[handlers.a]\nrun = \"true\"\nconcurrency = 9\n[handlers.b]\nrun = \"true\"\nconcurrency = 4\n";
    let warning = "handler \"a\": concurrency = 9 has no effect, since this worker runs at most 4 tasks at a time";
    let output = check()
        .file("qctl.toml", file)
        .run_unchecked()
        .expect_code(0);
    assert_eq!(output.stderr_str(), format!("warning: {warning}\n"));
    let redis = Redis::start();
    let worker = Qctl::new(&redis).args(["work", "--burst"]);
    let output = worker
        .file("qctl.toml", file)
        .run_unchecked()
        .expect_code(0);
    assert!(
        output.stderr_str().contains(warning),
        "{}",
        output.stderr_str()
    );
    assert!(!output.stderr_str().contains("handler \"b\""));
}
