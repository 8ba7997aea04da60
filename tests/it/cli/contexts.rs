//! `qctl context`, and connections by name.

use std::path::Path;

use qctl::task::State;
use tempfile::TempDir;

use super::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;

/// The settings of a user in a folder of their own.
struct User(TempDir);

impl User {
    fn new() -> Self {
        Self(TempDir::with_prefix("qctl-contexts-").unwrap())
    }

    /// A command of this user, who has named no Redis.
    fn command(&self, words: &str) -> Qctl {
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .env("XDG_CONFIG_HOME", self.0.path())
            .args(words.split_whitespace())
    }

    #[track_caller]
    fn succeeds(&self, words: &str) -> Output {
        self.command(words).run_unchecked().expect_code(0)
    }

    /// Stores this Redis.
    #[track_caller]
    fn adds(&self, name: &str, redis: &Redis, options: &str) {
        self.succeeds(&format!("context add {name} {} {options}", redis.url()));
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("qctl/contexts.toml")
    }
}

#[test]
fn a_context_is_used_when_it_is_named_or_current() {
    let (user, one, two) = (User::new(), Redis::start(), Redis::start());
    put(&one, "one", "a", State::Pending);
    put(&two, "two", "b", State::Pending);
    user.adds("first", &one, "");
    user.adds("second", &two, "");
    user.succeeds("context use first");
    let queues = |words: &str| user.succeeds(words).stdout_str().to_owned();
    assert_eq!(queues("ls -o id"), "one\n");
    assert_eq!(queues("ls -o id --context second"), "two\n");
    let named = user.command("ls -o id").env("QCTL_CONTEXT", "second");
    assert_eq!(named.run_unchecked().expect_code(0).stdout_str(), "two\n");
    let elsewhere = user
        .command("context use first")
        .env("QCTL_REDIS", two.url());
    let warned = elsewhere.run_unchecked().expect_code(0);
    assert!(
        warned
            .stderr_str()
            .contains("warning: QCTL_REDIS names a Redis too and wins over the current context"),
        "{}",
        warned.stderr_str()
    );
    // A URL says more than the current context, and what is typed more than a variable.
    assert_eq!(queues(&format!("ls -o id --redis {}", two.url())), "two\n");
    let both = user
        .command("ls -o id --context second")
        .env("QCTL_REDIS", one.url());
    assert_eq!(both.run_unchecked().expect_code(0).stdout_str(), "two\n");
    user.succeeds("context use --none");
    user.command("ls").run_unchecked().expect_code(5);
}

#[test]
fn two_connections_at_once_are_refused() {
    let (user, redis) = (User::new(), Redis::start());
    user.adds("first", &redis, "");
    for command in [
        user.command("ls --context first --redis redis://127.0.0.1:1"),
        user.command("ls")
            .env("QCTL_CONTEXT", "first")
            .env("QCTL_REDIS", "redis://127.0.0.1:1"),
    ] {
        let refused = command.run_unchecked().expect_code(2);
        assert!(
            refused
                .stderr_str()
                .contains("name two connections: keep one of them")
        );
    }
}

#[test]
fn programs_that_go_on_use_a_context_only_if_it_is_named() {
    let (user, redis) = (User::new(), Redis::start());
    put(&redis, "default", "a", State::Pending);
    user.adds("first", &redis, "");
    user.succeeds("context use first");
    let work = "work --burst --discard * --redis-timeout 1s";
    user.command(work).run_unchecked().expect_code(5);
    user.succeeds(&format!("{work} --context first"));
    let dev = user.command("dev --context first -- true");
    dev.status(2)
        .stderr("error: dev starts a Redis of its own, so --context has no effect\nhint: leave out --context\n")
        .run();
}

