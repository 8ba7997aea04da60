//! `qctl work` with commands that misbehave, from the enqueued task to what is left of it.

use std::time::{Duration, Instant};

use qctl::task::{NewTask, State};
use tempfile::TempDir;

use super::shop::{Shop, task, typed};
use crate::harness::qctl::Qctl;
use crate::harness::running::Output;
use crate::harness::{SOON, eventually};

/// Works off what is there with these handlers.
#[track_caller]
fn work_off(shop: &Shop, handlers: &[&str]) -> Output {
    handlers
        .iter()
        .fold(
            Qctl::new(&shop.redis).args(["work", "--burst"]),
            |qctl, handler| qctl.args(["--handle", handler]),
        )
        .run_unchecked()
        .expect_code(0)
}

#[track_caller]
fn error_of(shop: &Shop, text: &str, state: State) -> String {
    shop.reaches(text, state).message.unwrap().last_error
}

#[test]
fn exit_statuses_decide_the_outcome() {
    let shop = Shop::open();
    for (kind, code) in [("done", 0), ("data", 65), ("later", 75), ("bad", 3)] {
        shop.enqueue(
            &NewTask {
                payload: Some(code.to_string().into_bytes()),
                ..typed(kind, kind)
            }
            .with(|options| options.retention = Duration::from_secs(60)),
        );
    }
    work_off(
        &shop,
        &["*=read -r code; echo out; echo err >&2; exit $code"],
    );
    let done = shop.reaches("done", State::Completed);
    assert_eq!(done.result.as_deref(), Some(b"out\n".as_slice()));
    assert_eq!(
        error_of(&shop, "data", State::Archived),
        "exit status 65: err"
    );
    assert_eq!(
        error_of(&shop, "later", State::Retry),
        "exit status 75: err"
    );
    assert_eq!(error_of(&shop, "bad", State::Retry), "exit status 3: err");
    let retried = |text| shop.find(text).unwrap().message.unwrap().retried;
    assert_eq!((retried("later"), retried("bad")), (0, 1));
    assert_eq!(shop.counters(), (3, 2));
}

#[test]
fn a_signal_ends_a_command_and_not_the_worker() {
    let shop = Shop::open();
    shop.enqueue(&typed("suicide", "one"));
    shop.enqueue(&typed("fine", "two"));
    work_off(&shop, &["suicide=kill -SEGV $$", "fine=true"]);
    let error = error_of(&shop, "one", State::Retry);
    assert_eq!(error, "killed by signal 11 (SIGSEGV)");
    assert_eq!(shop.state("two"), None);
}

#[test]
fn commands_that_cannot_run_are_failures_with_a_reason() {
    let shop = Shop::open();
    for kind in ["missing", "forbidden"] {
        shop.enqueue(&typed(kind, kind));
    }
    work_off(&shop, &["missing=./no-such-program", "forbidden=/"]);
    let missing = error_of(&shop, "missing", State::Retry);
    assert!(missing.starts_with("exit status 127: "), "{missing}");
    let forbidden = error_of(&shop, "forbidden", State::Retry);
    assert!(forbidden.starts_with("exit status 126: "), "{forbidden}");
}

/// Ten gigabytes would take a minute; what is not bounded shows at a tenth of a one.
#[test]
fn endless_output_costs_no_memory() {
    let shop = Shop::open();
    shop.enqueue(&task("one").with(|options| options.retention = Duration::from_secs(60)));
    let flood = "t=yes stdout | head -c 150000000; yes stderr | head -c 150000000 >&2; touch end; sleep 1000";
    let folder = TempDir::new().unwrap();
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--handle", flood, "--shutdown-timeout", "0s"])
        .cwd(folder.path())
        .spawn();
    eventually(SOON, || folder.path().join("end").exists().then_some(()));
    let peak = worker.peak_memory();
    assert!(peak < 100_000, "{peak} kB");
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

#[test]
fn a_command_that_ignores_term_is_killed_with_its_children() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue(&task("one"));
    let config = "
        [handlers.t]
        run = 'trap \"\" TERM; sh -c \"trap : TERM; while :; do sleep 0.05; touch alive; done\" & sleep 1000'
        timeout = '300ms'
        grace = '100ms'
        retry = { backoff = 'constant', min = '1h' }
    ";
    let started = Instant::now();
    let qctl = Qctl::new(&shop.redis).args(["work", "--burst"]);
    let config_file = folder.path().join("qctl.toml");
    std::fs::write(&config_file, config).unwrap();
    qctl.env("QCTL_CONFIG", &config_file)
        .cwd(folder.path())
        .run_unchecked()
        .expect_code(0);
    assert!(started.elapsed() < Duration::from_secs(10));
    let error = error_of(&shop, "one", State::Retry);
    assert_eq!(error, "timed out after 300ms");
    // The child is gone as well: nobody makes the file again.
    let alive = folder.path().join("alive");
    std::fs::remove_file(&alive).unwrap();
    let looked = Instant::now();
    eventually(SOON, || {
        assert!(!alive.exists(), "a child lives on");
        (looked.elapsed() > Duration::from_millis(300)).then_some(())
    });
}

#[test]
fn a_cancelled_command_gets_term_and_its_task_is_retried() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue(&task("one"));
    let handler = "t=trap 'touch termed; exit 1' TERM; touch started; while :; do sleep 0.02; done";
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--handle", handler])
        .cwd(folder.path())
        .spawn();
    eventually(SOON, || {
        folder.path().join("started").exists().then_some(())
    });
    eventually(SOON, || {
        let cancel = Qctl::new(&shop.redis).args(["cancel", "one"]);
        let output = cancel.run_unchecked().expect_code(0);
        output.stderr_str().is_empty().then_some(())
    });
    assert_eq!(error_of(&shop, "one", State::Retry), "cancelled");
    assert!(folder.path().join("termed").exists());
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

#[test]
fn numbers_that_make_no_sense_are_refused_before_anything_runs() {
    for (config, said) in [
        ("[worker]\nconcurrency = 4000000000", "concurrency"),
        (
            "[handlers.t]\nrun = 'true'\nconcurrency = 4000000000",
            "concurrency",
        ),
        ("[handlers.t]\nrun = 'true'\ntimeout = '0s'", "timeout"),
        ("[handlers.t]\nrun = 'true'\nretry = { max = -1 }", "retry"),
    ] {
        let shown = Qctl::alone()
            .file("qctl.toml", config)
            .args(["work", "--check", "--handle", "u=true"])
            .run_unchecked()
            .expect_code(2);
        assert!(shown.stderr_str().contains(said), "{}", shown.stderr_str());
    }
}
