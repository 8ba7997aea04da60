//! How Redis is reached, and what is said when it is not, or is unwell.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use qctl::task::State;

use super::{put, qctl, state};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Lists queues at an address, of which there must be the one that the test made.
fn reaches(url: &str) {
    Qctl::at(url).args(["ls", "-o", "id"]).stdout("q\n").run();
}

#[test]
fn urls_of_every_form_reach_the_server() {
    let redis = Redis::with()
        .config("user app on >pa/ss:w@rd ~* &* +@all")
        .start();
    put(&redis, "q", "a", State::Pending);
    let (port, socket) = (redis.port(), redis.socket());
    let socket = socket.display();
    for url in [
        format!("redis://127.0.0.1:{port}"),
        format!("redis://localhost:{port}/0"),
        format!("  redis://127.0.0.1:{port}/?db=0\n"),
        format!("redis://app:pa%2Fss%3Aw%40rd@127.0.0.1:{port}"),
        format!("redis+unix://{socket}"),
        format!("unix://{socket}?db=0"),
        format!("redis-socket://{socket}"),
        format!("redis+unix://app:pa%2Fss%3Aw%40rd@{socket}"),
    ] {
        reaches(&url);
    }
    reaches(&format!("127.0.0.1:{port}"));
    reaches(&format!("redis://127.0.0.1:{port}?database=0"));
    // Another database is another world.
    Qctl::at(&format!("redis://127.0.0.1:{port}/1"))
        .args(["ls", "-o", "id"])
        .run();
    Qctl::at(&format!("unix://{socket}?db=1"))
        .args(["ls", "-o", "id"])
        .run();
    Qctl::at(&format!("redis://127.0.0.1:{port}/16"))
        .arg("ls")
        .status(2)
        .stderr(&format!(
            "error: Redis at redis://127.0.0.1:{port}/16 has no such database\n\
             hint: Redis has the databases 0–15, unless it is configured otherwise\n"
        ))
        .run();
}

#[test]
fn a_url_that_is_not_understood_is_refused_and_names_its_place() {
    let said = "the user or the password contains a raw '#'\n\
                hint: percent-encode it: %23 for #, %2F for /, %3F for ?, %40 for @; or use --password-file\n";
    let url = "redis://user:hunter2#@localhost";
    let run = || Qctl::alone().env_remove("QCTL_REDIS").arg("ls").status(2);
    run()
        .args(["--redis", url])
        .stderr(&format!("error: --redis: {said}"))
        .run();
    for name in ["QCTL_REDIS", "REDIS_URL"] {
        run()
            .env(name, url)
            .stderr(&format!("error: {name}: {said}"))
            .run();
    }
    run()
        .file("qctl.toml", format!("[redis]\nurl = {url:?}\n"))
        .stderr(&format!("error: qctl.toml:2: redis.url: {said}"))
        .run();
    run()
        .file("qctl.toml", "[redis]\nurl = \"redis://${HOST}\"\n")
        .stderr(
            "
            error: qctl.toml:2: redis.url: the URL contains a placeholder such as ${NAME}, which is not expanded
            hint: write the value, or set QCTL_REDIS in the environment
            ",
        )
        .run();
}

#[test]
fn a_user_without_a_password_needs_one_from_a_file() {
    let redis = Redis::with()
        .config("user app on >secret ~* &* +@all")
        .start();
    put(&redis, "q", "a", State::Pending);
    let url = format!("redis://app@127.0.0.1:{}", redis.port());
    Qctl::at(&url)
        .args(["ls", "-o", "id", "--password-file", "pw"])
        .file("pw", "\u{feff}secret\n")
        .stdout("q\n")
        .run();
    Qctl::at(&url)
        .arg("ls")
        .status(2)
        .stderr(
            "
            error: QCTL_REDIS: the URL has a user without a password
            hint: write redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST, or add --password-file; redis://USER:@HOST for a user without a password
            ",
        )
        .run();
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    Qctl::alone()
        .arg("ls")
        .status(5)
        .stderr(
            "
            error: cannot reach Redis at redis://127.0.0.1:1 (Connection refused (os error 111))
            hint: check --redis or QCTL_REDIS, and that the server is running
            ",
        )
        .run();
    Qctl::at("unix:///nowhere/redis.sock")
        .args(["retry", "a"])
        .status(5)
        .stderr(
            "
            error: cannot reach Redis at redis+unix:///nowhere/redis.sock (No such file or directory (os error 2))
            hint: check --redis or QCTL_REDIS, and that the server is running
            ",
        )
        .run();
}

