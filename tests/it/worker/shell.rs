//! The contract of a command: what it gets, what becomes of what it says, what is left of it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use qctl::task::Message;
use qctl::task::transition::{Failure, Verdict};
use qctl::worker::{ExitCodes, Handler as _, Program, Shell, StopReason, Stopper};

use rustix::process::getpgid;

use super::stage::{Stage, attempt, ends, lives};

fn failed(error: &str, verdict: Verdict) -> Result<Vec<u8>, Failure> {
    Err(Failure::new(error.to_owned(), verdict))
}

fn payload(payload: impl Into<Vec<u8>>) -> Message {
    Message {
        payload: payload.into(),
        ..Message::default()
    }
}

#[tokio::test]
async fn the_payload_arrives_to_the_byte() {
    let stage = Stage::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(900_000).collect();
    for exact in [b"".as_slice(), b"\n", b"\n\nx", b"no newline", &bytes] {
        let result = stage.run("cat", payload(exact)).await.unwrap();
        assert!(result == exact, "{} bytes differ", exact.len());
    }
    let large = vec![b'x'; 10_000_000];
    let result = stage.run("wc -c", payload(large)).await.unwrap();
    assert_eq!(result.trim_ascii(), b"10000000");
}

#[tokio::test]
async fn an_unread_payload_is_no_failure() {
    let stage = Stage::new();
    let result = stage
        .run("echo done", payload(vec![b'x'; 10_000_000]))
        .await;
    assert_eq!(result.unwrap(), b"done\n");
    let result = stage
        .run("head -c 1", payload(vec![b'x'; 10_000_000]))
        .await;
    assert_eq!(result.unwrap(), b"x");
}

#[tokio::test]
async fn the_environment_holds_the_task_and_none_of_the_workers_secrets() {
    let stage = Stage::new();
    let message = Message {
        id: "t 1".into(),
        kind: "email:send".into(),
        queue: "low".into(),
        retried: 1,
        max_retry: 3,
        group: "$(touch /tmp/never)".into(),
        headers: [("trace".to_owned(), "a\nb".to_owned())].into(),
        ..Message::default()
    };
    let result = stage.run("env | grep ^QCTL_TASK_ | sort", message).await;
    let expected = "\
QCTL_TASK_DEADLINE=2023-11-14T22:13:20Z
QCTL_TASK_GROUP=$(touch /tmp/never)
QCTL_TASK_HEADERS={\"trace\":\"a\\nb\"}
QCTL_TASK_ID=t 1
QCTL_TASK_MAX_RETRY=3
QCTL_TASK_QUEUE=low
QCTL_TASK_RETRIED=1
QCTL_TASK_TYPE=email:send
";
    assert_eq!(String::from_utf8(result.unwrap()).unwrap(), expected);
}

#[tokio::test]
async fn what_an_environment_cannot_carry_is_given_up() {
    let stage = Stage::new();
    let nul = Message {
        id: "a\0b".into(),
        ..Message::default()
    };
    let error = "QCTL_TASK_ID contains a NUL byte, which no environment variable can";
    assert_eq!(stage.run("true", nul).await, failed(error, Verdict::GiveUp));
    let huge = Message {
        headers: [("h".to_owned(), "x".repeat(8_000_000))].into(),
        ..Message::default()
    };
    let error =
        "QCTL_TASK_HEADERS is 8000008 bytes long, too large for the environment of a command";
    assert_eq!(
        stage.run("true", huge).await,
        failed(error, Verdict::GiveUp)
    );
    // The same of the worker's own doing is not the fault of the task.
    let long = "x".repeat(8_000_000);
    let failure = stage.exec(&["printf", &long]).await.unwrap_err();
    assert_eq!(failure.verdict, Verdict::Release);
    let error = "the handler cannot start: argument 1 of the program is 8000001 bytes long, ";
    assert!(failure.error.starts_with(error), "{}", failure.error);
    assert_eq!(stage.just("echo fine").await.unwrap(), b"fine\n");
}

#[tokio::test]
async fn the_exit_status_decides() {
    let stage = Stage::new();
    let table = [
        ("exit 3", "exit status 3", Verdict::Retry),
        (
            "echo ' boom '>&2; exit 1",
            "exit status 1: boom",
            Verdict::Retry,
        ),
        ("echo ignored; exit 65", "exit status 65", Verdict::GiveUp),
        ("exit 75", "exit status 75", Verdict::Release),
        ("kill -9 $$", "killed by signal 9 (SIGKILL)", Verdict::Retry),
        (
            "kill -SEGV $$",
            "killed by signal 11 (SIGSEGV)",
            Verdict::Retry,
        ),
        (
            "printf 'Traceback\\nValueError: \\377\\n' >&2; exit 1",
            "exit status 1: ValueError: \u{fffd}\nTraceback\nValueError: \u{fffd}",
            Verdict::Retry,
        ),
    ];
    for (line, error, verdict) in table {
        assert_eq!(stage.just(line).await, failed(error, verdict), "{line}");
    }
    let shell = Shell {
        exit_codes: ExitCodes::default().with(3, Verdict::GiveUp),
        ..stage.shell(Program::Run("exit 3".into()))
    };
    let (_stopper, stop) = Stopper::new();
    let result = shell.run(&attempt(Message::default()), stop).await;
    assert_eq!(
        result.unwrap_err(),
        failed("exit status 3", Verdict::GiveUp).unwrap_err()
    );
}

#[tokio::test]
async fn a_program_that_cannot_run_is_named() {
    let stage = Stage::new();
    let plain = stage.path("plain");
    std::fs::write(&plain, "no program").unwrap();
    let plain = plain.display().to_string();
    assert_eq!(
        stage.exec(&["./missing"]).await,
        failed(
            "the handler cannot start: ./missing not found (or the interpreter in its first line)",
            Verdict::Release
        )
    );
    assert_eq!(
        stage.exec(&[&plain]).await,
        failed(
            &format!("the handler cannot start: {plain} is not executable"),
            Verdict::Release
        )
    );
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&plain, executable).unwrap();
    let error = stage.exec(&[&plain]).await.unwrap_err().error;
    assert!(error.starts_with("the handler cannot start: "), "{error}");

    let error = stage.just("./missing").await.unwrap_err().error;
    assert!(
        error.starts_with("exit status 127: ") && error.contains("./missing"),
        "{error}"
    );
}

