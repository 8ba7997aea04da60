//! Where settings come from, which wins, and what is said of mistakes in them.

use qctl::task::State;

use super::{put, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// A server that is told apart by the name of its only queue.
fn named(queue: &str) -> Redis {
    let redis = Redis::start();
    put(&redis, queue, "a", State::Pending);
    redis
}

#[test]
fn flag_then_variable_then_file_then_general_variable() {
    let (flag, variable, file, general) = (
        named("flag"),
        named("variable"),
        named("file"),
        named("general"),
    );
    let toml = format!("[redis]\nurl = \"{}\"\n", file.url());
    let ls = || {
        Qctl::alone()
            .args(["ls", "-o", "id"])
            .env("REDIS_URL", general.url())
    };
    let all = || {
        ls().env("QCTL_REDIS", variable.url())
            .file("qctl.toml", &toml)
    };
    all().args(["--redis", &flag.url()]).stdout("flag\n").run();
    all().stdout("variable\n").run();
    all().env_remove("QCTL_REDIS").stdout("file\n").run();
    ls().env_remove("QCTL_REDIS").stdout("general\n").run();
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let redis = named("general");
    let names = [
        "REDIS",
        "PASSWORD_FILE",
        "TLS_CA",
        "TLS_CERT",
        "TLS_KEY",
        "TLS_SERVER_NAME",
        "INSECURE",
        "REDIS_TIMEOUT",
        "READ_ONLY",
        "CONFIG",
        "OUTPUT",
        "NO_HEADERS",
        "TIME",
        "COLOR",
        "QUIET",
        "VERBOSE",
        "NO_INPUT",
    ];
    let empty = names.iter().fold(Qctl::alone(), |run, name| {
        run.env(&format!("QCTL_{name}"), "")
    });
    empty
        .env("REDIS_URL", redis.url())
        .env("NO_COLOR", "")
        .env("CLICOLOR_FORCE", "")
        .args(["pause", "general"])
        .stdout("paused queue general\n")
        .run();
}

#[test]
fn every_flag_has_its_variable() {
    let redis = named("q");
    let ls = || qctl(&redis, "ls tasks --time unix");
    let plain =
        "ID  TYPE  STATE    TIME        PAYLOAD\na   t     pending  1700000000  {\"n\":1}\n";
    ls().stdout(plain).run();
    ls().env("QCTL_OUTPUT", "id").stdout("a\n").run();
    ls().env("QCTL_NO_HEADERS", "1")
        .stdout("a  t  pending  1700000000  {\"n\":1}\n")
        .run();
    ls().env("QCTL_NO_HEADERS", "no").stdout(plain).run();
    qctl(&redis, "ls tasks")
        .env("QCTL_TIME", "unix")
        .stdout(plain)
        .run();
    assert!(
        ls().env("QCTL_COLOR", "always")
            .run_unchecked()
            .stdout
            .contains(&0x1b)
    );
    qctl(&redis, "ls groups").env("QCTL_QUIET", "yes").run();
    assert!(
        !ls()
            .env("QCTL_VERBOSE", "1")
            .run_unchecked()
            .stderr
            .is_empty()
    );
    qctl(&redis, "pause q")
        .env("QCTL_READ_ONLY", "true")
        .status(4)
        .stderr(
            "
            error: cannot pause: read-only is set
            hint: leave out --read-only, and check QCTL_READ_ONLY
            ",
        )
        .run();
    // A flag is nearer than a variable.
    ls().env("QCTL_OUTPUT", "csv")
        .args(["-o", "id"])
        .stdout("a\n")
        .run();
    let json = qctl(&redis, "ls tasks --json")
        .env("QCTL_OUTPUT", "csv")
        .run_unchecked();
    assert_eq!(json.json()[0]["id"], "a");
}

#[test]
fn a_variable_with_nonsense_is_named() {
    let refused = |name: &str, value: &str, why: &str| {
        Qctl::alone()
            .arg("ls")
            .env(name, value)
            .status(2)
            .stderr(&format!(
                "error: the variable {name} cannot be used ({why})\n"
            ))
            .run();
    };
    refused(
        "QCTL_OUTPUT",
        "yaml",
        "unknown output format \"yaml\", use one of table, wide, json, ndjson, csv, id",
    );
    refused(
        "QCTL_REDIS_TIMEOUT",
        "soon",
        "not a duration, use one such as 90s, 5m, 2h, 3d or 1h30m",
    );
    refused("QCTL_REDIS_TIMEOUT", "0s", "it must be more than zero");
    refused(
        "QCTL_COLOR",
        "red",
        "unknown colour choice \"red\", use one of auto, always, never",
    );
    // Nobody is told of a variable that a flag makes irrelevant.
    Qctl::alone()
        .args(["completions", "-o", "id", "nosuch"])
        .env("QCTL_OUTPUT", "yaml")
        .run_unchecked()
        .expect_code(2);
}

#[test]
fn files_are_looked_for_in_the_known_places() {
    let redis = named("q");
    let toml = format!("redis.url = \"{}\"\n", redis.url());
    let yaml = format!("redis:\n  url: {}\n", redis.url());
    let ls = || {
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .args(["ls", "-o", "id"])
    };
    ls().file("qctl.toml", &toml).stdout("q\n").run();
    ls().file(".config/qctl/config.toml", &toml)
        .stdout("q\n")
        .run();
    ls().file("xdg/qctl/config.toml", &toml)
        .env("XDG_CONFIG_HOME", "xdg")
        .stdout("q\n")
        .run();
    ls().file("mine.conf", &toml)
        .args(["--config", "mine.conf"])
        .stdout("q\n")
        .run();
    ls().file("mine.yaml", &yaml)
        .args(["--config", "mine.yaml"])
        .stdout("q\n")
        .run();
    ls().file("mine.yml", &yaml)
        .env("QCTL_CONFIG", "mine.yml")
        .stdout("q\n")
        .run();
    // The nearer file wins, and an explicit one over both.
    let wrong = "redis.url = \"redis://127.0.0.1:1\"\n";
    ls().file("qctl.toml", &toml)
        .file(".config/qctl/config.toml", wrong)
        .stdout("q\n")
        .run();
    ls().file("qctl.toml", wrong)
        .file("mine", &toml)
        .args(["--config", "mine"])
        .stdout("q\n")
        .run();
}

#[test]
fn every_setting_of_redis_is_taken_from_the_file() {
    let redis = Redis::with().password("pw").start();
    put(&redis, "q", "a", State::Pending);
    let toml = format!(
        "[redis]\nurl = \"redis://127.0.0.1:{}\"\npassword_file = \"pw\"\ntimeout = \"3s\"\n\
         tls_server_name = \"x\"\ninsecure = false\n",
        redis.port()
    );
    // Paths are seen from the file.
    Qctl::alone()
        .env_remove("QCTL_REDIS")
        .file("conf/qctl.toml", toml)
        .file("conf/pw", "pw\n")
        .args(["ls", "-o", "id", "--config", "conf/qctl.toml"])
        .stdout("q\n")
        .run();
}

#[test]
fn mistakes_in_a_file_are_named_with_their_line() {
    let refused = |name: &str, text: &str, why: &str| {
        Qctl::alone()
            .args(["ls", "--config", name])
            .file(name, text)
            .status(2)
            .stderr(&format!("error: {why}\n"))
            .run();
    };
    refused(
        "q.toml",
        "[redis]\n\nurll = 1\n",
        "q.toml:3: unknown key \"urll\", did you mean \"url\"?",
    );
    refused(
        "q.toml",
        "[rediss]\n",
        "q.toml:1: unknown key \"rediss\", did you mean \"redis\"?",
    );
    refused(
        "q.toml",
        "[redis]\nfrobnicate = 1\n",
        "q.toml:2: unknown key \"frobnicate\"",
    );
    refused(
        "q.toml",
        "[redis\n",
        "q.toml:1: unclosed table, expected `]`",
    );
    refused(
        "q.toml",
        "[redis]\ntimeout = \"soon\"\n",
        "q.toml:2: \"soon\": not a duration, use one such as 90s, 5m, 2h, 3d or 1h30m",
    );
    refused(
        "q.yaml",
        "worker:\n  concurency: 3\n",
        "q.yaml:2: unknown key \"concurency\", did you mean \"concurrency\"?",
    );
    let output = Qctl::alone()
        .args(["ls", "--config", "q.yml"])
        .file("q.yml", "a: [\n")
        .run_unchecked()
        .expect_code(2);
    assert!(
        output.stderr_str().starts_with("error: q.yml:"),
        "{}",
        output.stderr_str()
    );
    let output = Qctl::alone()
        .args(["ls", "--config", "q.toml"])
        .file("q.toml", b"\xff\xfe")
        .run_unchecked()
        .expect_code(2);
    assert!(
        output.stderr_str().starts_with("error: q.toml:1: "),
        "{}",
        output.stderr_str()
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    Qctl::alone()
        .args(["ls", "--config", "missing.toml"])
        .status(2)
        .stderr("error: cannot read the configuration file \"missing.toml\" (No such file or directory (os error 2))\n")
        .run();
    // An empty one says nothing.
    let redis = named("q");
    for name in ["empty.toml", "empty.yaml"] {
        qctl(&redis, "ls -o id --config")
            .arg(name)
            .file(name, "")
            .stdout("q\n")
            .run();
    }
}