#[test]
fn changes_in_a_protected_context_need_its_name() {
    let (user, redis) = (User::new(), Redis::start());
    put(&redis, "q", "a", State::Archived);
    user.adds("production", &redis, "--protected");
    for words in [
        "delete a --yes",
        "enqueue t",
        "pause q",
        "delete a --yes --confirm other",
    ] {
        let refused = user.command(&format!("{words} --context production"));
        let refused = refused.run_unchecked().expect_code(2);
        assert!(
            refused
                .stderr_str()
                .contains("the context \"production\" is protected, and nothing was changed"),
            "{}",
            refused.stderr_str()
        );
    }
    assert_eq!(
        user.succeeds("ls q -o id --context production")
            .stdout_str(),
        "a\n"
    );
    user.succeeds("delete a --dry-run --context production");
    user.succeeds("delete a --yes --context production --confirm production");
    user.command("ls q -o id --context production")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        user.succeeds("ls q -o id --context production")
            .stdout_str(),
        ""
    );
}

#[test]
fn nothing_changes_in_a_read_only_context() {
    let (user, redis) = (User::new(), Redis::start());
    user.adds("mirror", &redis, "--read-only");
    user.command("enqueue t --context mirror")
        .run_unchecked()
        .expect_code(4);
    user.succeeds("stats --context mirror");
}

#[test]
fn passwords_come_from_variables_and_files() {
    let user = User::new();
    let secret = "p@ss:w/rd%";
    let redis = Redis::with()
        .config(&format!("requirepass {secret}"))
        .start();
    let host = format!("127.0.0.1:{}", redis.port());
    let add = |arguments: &[&str]| user.command("context add").args(arguments);
    let url = format!("redis://:${{SECRET}}@{host}");
    add(&["by-variable", &url]).run_unchecked().expect_code(0);
    let ping = user.command("stats --context by-variable");
    ping.env("SECRET", secret).run_unchecked().expect_code(0);
    let unset = user
        .command("stats --context by-variable")
        .run_unchecked()
        .expect_code(2);
    assert!(
        unset
            .stderr_str()
            .contains("the variable SECRET, which the context names, is not set")
    );
    let password = user.0.path().join("password");
    std::fs::write(&password, secret).unwrap();
    let url = format!("redis://{host}");
    let by_file = add(&["by-file", &url, "--password-file"]).arg(&password);
    by_file.run_unchecked().expect_code(0);
    user.succeeds("stats --context by-file");
    // The password of another server, in a variable, is not sent to this one.
    let other = user
        .command("stats --context by-file")
        .env("QCTL_PASSWORD_FILE", "/nowhere");
    other.run_unchecked().expect_code(0);
    for url in [
        format!("redis://:secret@{host}"),
        "redis://:secret@${HOST}".to_owned(),
    ] {
        let refused = add(&["plain", &url]);
        let refused = refused.run_unchecked().expect_code(2);
        assert!(
            refused
                .stderr_str()
                .contains("a context does not store a password")
        );
        assert!(!refused.stderr_str().contains("secret@"));
    }
}

#[test]
fn the_file_keeps_what_people_write_into_it() {
    let (user, redis) = (User::new(), Redis::start());
    user.adds("a", &redis, "");
    assert_eq!(mode(&user.file()), 0o600);
    let text = std::fs::read_to_string(user.file()).unwrap();
    let text = format!("# ours\n{text}\n# also ours\n[contexts.'b c']\nurl = 'redis://b' # here\n");
    std::fs::write(user.file(), text).unwrap();
    user.command("context use")
        .arg("b c")
        .run_unchecked()
        .expect_code(0);
    user.succeeds("context rm a");
    let text = std::fs::read_to_string(user.file()).unwrap();
    for kept in [
        "# ours",
        "# also ours",
        "current = \"b c\"",
        "url = 'redis://b' # here",
    ] {
        assert!(text.contains(kept), "{text}");
    }
    assert!(!text.contains("contexts.\"a\""), "{text}");
    user.command("context ls")
        .stdout("NAME  CURRENT  URL        CHANGES\nb c   yes      redis://b  -\n")
        .run();
}

/// A context with every key that has no URL.
const WITH_SENTINELS: &str = "
        [contexts.b]
        sentinels = ['s1:26379', 's2:26379']
        master = 'm'
        user = 'u'
        db = 3
        tls = true
        password_file = '/b.pw'
        sentinel_tls = false
        sentinel_user = 'su'
        sentinel_password = 'hunter2'
        tls_ca = '/ca.pem'
        tls_cert = '/cert.pem'
        tls_key = '/key.pem'
        tls_server_name = 'n'
        insecure = true
        protected = true
        ";

