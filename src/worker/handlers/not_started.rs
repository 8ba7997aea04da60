//! Why the system did not start a command, and whether the task is to blame.

use std::io::{self, ErrorKind};

use rustix::io::Errno;

use crate::task::transition::{Failure, Verdict};
use crate::worker::event::CANNOT_START;
use crate::worker::handlers::environment::Variables;
use crate::worker::handlers::exec_limit::{TASK_BYTES, refusal};

/// The failure of an attempt whose command did not start. Only a task whose own data are too large is to blame:
/// everything else is about this worker, so nothing is counted and another worker may run the task.
pub(crate) fn not_started(
    (words, env): (&[String], &Variables),
    task: &Variables,
    error: &io::Error,
) -> Failure {
    match reason((words, env), error) {
        Some(reason) => Failure::new(format!("{CANNOT_START}{reason}"), Verdict::Release),
        None => too_large(task),
    }
}

/// Why a program did not start with these variables of its handler. `None`: what it was to get of its task is too large.
pub(super) fn reason((words, env): (&[String], &Variables), error: &io::Error) -> Option<String> {
    let program = words.first().map_or("", String::as_str);
    Some(match error.kind() {
        ErrorKind::NotFound => {
            format!("{program} not found (or the interpreter in its first line)")
        }
        ErrorKind::PermissionDenied => format!("{program} is not executable"),
        ErrorKind::ArgumentListTooLong => return refusal(words, env),
        _ if is_shortage(error) => format!("out of processes, open files or memory ({error})"),
        _ => format!("{program}: {error}"),
    })
}

/// Another attempt would not make it smaller.
fn too_large(variables: &Variables) -> Failure {
    let sizes = variables.iter().map(|(name, value)| (value.len(), name));
    let (bytes, name) = sizes.max().map_or((0, ""), |(bytes, name)| (bytes, name));
    if bytes < TASK_BYTES {
        let text = "the arguments and the environment of the command are too large for the system";
        return Failure::new(format!("{CANNOT_START}{text}"), Verdict::Release);
    }
    let text = format!("{name} is {bytes} bytes long, too large for the environment of a command");
    Failure::new(text, Verdict::GiveUp)
}

fn is_shortage(error: &io::Error) -> bool {
    [Errno::AGAIN, Errno::MFILE, Errno::NFILE, Errno::NOMEM]
        .map(Errno::raw_os_error)
        .into_iter()
        .any(|errno| error.raw_os_error() == Some(errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(words: &[&str], errno: Errno) -> Failure {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let variable = |name: &str, bytes| (name.to_owned(), "x".repeat(bytes));
        let variables = vec![
            variable("QCTL_TASK_ID", 9),
            variable("QCTL_TASK_HEADERS", 200_000),
        ];
        let error = io::Error::from_raw_os_error(errno.raw_os_error());
        not_started((&words, &Vec::new()), &variables, &error)
    }

    /// Whatever the limits of the system are.
    #[test]
    fn ordinary_variables_are_not_to_blame() {
        let variables = vec![("QCTL_TASK_DEADLINE".to_owned(), "x".repeat(20))];
        let error = io::Error::from_raw_os_error(Errno::TOOBIG.raw_os_error());
        let words = ["./x".to_owned()];
        let failure = not_started((&words, &Vec::new()), &variables, &error);
        assert_eq!(failure.verdict, Verdict::Release);
    }

    #[test]
    fn what_is_not_the_tasks_fault_is_not_counted() {
        for errno in [
            Errno::NOENT,
            Errno::ACCESS,
            Errno::NOEXEC,
            Errno::AGAIN,
            Errno::MFILE,
            Errno::NFILE,
            Errno::NOMEM,
        ] {
            assert_eq!(failure(&["./x"], errno).verdict, Verdict::Release);
        }
    }

    #[test]
    fn what_is_too_large_is_named_with_its_size() {
        let of_task = failure(&["./x"], Errno::TOOBIG);
        assert_eq!(of_task.verdict, Verdict::GiveUp);
        assert_eq!(
            of_task.error,
            "QCTL_TASK_HEADERS is 200000 bytes long, too large for the environment of a command"
        );
        let long = "x".repeat(9_000_000);
        let of_worker = failure(&["sh", "-c", &long], Errno::TOOBIG);
        assert_eq!(of_worker.verdict, Verdict::Release);
        assert!(
            of_worker
                .error
                .contains("argument 2 of the program is 9000001 bytes")
        );
    }
}