#[test]
fn a_server_that_does_not_answer_is_given_up_in_time() {
    let redis = Redis::start();
    redis.freeze();
    let start = Instant::now();
    qctl(&redis, "ls --redis-timeout 200ms")
        .status(5)
        .stderr(&format!(
            "error: cannot reach Redis at redis://127.0.0.1:{} (no answer in time)\n\
             hint: check --redis or QCTL_REDIS, and that the server is running\n",
            redis.port()
        ))
        .run();
    // Well below the five seconds of the default; a busy machine is slow, too.
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    redis.thaw();
}

/// A command with this login ends because the server refuses it.
#[track_caller]
fn login_is_refused(redis: &Redis, login: &str, shown: &str, reason: &str) {
    let port = redis.port();
    Qctl::at(&format!("redis://{login}127.0.0.1:{port}"))
        .arg("ls")
        .status(4)
        .stderr(&format!(
            "error: Redis at redis://{shown}127.0.0.1:{port} refuses the login ({reason})\n\
             hint: pass the password with --password-file, and a user in the URL\n",
        ))
        .run();
}

const WRONG_LOGIN: &str = "wrong user name or password, or none is set on the server";

#[test]
fn a_wrong_or_missing_login_is_not_allowed() {
    let redis = Redis::with().password("right").start();
    login_is_refused(&redis, ":wrong@", "", WRONG_LOGIN);
    login_is_refused(&redis, "nobody:wrong@", "nobody@", WRONG_LOGIN);
    login_is_refused(&redis, "", "", "NOAUTH Authentication required.");
    qctl(&redis, "ls").stderr("no queues\n").run();
}

#[test]
fn a_server_without_a_password_refuses_any() {
    login_is_refused(&Redis::start(), ":secret@", "", WRONG_LOGIN);
}

#[test]
fn a_password_comes_from_a_file() {
    let redis = Redis::with().password("from-a-file").start();
    let url = format!("redis://127.0.0.1:{}", redis.port());
    for content in [
        "from-a-file",
        "from-a-file\n",
        "from-a-file\r\n",
        "\u{feff}from-a-file\n",
    ] {
        Qctl::at(&url)
            .args(["ls", "--password-file", "pw"])
            .file("pw", content)
            .stderr("no queues\n")
            .run();
    }
    Qctl::at(&url)
        .arg("ls")
        .env("QCTL_PASSWORD_FILE", "pw")
        .file("pw", "from-a-file\n")
        .stderr("no queues\n")
        .run();
    // The file wins over the URL.
    Qctl::at(&format!("redis://:wrong@127.0.0.1:{}", redis.port()))
        .args(["ls", "--password-file", "pw"])
        .file("pw", "from-a-file")
        .stderr("no queues\n")
        .run();
    Qctl::at(&url)
        .args(["ls", "--password-file", "missing"])
        .status(2)
        .stderr("error: cannot read the password file \"missing\" (No such file or directory (os error 2))\n")
        .run();
    Qctl::at(&url)
        .args(["ls", "--password-file", "pw"])
        .file("pw", "\n")
        .status(2)
        .stderr("error: cannot read the password file \"pw\" (it is empty)\n")
        .run();
    Qctl::at(&url)
        .args(["ls", "--password-file", "pw"])
        .file("pw", b"pass\xe9\n")
        .status(2)
        .stderr("error: pw:1: not UTF-8: save the file as UTF-8\n")
        .run();
}

