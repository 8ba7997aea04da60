//! The handler that runs a command for each task.
//!
//! The payload is the command's standard input, its standard output the result, the end of its
//! standard error the text of a failure. Facts about the task are in its environment, never in a
//! command line: whoever may enqueue a task must not be able to choose what runs.
//!
//! Invariant: when an attempt is over, whether its command ended, was stopped, or the future was dropped,
//! nothing of the command's process group is left.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::SecondsFormat;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, FusedFuture as _, join3};
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::task::transition::{Failure, Verdict};
use crate::worker::handlers::capture::{MAX_RESULT_BYTES, Tail, Whole, drain};
use crate::worker::handlers::exit_codes::ExitCodes;
use crate::worker::handlers::guardian::{self, End, Guardian, Launch, LaunchError, Streams};
use crate::worker::handlers::{Attempt, Handler, Stop};

/// How long a command may take to end after TERM, unless configured.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// How long to wait for the end of the output once the command has ended. Its group is dead by
/// then, so only a process that left the group can still hold the pipes.
const OUTPUT_GRACE: Duration = Duration::from_secs(1);

/// Longest part of standard error in a failure; what is said around it must fit a [`Failure`] too.
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
    /// What its exit status means.
    pub exit_codes: ExitCodes,
    /// How long it may take to end after TERM, before it is killed.
    pub grace: Duration,
    /// Starts it, and ends it should this process be killed.
    pub guardian: Arc<Guardian>,
}

impl Handler for Shell {
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<Vec<u8>, Failure>> {
        Box::pin(self.attempt(attempt, stop))
    }

    /// Several handlers may share the guardian: no attempt of any of them is running by now.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.guardian.end())
    }
}

impl Shell {
    async fn attempt(&self, attempt: &Attempt, mut stop: Stop) -> Result<Vec<u8>, Failure> {
        let launch = self.program.launch(environment(attempt)?)?;
        let program = launch.program.clone();
        let (ours, theirs) = Pipes::open().map_err(|error| not_started(&program, &error))?;
        let mut child =
            self.guardian
                .launch(launch, theirs)
                .await
                .map_err(|error| match error {
                    LaunchError::Refused(error) => not_started(&program, &error),
                    LaunchError::Lost | LaunchError::Unguarded(_) => unguarded(&error),
                })?;

        let (mut output, mut errors) = (Whole::default(), Tail::default());
        let end = {
            // Both at once: a command may print before it has read its input.
            let exchange = ours
                .exchange(&attempt.message.payload, &mut output, &mut errors)
                .fuse();
            tokio::pin!(exchange);
            let supervision = self.supervise(&mut child, &mut stop);
            tokio::pin!(supervision);
            let end = tokio::select! {
                end = &mut supervision => end,
                () = &mut exchange => supervision.await,
            };
            if !exchange.is_terminated() {
                timeout(OUTPUT_GRACE, exchange).await.ok();
            }
            end
        };
        match end.map_err(|error| unguarded(&error))? {
            Ended::Itself(End::Exited(0)) => Ok(result(attempt, output)),
            Ended::Itself(end) => Err(self.failure(end, "", errors)),
            Ended::Stopped(end) => Err(self.failure(end, "stopped, ", errors)),
        }
    }

