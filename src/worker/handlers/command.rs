//! The handler that runs a command for each task.
//!
//! The payload is the command's standard input, its standard output the result, the end of its
//! standard error the text of a failure. Facts about the task are in its environment, never in a
//! command line: users who may enqueue tasks must not be able to choose what runs.
//!
//! Invariant: when an attempt is over, nothing of its command is left. If the future is dropped, the command is
//! killed, but the future does not wait for that.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, FusedFuture as _, try_join3};
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::task::transition::{Failure, TaskResult, Verdict};
use crate::worker::handlers::capture::{Tail, Whole, drain};
use crate::worker::handlers::environment::{Variables, environment};
use crate::worker::handlers::exit_codes::ExitCodes;
use crate::worker::handlers::guardian::{self, End, Guardian, LaunchError};
use crate::worker::handlers::not_started::not_started;
use crate::worker::handlers::pipes::{Pipes, feed};
use crate::worker::handlers::surroundings::Surroundings;
use crate::worker::handlers::{Attempt, Handler, Stop, Transcript};

/// How long a command may take to end after SIGTERM, unless configured.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// How long to wait for the end of the output once the command has ended. All its processes have ended by then,
/// apart from those that the guardian cannot find or may not kill.
const OUTPUT_GRACE: Duration = Duration::from_secs(1);

/// How long a command runs until its pipes are watched.
const UNWATCHED: Duration = Duration::from_millis(10);

/// Longest part of standard error in a failure, whose text has more than that.
const MAX_ERROR_BYTES: usize = 3 * 1024;

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A line for `sh -c`.
    Run(String),
    /// A program and its arguments, without a shell.
    Exec(Vec<String>),
}

/// Runs a command for each task.
#[derive(Debug)]
pub struct Shell {
    /// What to run.
    pub program: Program,
    /// What an exit status means.
    pub exit_codes: ExitCodes,
    /// The time from SIGTERM to SIGKILL.
    pub grace: Duration,
    /// What it gets besides its task.
    pub surroundings: Surroundings,
    /// Starts commands, and ends them should this process be killed.
    pub guardian: Arc<Guardian>,
}

impl Handler for Shell {
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        Box::pin(self.attempt(attempt, stop))
    }
}

impl Shell {
    async fn attempt(&self, attempt: &Attempt, stop: Stop) -> Result<TaskResult, Failure> {
        let environment = environment(attempt)?;
        let feed = |input| feed(input, &attempt.message.payload);
        let output = (Whole::default(), &attempt.transcript);
        self.execute(environment, feed, output, stop).await
    }

    /// Runs the command, whose standard output is the result. `feed` is called before the start with a pipe that does not
    /// block, writes the command's input, and closes the pipe.
    pub(crate) async fn execute<R: Future<Output = io::Result<()>> + Send>(
        &self,
        environment: Variables,
        feed: impl FnOnce(OwnedFd) -> R + Send,
        (mut output, transcript): (Whole, &Transcript),
        mut stop: Stop,
    ) -> Result<TaskResult, Failure> {
        let words = self.program.words();
        let given = (words.as_slice(), &self.surroundings.env);
        let not_started = |error: &io::Error| not_started(given, &environment, error);
        let failed = |error: LaunchError| match error {
            LaunchError::Refused(error) => not_started(&error),
            LaunchError::Lost | LaunchError::Unguarded(_) => {
                Failure::new(error.to_string(), Verdict::Release)
            }
        };
        let (ours, theirs) = Pipes::open().map_err(|error| not_started(&error))?;
        let feed = feed(ours.input);
        let launch = self.surroundings.launch(words.clone(), environment.clone());
        let mut child = self.guardian.launch(launch, theirs).map_err(failed)?;

        let mut errors = Tail::default();
        let (end, exchanged) = {
            // All at once: a command may print before it has read its input.
            let exchange = try_join3(
                feed,
                drain(ours.output, &mut output, transcript),
                drain(ours.errors, &mut errors, transcript),
            );
            let exchange = exchange.fuse();
            tokio::pin!(exchange);
            let supervision = self.supervise(&mut child, &mut stop);
            tokio::pin!(supervision);
            let exchange_if_it_goes_on = async {
                sleep(UNWATCHED).await;
                exchange.as_mut().await
            };
            let (end, mut exchanged) = tokio::select! {
                biased;
                end = &mut supervision => (end, None),
                exchanged = exchange_if_it_goes_on => (supervision.await, Some(exchanged)),
            };
            if !exchange.is_terminated() {
                exchanged = timeout(OUTPUT_GRACE, exchange).await.ok();
            }
            (end, exchanged)
        };
        let end = end.map_err(failed)?;
        if let Some(Err(error)) = exchanged {
            return Err(unwatched(&error));
        }
        match end {
            Ended::Itself(End::Exited(0)) => Ok(output.into_result()),
            Ended::Itself(end) => Err(self.failure(end, "", errors)),
            Ended::Stopped(end) => Err(self.failure(end, "stopped, ", errors)),
        }
    }

