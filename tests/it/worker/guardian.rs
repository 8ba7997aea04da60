//! That no command outlives a worker, however it ends.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use qctl::task::transition::Verdict;
use qctl::worker::handlers::guardian::{Guardian, MaxSilence};
use qctl::worker::{StopReason, Stopper};
use rustix::process::{Pid, Signal, kill_process};

use super::stage::{Stage, ends, lives, marked, noted};
use crate::harness::{SOON, eventually, setting};

/// Tells a run of this binary to play the worker, and what to run.
const LINE: &str = "QCTL_TEST_WORKER_RUNS";

/// After how many milliseconds its guardian takes that worker for stopped.
const MAX_SILENCE: &str = "QCTL_TEST_MAX_SILENCE";

/// In the environment of all processes of such a worker.
const MARK: &str = "TEST_MARK";

/// Not a test of its own: the process that the tests below kill.
#[tokio::test]
async fn plays_the_worker_when_told_to() {
    let Some(line) = setting(LINE) else { return };
    let millis = setting(MAX_SILENCE).and_then(|text| text.into_string().ok()?.parse().ok());
    let stage = match millis.map(Duration::from_millis) {
        Some(of_worker) => Stage::with(MaxSilence {
            of_worker,
            of_guardian: of_worker / 2,
        }),
        None => Stage::new(),
    };
    let (_stopper, stop) = Stopper::new();
    let line = line.into_string().unwrap();
    let attempts = (0..3)
        .map(|number| stage.start(&line.replace("NUMBER", &number.to_string()), stop.clone()));
    futures_util::future::join_all(attempts).await;
}

/// Another process with three commands running.
struct Worker {
    process: Child,
    folder: tempfile::TempDir,
}

impl Worker {
    fn start(line: &str) -> Self {
        Self::start_with(line, &[])
    }