    /// Waits for the end of the command, and brings it about when the attempt must stop.
    async fn supervise(
        &self,
        child: &mut guardian::Child,
        stop: &mut Stop,
    ) -> Result<Ended, LaunchError> {
        tokio::select! {
            // In this order, so that a command that is done is not called stopped.
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
        let (status, verdict) = match end {
            End::Exited(code) => (
                format!("{prefix}exit status {code}"),
                self.exit_codes.verdict(code),
            ),
            End::Killed(signal) => (
                format!("{prefix}killed by {}", signal_name(signal)),
                Verdict::Retry,
            ),
        };
        Failure::new(
            describe(&status, &errors.into_text(MAX_ERROR_BYTES)),
            verdict,
        )
    }
}

/// A result that is too large does not make a failure of work that has been done: repeating
/// it would not make the result any smaller.
fn result(attempt: &Attempt, output: Whole) -> Vec<u8> {
    output.into_result().unwrap_or_else(|length| {
        tracing::warn!(
            task = attempt.message.id,
            queue = attempt.message.queue,
            "result of {length} bytes dropped, it may have {MAX_RESULT_BYTES}"
        );
        Vec::new()
    })
}

enum Ended {
    Itself(End),
    Stopped(End),
}

/// The status, and what the command had to say about it.
///
/// Lists show the first line only, and most programs name the reason in their last: it comes first.
fn describe(status: &str, errors: &str) -> String {
    match errors.lines().last() {
        None => status.to_owned(),
        Some(only) if only.len() == errors.len() => format!("{status}: {only}"),
        Some(last) => format!("{status}: {last}\n{errors}"),
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
    fn launch(&self, env: Vec<(String, String)>) -> Result<Launch, Failure> {
        let mut words = match self {
            Self::Run(line) => vec!["sh".to_owned(), "-c".to_owned(), line.clone()],
            Self::Exec(words) => words.clone(),
        };
        if words.is_empty() {
            return Err(Failure::new(
                "handler without a command".to_owned(),
                Verdict::Retry,
            ));
        }
        let program = words.remove(0);
        Ok(Launch {
            program,
            args: words,
            env,
        })
    }
}

/// What a command learns about its task.
fn environment(attempt: &Attempt) -> Result<Vec<(String, String)>, Failure> {
    let message = &attempt.message;
    let headers = serde_json::to_string(&message.headers)
        .map_err(|error| Failure::new(format!("headers: {error}"), Verdict::GiveUp))?;
    let deadline = attempt.deadline.to_rfc3339_opts(SecondsFormat::Secs, true);
    let variables = [
        ("QCTL_TASK_ID", message.id.clone()),
        ("QCTL_TASK_TYPE", message.kind.clone()),
        ("QCTL_TASK_QUEUE", message.queue.clone()),
        ("QCTL_TASK_RETRIED", message.retried.to_string()),
        ("QCTL_TASK_MAX_RETRY", message.max_retry.to_string()),
        ("QCTL_TASK_DEADLINE", deadline),
        ("QCTL_TASK_HEADERS", headers),
        ("QCTL_TASK_GROUP", message.group.clone()),
    ];
    for (name, value) in &variables {
        // Left out or altered, it might make the command work on another task. Trying again would
        // not change it.
        if value.contains('\0') {
            let error = format!("{name} holds a NUL byte, which no environment can carry");
            return Err(Failure::new(error, Verdict::GiveUp));
        }
    }
    Ok(variables
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}

/// Why the system did not start the command, and what should follow.
fn not_started(program: &str, error: &io::Error) -> Failure {
    use io::ErrorKind::{ArgumentListTooLong, NotFound, PermissionDenied};
    let (text, verdict) = match error.kind() {
        NotFound => (
            format!("handler not found: {program} (or the interpreter in its first line)"),
            Verdict::Retry,
        ),
        PermissionDenied => (format!("handler not executable: {program}"), Verdict::Retry),
        ArgumentListTooLong => (
            "the headers of the task are too large for an environment".to_owned(),
            Verdict::GiveUp,
        ),
        _ if is_shortage(error) => (
            format!("handler not started for lack of resources: {error}"),
            Verdict::Release,
        ),
        _ => (
            format!("handler not started: {program}: {error}"),
            Verdict::Retry,
        ),
    };
    Failure::new(text, verdict)
}

/// Too many processes, open files, or no memory: not the fault of the task or its handler.
fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::AGAIN, Errno::MFILE, Errno::NFILE, Errno::NOMEM]
        .map(Errno::raw_os_error)
        .into_iter()
        .any(|errno| error.raw_os_error() == Some(errno))
}

/// Not the fault of the task or its handler either.
fn unguarded(error: &LaunchError) -> Failure {
    Failure::new(error.to_string(), Verdict::Release)
}

/// Our ends of a command's standard streams.
struct Pipes {
    input: pipe::Sender,
    output: pipe::Receiver,
    errors: pipe::Receiver,
}

impl Pipes {
    /// Ours and the command's.
    fn open() -> io::Result<(Self, Streams)> {
        let (their_input, input) = io::pipe()?;
        let (output, their_output) = io::pipe()?;
        let (errors, their_errors) = io::pipe()?;
        let ours = Self {
            input: pipe::Sender::from_owned_fd(input.into())?,
            output: pipe::Receiver::from_owned_fd(output.into())?,
            errors: pipe::Receiver::from_owned_fd(errors.into())?,
        };
        let theirs = [their_input.into(), their_output.into(), their_errors.into()];
        Ok((ours, theirs))
    }

