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
fn an_empty_variable_counts_as_unset() {
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
    let plain = "ID  QUEUE  TYPE  STATE    TIME        PAYLOAD\na   q      t     pending  1700000000  {\"n\":1}\n";
    ls().stdout(plain).run();
    ls().env("QCTL_OUTPUT", "id").stdout("a\n").run();
    ls().env("QCTL_NO_HEADERS", "1")
        .stdout("a  q  t  pending  1700000000  {\"n\":1}\n")
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
            hint: --read-only, QCTL_READ_ONLY or the context says so
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
            .stderr(&format!("error: {name}: {why}\n"))
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
        "not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
    );
    refused("QCTL_REDIS_TIMEOUT", "0s", "it must be more than zero");
    refused(
        "QCTL_COLOR",
        "red",
        "unknown color choice \"red\", use one of auto, always, never",
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
         insecure = false\n",
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
fn a_password_of_the_file_goes_to_no_other_server() {
    let other = Redis::with().password("pw").start();
    let toml = "[redis]\nurl = \"redis://127.0.0.1:1\"\npassword_file = \"pw\"\n";
    let ls = |password: &str| {
        let url = format!("redis://:{password}@127.0.0.1:{}", other.port());
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .file("qctl.toml", toml)
            .file("pw", "meant for the other one\n")
            .args(["ls", "--redis", &url])
    };
    ls("pw").stderr("no queues\n").run();
    ls("wrong").run_unchecked().expect_code(4);
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
        "q.toml:2: unknown key \"frobnicate\", use one of url, password_file, sentinels, master, user, db, tls, sentinel_tls, sentinel_user, sentinel_password, sentinel_password_file, tls_ca, tls_cert, tls_key, tls_server_name, insecure, timeout",
    );
    refused(
        "q.toml",
        "[redis\n",
        "q.toml:1: unclosed table, expected `]`",
    );
    refused(
        "q.toml",
        "[redis]\ntimeout = \"soon\"\n",
        "q.toml:2: redis.timeout: \"soon\" is not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
    );
    refused(
        "q.yaml",
        "redis:\n  urll: 3\n",
        "q.yaml:2: unknown key \"urll\", did you mean \"url\"?",
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

#[test]
fn text_files_are_utf_8() {
    let refused = |file: &str, bytes: &[u8], args: &[&str], why: &str| {
        Qctl::alone()
            .arg("ls")
            .args(args)
            .file(file, bytes)
            .status(2)
            .stderr(&format!("error: {why}: save the file as UTF-8\n"))
            .run();
    };
    for name in ["q.toml", "q.yaml"] {
        let latin_1 = b"# caf\xc3\xa9\n# caf\xe9\n";
        let why = format!("{name}:2: not UTF-8");
        refused(name, latin_1, &["--config", name], &why);
        let utf_16 = b"\xff\xfe#\0\n\0";
        let why = format!("{name}:1: not UTF-8, but UTF-16");
        refused(name, utf_16, &["--config", name], &why);
    }
    let why = "pw:1: not UTF-8";
    refused("pw", b"caf\xe9\n", &["--password-file", "pw"], why);
}

#[test]
fn byte_order_marks_are_skipped() {
    let redis = Redis::with().password("pw").start();
    put(&redis, "q", "a", State::Pending);
    let ls = |name: &str, text: &str| {
        let url = format!("redis://127.0.0.1:{}", redis.port());
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .file(name, format!("\u{feff}{}", text.replace("URL", &url)))
            .file("pw", "\u{feff}pw\r\n")
            .args(["ls", "-o", "id", "--config", name])
            .stdout("q\n")
            .run();
    };
    ls(
        "q.toml",
        "redis = { url = \"URL\", password_file = \"pw\" }\n",
    );
    ls("q.yaml", "redis: {url: URL, password_file: pw}\n");
}

/// Ids of a pipe, and the text of a task; a payload keeps it.
#[test]
fn byte_order_marks_are_skipped_in_what_people_write() {
    let redis = Redis::start();
    for id in ["a", "b"] {
        put(&redis, "q", id, State::Pending);
    }
    qctl(&redis, "inspect - -o id")
        .stdin("\u{feff}a\r\nb\n")
        .stdout("a\nb\n")
        .run();
    let text = "\u{feff}queue: q\nmax-retry: 7\ntimeout: 30m\ndeadline: none\nretention: none\npayload: text\nx\n";
    qctl(&redis, "edit a --from -")
        .stdin(text)
        .stdout("edited 1 task\n")
        .run();
    qctl(&redis, "edit b --payload -")
        .stdin("\u{feff}x")
        .stdout("edited 1 task\n")
        .run();
    for (id, payload) in [("a", "x"), ("b", "\u{feff}x")] {
        qctl(&redis, &format!("inspect {id} --raw"))
            .stdout(payload)
            .run();
    }
}

#[test]
fn a_placeholder_beside_sentinels_is_not_sent_as_it_is() {
    for key in ["master = \"${M}\"", "master = \"m\"\nuser = \"${U}\""] {
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .file("q.toml", format!("[redis]\nsentinels = [\"h:1\"]\n{key}\n"))
            .args(["ls", "--config", "q.toml"])
            .status(2)
            .stderr("error: redis.master and redis.user are taken as they are: a placeholder such as ${NAME} is not expanded\n")
            .run();
    }
}

#[test]
fn a_file_without_an_end_is_refused() {
    Qctl::alone()
        .args(["ls", "--config", "/dev/zero"])
        .status(2)
        .stderr(
            "error: cannot read the configuration file \"/dev/zero\" (it is longer than 64 MiB)\n",
        )
        .run();
}

/// An application's own file is read for its `asynq` section alone: whatever else it has may be anything.
#[test]
fn a_file_of_an_application_is_read_for_its_asynq_section() {
    let redis = named("q");
    let yaml = "server: {port: 8080}\nredis: {addr: 'localhost:1', password: hunter2}\nworker: 7\nasynq:\n  concurrency: 10\n";
    let ls = || qctl(&redis, "ls -o id --config app.yaml").file("app.yaml", yaml);
    ls().stdout("q\n")
        .stderr("app.yaml: only its section asynq is read, not server, redis, worker; name the Redis with --redis or QCTL_REDIS\n")
        .run();
    ls().arg("--quiet").stdout("q\n").run();
    // This stops a worker, and no other command.
    let wrong = yaml.replace("concurrency", "concurency");
    qctl(&redis, "work --quiet --config app.yaml")
        .file("app.yaml", wrong)
        .status(2)
        .stderr("error: app.yaml:5: unknown key \"concurency\", did you mean \"concurrency\"?\n")
        .run();
}