/// How it is shown as the current context.
const SHOWN: &str = "
            Name:                b
            Current:             yes
            Changes:             protected
            Password file:       /b.pw
            Sentinels:           s1:26379, s2:26379
            Primary:             m
            User:                u
            Database:            3
            TLS:                 yes
            Sentinel TLS:        no
            Sentinel user:       su
            Sentinel password:   ***
            CA certificates:     /ca.pem
            Client certificate:  /cert.pem
            Client key:          /key.pem
            Server name:         n
            Any certificate:     accepted
            ";

/// What is in the file is shown, whatever it is, but no secret.
#[test]
fn a_context_is_shown_with_all_its_keys() {
    let user = User::new();
    let password = user.0.path().join("a.pw");
    std::fs::write(&password, "hunter2").unwrap();
    user.command("context add a redis://app@a:1/2 --redis-timeout 3s --password-file")
        .arg(&password)
        .stdout(&format!(
            "Name:           a\n\
             URL:            redis://app@a:1/2\n\
             Password file:  {}\n\
             Timeout:        3s\n",
            password.display()
        ))
        .run();
    let text = std::fs::read_to_string(user.file()).unwrap();
    std::fs::write(user.file(), text + WITH_SENTINELS).unwrap();
    user.succeeds("context use b");
    user.command("context show").stdout(SHOWN).run();
    let shown = user.succeeds("context show b --json");
    assert!(!shown.stdout_str().contains("hunter2"));
    let shown = shown.json();
    assert_eq!(shown["sentinels"][1], "s2:26379");
    assert_eq!(shown["sentinel_password"], "***");
    let listed = user.succeeds("context ls -o wide");
    assert!(
        listed
            .stdout_str()
            .contains("redis-sentinel://s1:26379,s2:26379")
    );
    assert!(listed.stdout_str().contains("/a.pw"));
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_a_context_cannot_be_is_an_error() {
    let (user, redis) = (User::new(), Redis::start());
    user.adds("a", &redis, "");
    user.command("stats --context b")
        .status(3)
        .stderr("error: there is no context \"b\"\nhint: contexts are a\n")
        .run();
    user.command("context add a redis://other")
        .status(6)
        .stderr("error: there is a context \"a\" already\nhint: add --replace\n")
        .run();
    user.succeeds("context add a redis://other --replace");
    let shown = user.succeeds("context show a --json").json();
    assert_eq!(shown["url"], "redis://other");
    user.command("context add b http://other")
        .run_unchecked()
        .expect_code(2);
    user.command("context rm b").run_unchecked().expect_code(3);
    user.command("context show").run_unchecked().expect_code(3);
    std::fs::write(user.file(), "[contexts.a]\nprotected = true\n").unwrap();
    let empty = user
        .command("stats --context a")
        .run_unchecked()
        .expect_code(2);
    assert!(
        empty
            .stderr_str()
            .contains("the context \"a\" has neither url nor sentinels")
    );
    std::fs::write(user.file(), "[contexts.a]\nurll = 'x'\n").unwrap();
    let wrong = user
        .command("stats --context a")
        .run_unchecked()
        .expect_code(2);
    assert!(
        wrong.stderr_str().contains("contexts.toml:2: "),
        "{}",
        wrong.stderr_str()
    );
}

#[test]
fn variables_of_another_server_do_not_reach_a_context_that_is_typed() {
    let (user, redis) = (User::new(), Redis::start());
    user.adds("here", &redis, "");
    let beside = |name: &str, value: &str| user.command("stats --context here").env(name, value);
    for (name, value) in [
        ("QCTL_REDIS", "redis://127.0.0.1:1"),
        ("QCTL_CONTEXT", "elsewhere"),
        ("QCTL_SENTINEL_USER", "someone"),
        ("QCTL_SENTINEL_PASSWORD", "secret"),
        ("QCTL_TLS_CA", "/nowhere"),
    ] {
        beside(name, value).run_unchecked().expect_code(0);
    }
}