#[tokio::test]
async fn words_of_a_program_are_not_for_a_shell() {
    let stage = Stage::new();
    let result = stage.exec(&["printf", "%s|", "a b", "$HOME", "*"]).await;
    assert_eq!(result.unwrap(), b"a b|$HOME|*|");
}

#[tokio::test]
async fn endless_output_neither_fills_memory_nor_blocks() {
    let stage = Stage::new();
    let line = "head -c 1000000000 /dev/zero >&2 & head -c 1000000000 /dev/zero; wait";
    assert_eq!(stage.just(line).await.unwrap(), b"1000000000 bytes");
    let line = "head -c 100000000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1";
    let error = stage.just(line).await.unwrap_err().error;
    assert!(error.starts_with("exit status 1: …xxx") && error.ends_with("xthe end"));
    assert!(error.len() < 4096);
}

#[tokio::test]
async fn results_are_kept_up_to_a_limit_and_never_cut() {
    let stage = Stage::new();
    let print = |bytes: usize| format!("head -c {bytes} /dev/zero");
    let kept = stage.just(&print(1024 * 1024)).await.unwrap();
    assert_eq!(kept.len(), 1024 * 1024);
    let dropped = stage.just(&print(1024 * 1024 + 1)).await.unwrap();
    assert_eq!(dropped, b"1048577 bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_command_leads_its_own_group() {
    let stage = Stage::new();
    let (stopper, stop) = Stopper::new();
    let line = format!(
        "sleep 600 & {}; {}; wait",
        stage.note("$!", "child"),
        stage.note("$$", "leader")
    );
    let attempt = stage.start(&line, stop);
    let (leader, child) = (stage.noted("leader"), stage.noted("child"));
    assert_eq!(getpgid(Some(leader)), Ok(leader));
    assert_eq!(getpgid(Some(child)), Ok(leader));
    stopper.stop(StopReason::Cancelled);
    attempt.await.unwrap().unwrap_err();
    // Idioms of scripts that mean their own group reach it, and nobody else.
    for idiom in ["kill 0", "kill -TERM -$$"] {
        let error = stage.just(&format!("{idiom}; sleep 60")).await;
        let error = error.unwrap_err().error;
        assert_eq!(error, "killed by signal 15 (SIGTERM)");
    }
}

#[tokio::test]
async fn nothing_in_the_group_outlives_the_attempt() {
    let stage = Stage::new();
    // The one in the background keeps the output open, which must not keep the attempt waiting.
    let line = format!(
        "sleep 600 & {}; (sleep 600 & {}); echo done",
        stage.note("$!", "child"),
        stage.note("$!", "grandchild")
    );
    let begin = Instant::now();
    assert_eq!(stage.just(&line).await.unwrap(), b"done\n");
    assert!(begin.elapsed() < Duration::from_secs(60));
    for name in ["child", "grandchild"] {
        if cfg!(target_os = "linux") {
            assert!(!lives(stage.noted(name)), "{name}");
        }
        ends(stage.noted(name));
    }
}

/// Until it ends by itself, it holds the output open, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[cfg(target_os = "linux")]
async fn a_process_that_left_its_group_ends_with_its_attempt_and_not_with_another() {
    let stage = Stage::new();
    let (_stopper, stop) = Stopper::new();
    let stray = |name: &str| {
        let path = stage.path(name).display().to_string();
        format!(
            "setsid sh -c 'echo $$ > {path}; exec sleep 600' & while [ ! -s {path} ]; do sleep 0.01; done"
        )
    };
    let other = stage.start(&format!("{}; exec sleep 600", stray("other")), stop);
    let others_stray = stage.noted("other");
    let mut quickest = Duration::MAX;
    for round in 0..3 {
        let name = format!("stray{round}");
        let line = format!("{}; echo done", stray(&name));
        let begin = Instant::now();
        assert_eq!(stage.just(&line).await.unwrap(), b"done\n");
        quickest = quickest.min(begin.elapsed());
        assert!(!lives(stage.noted(&name)));
    }
    // Less than the worker waits for output that goes on, which it would do in each round.
    assert!(quickest < Duration::from_millis(900), "{quickest:?}");
    assert!(lives(others_stray));
    other.abort();
    ends(others_stray);
}

/// It cannot be told which command such a process is of.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn one_that_also_cleared_its_environment_ends_with_the_last_command() {
    let stage = Stage::new();
    let path = stage.path("stray").display().to_string();
    let line = format!(
        "env -i setsid sh -c 'echo $$ > {path}; exec sleep 600' >/dev/null 2>&1 & \
         while [ ! -s {path} ]; do sleep 0.01; done"
    );
    stage.just(&line).await.unwrap();
    ends(stage.noted("stray"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stop_is_term_first_and_kill_after_the_grace() {
    let stage = Stage::new();
    for (name, trap, error) in [
        ("plain", "", "stopped, killed by signal 15 (SIGTERM)"),
        ("polite", "trap 'exit 65' TERM", "stopped, exit status 65"),
        ("done", "trap 'exit 0' TERM", "stopped, exit status 0"),
        (
            "deaf",
            "trap '' TERM",
            "stopped, killed by signal 9 (SIGKILL)",
        ),
    ] {
        let (stopper, stop) = Stopper::new();
        let line = format!(
            "{trap}\nsleep 600 & {}; {}; while :; do wait; done",
            stage.note("$!", &format!("{name}-child")),
            stage.note("$$", name)
        );
        let attempt = stage.start(&line, stop);
        let leader = stage.noted(name);
        stopper.stop(StopReason::Cancelled);
        let failure = attempt.await.unwrap().unwrap_err();
        assert_eq!(failure.error, error);
        let archived = name == "polite";
        assert_eq!(failure.verdict == Verdict::GiveUp, archived, "{name}");
        ends(leader);
        ends(stage.noted(&format!("{name}-child")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dropped_attempt_is_killed_at_once() {
    let stage = Stage::new();
    let (_stopper, stop) = Stopper::new();
    let line = format!(
        "trap '' TERM; sleep 600 & {}; {}; while :; do wait; done",
        stage.note("$!", "child"),
        stage.note("$$", "leader")
    );
    let attempt = stage.start(&line, stop);
    let (leader, child) = (stage.noted("leader"), stage.noted("child"));
    assert!(lives(leader) && lives(child));
    attempt.abort();
    ends(leader);
    ends(child);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_attempt_dropped_while_it_starts_leaves_nothing() {
    let stage = Stage::new();
    for round in 0..50 {
        let (_stopper, stop) = Stopper::new();
        let name = round.to_string();
        let line = format!("{}; exec sleep 600", stage.note("$$", &name));
        let attempt = stage.start(&line, stop);
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        attempt.abort();
        assert!(attempt.await.unwrap_err().is_cancelled());
    }
    // Requests are served in order: those who have noted themselves were killed before this one ran.
    stage.just("true").await.unwrap();
    let noted = (0..50).filter(|round| stage.path(&round.to_string()).exists());
    for round in noted {
        let text = std::fs::read_to_string(stage.path(&round.to_string())).unwrap();
        if !text.is_empty() {
            ends(stage.noted(&round.to_string()));
        }
    }
}