    /// Feeds the command and takes in what it writes.
    async fn exchange(self, payload: &[u8], output: &mut Whole, errors: &mut Tail) {
        let Self {
            mut input,
            output: from_output,
            errors: from_errors,
        } = self;
        let feed = async move {
            // A command need not read its input; then the pipe breaks, which is fine.
            input.write_all(payload).await.ok();
            drop(input);
        };
        join3(feed, drain(from_output, output), drain(from_errors, errors)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Message;
    use chrono::DateTime;

    fn attempt(message: Message) -> Attempt {
        Attempt {
            message,
            deadline: DateTime::from_timestamp(1_700_000_000, 7).unwrap(),
        }
    }

    #[test]
    fn the_environment_tells_all_about_the_task() {
        let message = Message {
            id: "t1".into(),
            kind: "email:send".into(),
            queue: "low".into(),
            retried: 2,
            max_retry: 25,
            headers: [("trace\0".to_owned(), "\"é\"\n".to_owned())].into(),
            ..Message::default()
        };
        let environment = environment(&attempt(message)).unwrap();
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("QCTL_TASK_ID", "t1"),
            ("QCTL_TASK_TYPE", "email:send"),
            ("QCTL_TASK_QUEUE", "low"),
            ("QCTL_TASK_RETRIED", "2"),
            ("QCTL_TASK_MAX_RETRY", "25"),
            ("QCTL_TASK_DEADLINE", "2023-11-14T22:13:20Z"),
            ("QCTL_TASK_HEADERS", r#"{"trace\u0000":"\"é\"\n"}"#),
            ("QCTL_TASK_GROUP", ""),
        ];
        assert_eq!(environment, expected);
    }

    #[test]
    fn what_no_environment_can_carry_is_refused() {
        let hostile = [
            Message {
                id: "a\0b".into(),
                ..Message::default()
            },
            Message {
                kind: "\0".into(),
                ..Message::default()
            },
            Message {
                group: "g\0".into(),
                ..Message::default()
            },
        ];
        for message in hostile {
            let failure = environment(&attempt(message)).unwrap_err();
            assert_eq!(failure.verdict, Verdict::GiveUp);
            assert!(
                failure.error.contains("holds a NUL byte"),
                "{}",
                failure.error
            );
        }
    }

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

    #[test]
    fn what_is_not_the_tasks_fault_is_not_counted() {
        use rustix::io::Errno;
        let verdict = |errno: Errno| {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            not_started("./x", &error).verdict
        };
        assert_eq!(verdict(Errno::NOENT), Verdict::Retry);
        assert_eq!(verdict(Errno::ACCESS), Verdict::Retry);
        assert_eq!(verdict(Errno::NOEXEC), Verdict::Retry);
        assert_eq!(verdict(Errno::TOOBIG), Verdict::GiveUp);
        for errno in [Errno::AGAIN, Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            assert_eq!(verdict(errno), Verdict::Release);
        }
    }
}