    /// Waits for the end of the command, and ends it when the attempt must stop.
    async fn supervise(
        &self,
        child: &mut guardian::Child,
        stop: &mut Stop,
    ) -> Result<Ended, LaunchError> {
        tokio::select! {
            // In this order, so that a command that has ended by itself is not reported as stopped.
            biased;
            end = child.ended() => return end.map(Ended::Itself),
            _ = stop.requested() => child.signal(Signal::TERM),
        }
        if let Ok(end) = timeout(self.grace, child.ended()).await {
            return end.map(Ended::Stopped);
        }
        child.signal(Signal::KILL);
        child.ended().await.map(Ended::Stopped)
    }

    fn failure(&self, end: End, prefix: &str, errors: Tail) -> Failure {
        let verdict = match end {
            End::Exited(code) => self.exit_codes.verdict(code),
            End::Killed(_) => Verdict::Retry,
        };
        let status = format!("{prefix}{}", status_text(end));
        Failure::new(
            describe(&status, &errors.into_text(MAX_ERROR_BYTES)),
            verdict,
        )
    }
}

enum Ended {
    Itself(End),
    Stopped(End),
}

/// The status and the end of standard error. Lists show only the first line, and most programs name the reason in
/// their last line, so that one comes first.
fn describe(status: &str, errors: &str) -> String {
    match errors.lines().last() {
        None => status.to_owned(),
        Some(only) if only.len() == errors.len() => format!("{status}: {only}"),
        Some(last) => format!("{status}: {last}\n{errors}"),
    }
}

/// As in `exit status 1` and `killed by signal 9 (SIGKILL)`.
pub(super) fn status_text(end: End) -> String {
    match end {
        End::Exited(code) => format!("exit status {code}"),
        End::Killed(signal) => format!("killed by {}", signal_name(signal)),
    }
}

/// As in `signal 9 (SIGKILL)`.
fn signal_name(number: i32) -> String {
    let name = match Signal::from_named_raw(number) {
        Some(Signal::HUP) => "SIGHUP",
        Some(Signal::INT) => "SIGINT",
        Some(Signal::QUIT) => "SIGQUIT",
        Some(Signal::ILL) => "SIGILL",
        Some(Signal::TRAP) => "SIGTRAP",
        Some(Signal::ABORT) => "SIGABRT",
        Some(Signal::BUS) => "SIGBUS",
        Some(Signal::FPE) => "SIGFPE",
        Some(Signal::KILL) => "SIGKILL",
        Some(Signal::USR1) => "SIGUSR1",
        Some(Signal::SEGV) => "SIGSEGV",
        Some(Signal::USR2) => "SIGUSR2",
        Some(Signal::PIPE) => "SIGPIPE",
        Some(Signal::ALARM) => "SIGALRM",
        Some(Signal::TERM) => "SIGTERM",
        Some(Signal::XCPU) => "SIGXCPU",
        Some(Signal::XFSZ) => "SIGXFSZ",
        Some(Signal::SYS) => "SIGSYS",
        Some(_) | None => return format!("signal {number}"),
    };
    format!("signal {number} ({name})")
}

impl Program {
    /// The program and its arguments.
    pub(crate) fn words(&self) -> Vec<String> {
        match self {
            Self::Run(line) => vec!["sh".to_owned(), "-c".to_owned(), line.clone()],
            Self::Exec(words) => words.clone(),
        }
    }
}

/// What the command has printed is not known.
fn unwatched(error: &io::Error) -> Failure {
    let text = format!("cannot wait for what the command prints and reads: {error}");
    Failure::new(text, Verdict::Retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_errors_comes_first() {
        assert_eq!(describe("exit status 3", ""), "exit status 3");
        assert_eq!(describe("exit status 3", "boom"), "exit status 3: boom");
        assert_eq!(
            describe("exit status 1", "Traceback:\n  line 1\nValueError: x"),
            "exit status 1: ValueError: x\nTraceback:\n  line 1\nValueError: x"
        );
    }

    #[test]
    fn signals_have_names() {
        assert_eq!(signal_name(9), "signal 9 (SIGKILL)");
        assert_eq!(signal_name(15), "signal 15 (SIGTERM)");
        assert_eq!(signal_name(0), "signal 0");
        assert_eq!(signal_name(64), "signal 64");
    }
}