    fn start_with(line: &str, env: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(std::env::current_exe().unwrap()), line, env)
    }

    /// `program` runs what it gets as arguments of this binary.
    fn start_by(mut program: Command, line: &str, env: &[(&str, &str)]) -> Self {
        let folder = tempfile::TempDir::with_prefix("qctl-killed-").unwrap();
        let line = line.replace("FOLDER", &folder.path().display().to_string());
        let process = program
            .args(["--exact", "worker::guardian::plays_the_worker_when_told_to"])
            .env(LINE, line)
            .env(MARK, folder.path())
            .envs(env.iter().copied())
            .env("QCTL_REDIS_PASSWORD", "secret")
            .env("REDIS_URL", "redis://:secret@127.0.0.1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, folder }
    }

    fn path(&self, name: &str, number: u32) -> PathBuf {
        self.folder.path().join(format!("{name}{number}"))
    }

    /// What each command noted under this name.
    fn noted(&self, name: &str) -> Vec<Pid> {
        (0..3)
            .map(|number| noted(&self.path(name, number)))
            .collect()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits until no process of it is left.
    #[track_caller]
    fn leaves_nothing(&self) {
        eventually(SOON, || {
            marked(MARK, self.folder.path()).is_empty().then_some(())
        });
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn no_command_outlives_a_killed_worker() {
    let mut worker = Worker::start(
        "trap '' TERM INT HUP; sleep 600 & echo $! > FOLDER/childNUMBER; \
         echo $PPID > FOLDER/guardianNUMBER; echo $$ > FOLDER/leaderNUMBER; while :; do wait; done",
    );
    let commands = [worker.noted("leader"), worker.noted("child")].concat();
    let guardian = worker.noted("guardian")[0];
    assert!(commands.iter().all(|&pid| lives(pid)) && lives(guardian));
    // What a service manager sends to everyone must not end the guardian before the worker.
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        kill_process(guardian, signal).unwrap();
    }
    worker.kill();
    for pid in commands {
        ends(pid);
    }
    ends(guardian);
    worker.leaves_nothing();
}

/// A command, and processes that left its group with and without waiting.
const SCATTERED: &str = "setsid sleep 600 & setsid -w sleep 600 & sleep 600 & \
     echo $PPID > FOLDER/guardianNUMBER; exec sleep 600";

#[test]
#[cfg(target_os = "linux")]
fn worker_and_guardian_killed_at_once_leave_nothing() {
    for both in [[0, 1], [1, 0]] {
        let mut worker = Worker::start(SCATTERED);
        let guardian = worker.noted("guardian")[0];
        let pids = [Pid::from_child(&worker.process), guardian];
        for at in both {
            kill_process(pids[at], Signal::KILL).unwrap();
        }
        worker.process.wait().unwrap();
        worker.leaves_nothing();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_guardian_killed_alone_leaves_nothing_that_left_its_group() {
    let mut worker = Worker::start(SCATTERED);
    kill_process(worker.noted("guardian")[0], Signal::KILL).unwrap();
    // All its attempts are over, so it ends by itself.
    worker.process.wait().unwrap();
    worker.leaves_nothing();
}

/// Its leases end meanwhile: others run its tasks.
#[test]
fn a_stopped_worker_keeps_no_command_running() {
    let mut worker = Worker::start_with(
        "echo $PPID > FOLDER/guardianNUMBER; echo $$ > FOLDER/leaderNUMBER; exec sleep 600",
        &[(MAX_SILENCE, "600")],
    );
    let commands = worker.noted("leader");
    worker.signal(Signal::STOP);
    for pid in commands {
        ends(pid);
    }
    ends(worker.noted("guardian")[0]);
    worker.signal(Signal::CONT);
    worker.process.wait().unwrap();
    worker.leaves_nothing();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stopped_guardian_is_replaced() {
    let stage = Stage::with(MaxSilence {
        of_guardian: Duration::from_millis(500),
        ..MaxSilence::default()
    });
    let (stopper, stop) = Stopper::new();
    let line = format!(
        "{}; {}; exec sleep 600",
        stage.note("$PPID", "guardian"),
        stage.note("$$", "command")
    );
    let attempt = stage.start(&line, stop);
    let (command, guardian) = (stage.noted("command"), stage.noted("guardian"));
    kill_process(guardian, Signal::STOP).unwrap();
    // It cannot be asked to end its command.
    stopper.stop(StopReason::TimedOut);
    let failure = attempt.await.unwrap().unwrap_err();
    assert_eq!(failure.verdict, Verdict::Release);
    assert!(!lives(command) && !lives(guardian));
    assert_eq!(stage.just("echo fine").await.unwrap(), b"fine\n");
}

#[test]
fn commands_see_nothing_that_is_meant_for_the_worker() {
    let worker = Worker::start("env > FOLDER/envNUMBER; echo $$ > FOLDER/leaderNUMBER");
    worker.noted("leader");
    let environment = std::fs::read_to_string(worker.path("env", 0)).unwrap();
    assert!(environment.contains("PATH="), "{environment}");
    assert!(environment.contains("QCTL_TASK_ID="), "{environment}");
    assert!(!environment.contains("secret"), "{environment}");
    assert!(!environment.contains(LINE), "{environment}");
}

/// What a process ignores, its children ignore too, and the system keeps the ends of ignored children to itself.
#[test]
fn ends_of_commands_are_noticed_although_the_parent_of_the_worker_ignores_sigchld() {
    let mut ignorant = Command::new("sh");
    ignorant
        .args(["-c", r#"trap '' CHLD; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap());
    let mut worker = Worker::start_by(ignorant, "echo $$ > FOLDER/leaderNUMBER", &[]);
    worker.noted("leader");
    // It ends when it has learnt of the ends of all commands.
    eventually(SOON, || worker.process.try_wait().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn on_linux_not_even_one_that_left_its_group() {
    let mut worker = Worker::start("setsid sh -c 'echo $$ > FOLDER/strayNUMBER; sleep 600' & wait");
    let strays = worker.noted("stray");
    assert!(strays.iter().all(|&pid| lives(pid)));
    worker.kill();
    for pid in strays {
        ends(pid);
    }
}

/// A worker is killed while it starts one command after the other: in the moment between a
/// command's birth and the news of it as well.
#[test]
fn no_command_slips_through_while_it_starts() {
    for round in 0..10 {
        let mut worker = Worker::start("echo $$ >> FOLDER/allNUMBER; exec sleep 600");
        if round > 0 {
            noted(&worker.path("all", round % 3));
        }
        worker.kill();
        // Those who noted themselves and those who did not come to: none may be left.
        for number in 0..3 {
            eventually(SOON, || {
                let text = std::fs::read_to_string(worker.path("all", number)).unwrap_or_default();
                text.lines()
                    .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
                    .all(|pid| !lives(pid))
                    .then_some(())
            });
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_guardian_that_dies_takes_its_commands_and_is_replaced() {
    let stage = Stage::new();
    let (_stopper, stop) = Stopper::new();
    let line = format!(
        "{}; {}; exec sleep 600",
        stage.note("$PPID", "guardian"),
        stage.note("$$", "command")
    );
    let attempt = stage.start(&line, stop);
    let (command, guardian) = (stage.noted("command"), stage.noted("guardian"));
    kill_process(guardian, Signal::KILL).unwrap();
    let failure = attempt.await.unwrap().unwrap_err();
    assert_eq!(failure.verdict, Verdict::Release);
    assert_eq!(
        failure.error,
        "the guardian process of the worker has ended, and its commands with it"
    );
    ends(command);
    assert_eq!(stage.just("echo fine").await.unwrap(), b"fine\n");
}

#[tokio::test]
async fn a_guardian_does_not_outlive_its_last_user() {
    let stage = Stage::new();
    stage.just(&stage.note("$PPID", "guardian")).await.unwrap();
    let guardian = stage.noted("guardian");
    assert!(lives(guardian));
    let Stage { guardian: last, .. } = stage;
    drop(last);
    tokio::task::spawn_blocking(move || ends(guardian))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_end_of_a_guardian_is_the_end_of_its_commands() {
    let stage = Stage::new();
    let (_stopper, stop) = Stopper::new();
    let line = format!(
        "trap '' TERM; {}; {}; sleep 600",
        stage.note("$PPID", "guardian"),
        stage.note("$$", "command")
    );
    let attempt = stage.start(&line, stop);
    let (command, guardian) = (stage.noted("command"), stage.noted("guardian"));
    stage.guardian.end().await;
    // At once, not eventually: who waits for this may end right after.
    assert!(!lives(command) && !lives(guardian));
    attempt.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_guardian_that_cannot_start_is_an_error() {
    let missing = std::path::Path::new("/nonexistent/qctl");
    let error = Guardian::start(missing, &[], MaxSilence::default()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}