#[test]
fn what_an_acl_forbids_is_not_allowed() {
    let redis = Redis::with()
        .config("user reader on >pw ~* &* +@read +@connection")
        .config("user watcher on >pw ~* &* +@all -publish -info")
        .start();
    put(&redis, "q", "a", State::Pending);
    let at = |user: &str| Qctl::at(&format!("redis://{user}:pw@127.0.0.1:{}", redis.port()));
    let refused = |run: Qctl, user: &str, what: &str| {
        let output = run.run_unchecked().expect_code(4);
        let said = output.stderr_str();
        let start = format!(
            "error: Redis at redis://{user}@127.0.0.1:{} does not permit this: the user \"{user}\" may not run ",
            redis.port()
        );
        assert!(said.starts_with(&start), "{said}");
        assert!(said.contains(&format!("(ACL: +{what})")), "{said}");
        let hint = "\nhint: an administrator can allow it: ACL SETUSER ";
        assert!(said.contains(hint), "{said}");
        assert!(said.ends_with(&format!(" +{what}\n")), "{said}");
        assert_eq!(output.stdout_str(), "");
    };
    refused(at("reader").args(["ls", "tasks"]), "reader", "evalsha");
    refused(at("reader").args(["enqueue", "t"]), "reader", "sadd");
    assert_eq!(state(&redis, "q", "a").as_deref(), Some("pending"));
    // What is not needed is not missed: the version of the server.
    at("watcher").args(["ls", "-o", "id"]).stdout("q\n").run();
    put(&redis, "q", "b", State::Active);
    refused(at("watcher").args(["cancel", "b"]), "watcher", "publish");
}

#[test]
fn a_replica_takes_no_changes() {
    let primary = Redis::start();
    put(&primary, "q", "a", State::Archived);
    let replica = Redis::with().replica_of(&primary).start();
    eventually(SOON, || state(&replica, "q", "a"));
    qctl(&replica, "ls -o id").stdout("q\n").run();
    for line in ["enqueue t", "retry a", "pause q", "drop q --force --yes"] {
        let output = qctl(&replica, line).run_unchecked().expect_code(4);
        let said = output.stderr_str();
        // Redis 6.2 puts more words before the code of an error in a script.
        assert!(said.contains(" accepts no writes ("), "{line}: {said}");
        assert!(said.contains("READONLY "), "{line}: {said}");
        assert!(
            said.ends_with("\nhint: pass the URL of the primary server\n"),
            "{said}"
        );
    }
}

#[test]
fn a_full_server_is_reported_as_out_of_memory() {
    let redis = Redis::with().config("maxmemory-policy noeviction").start();
    put(&redis, "q", "a", State::Archived);
    redis.cmd(&["CONFIG", "SET", "maxmemory", "1"]);
    let output = qctl(&redis, "enqueue t").run_unchecked().expect_code(1);
    let said = output.stderr_str();
    assert!(said.contains(" is out of memory (OOM "), "{said}");
    assert!(said.contains("\nhint: free memory, for example: qctl delete -s completed -q QUEUE\n"));
    // What the hint says must be possible then.
    let deleted = qctl(&redis, "delete a --yes").run_unchecked();
    let deleted = deleted.expect_code(0);
    assert_eq!(deleted.stdout_str(), "deleted 1 task\n");
    let said = deleted.stderr_str();
    assert!(said.starts_with("the change is not in the audit log (Redis at "));
    assert_eq!(said.lines().count(), 1, "{said}");
}

/// What a Redis says that is up, but too old for the scripts.
fn old_server(listener: &TcpListener) {
    fn answer(client: TcpStream) -> std::io::Result<()> {
        let mut to = client.try_clone()?;
        for line in BufReader::new(client).lines() {
            // Each command ends in its last argument; looking at any line that names one is enough.
            let reply = match line?.to_ascii_uppercase().as_str() {
                "INFO" => "$20\r\nredis_version:6.0.16\r\n",
                "HELLO" => "-ERR unknown command\r\n",
                "SETINFO" => "-ERR unknown subcommand\r\n",
                _ => continue,
            };
            to.write_all(reply.as_bytes())?;
        }
        Ok(())
    }
    for client in listener.incoming() {
        // A client that hangs up is served.
        drop(client.map(answer));
    }
}

#[test]
fn a_server_that_is_too_old_is_named_with_its_version() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || old_server(&listener));
    Qctl::at(&format!("redis://127.0.0.1:{port}"))
        .arg("ls")
        .status(1)
        .stderr(&format!(
            "error: Redis at redis://127.0.0.1:{port} is too old (version 6.0.16, qctl needs 6.2 or later)\n"
        ))
        .run();
}
