//! `qctl work --check`: mistakes in a worker's configuration are found before it starts.

use crate::harness::qctl::Qctl;

fn check() -> Qctl {
    Qctl::alone().args(["work", "--check"])
}

#[test]
fn a_valid_configuration_is_told_without_redis() {
    check()
        .args([
            "--handle",
            "email:*=./send.sh",
            "--handle",
            "*=cat",
            "-q",
            "low",
            "-q",
            "critical=6",
        ])
        .stderr("the configuration is valid: queues critical, low, handlers *, email:*\n")
        .run();
    check()
        .file("qctl.toml", "[worker]\nqueues = { a = 1, b = 2 }\n[handlers.\"t\"]\nexec = [\"sh\", \"-c\", \"true\"]\n")
        .stderr("the configuration is valid: queues b, a, handlers t\n")
        .run();
}

#[test]
fn each_mistake_is_named_with_its_remedy() {
    let refused = |toml: &str, what: &str, hint: &str| {
        check()
            .file("qctl.toml", toml)
            .status(2)
            .stderr(&format!("error: {what}\nhint: {hint}\n"))
            .run();
    };
    refused(
        "",
        "no handler is configured",
        "add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml",
    );
    refused(
        "[handlers.t]\n",
        "handler \"t\": it has nothing to run",
        "give it run = \"…\" or exec = [\"…\"]",
    );
    refused(
        "[handlers.t]\nrun = \"x\"\nexec = [\"x\"]\n",
        "handler \"t\": it has both run and exec",
        "keep one of them",
    );
    refused(
        "[handlers.t]\nexec = [\"./missing\"]\n",
        "handler \"t\": \"./missing\" is not an executable program",
        "check the path and its mode",
    );
    refused(
        "[handlers.t]\nexec = []\n",
        "handler \"t\": exec is empty",
        "give it a program and its arguments",
    );
    refused(
        "[handlers.t]\nrun = \" \"\n",
        "handler \"t\": run is empty",
        "give it a command line",
    );
    refused(
        "[handlers.t]\nrun = \"x\"\nexit_codes = { 0 = \"retry\" }\n",
        "handler \"t\": \"0\" is not an exit status",
        "use 1 to 255; 0 is always success",
    );
    refused(
        "[handlers.t]\nrun = \"x\"\nconcurrency = 0\n",
        "handler \"t\": a concurrency of 0 would never run anything",
        "give it 1 or more, or leave it out",
    );
    refused(
        "[worker]\nqueues = { a = 0 }\n[handlers.t]\nrun = \"x\"\n",
        "queue \"a\" has the weight 0",
        "give it 1 or more, or leave it out",
    );
    refused(
        "[handlers.t]\nrun = \"x\"\nretry = { min = \"1s\" }\n",
        "handler \"t\": retry has delays but no backoff that uses them",
        "add backoff = \"exponential\" or backoff = \"constant\"",
    );
}

#[test]
fn a_file_that_is_not_executable_is_no_program() {
    let script = "#!/bin/sh\n";
    check()
        .file("job.sh", script)
        .file("qctl.toml", "[handlers.t]\nexec = [\"./job.sh\"]\n")
        .status(2)
        .stderr(
            "
            error: handler \"t\": \"./job.sh\" is not an executable program
            hint: check the path and its mode
            ",
        )
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
            "invalid value 't' for '--handle <TYPE=COMMAND>': not of the form NAME=VALUE",
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
