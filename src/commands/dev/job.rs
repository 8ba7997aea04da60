//! This process as a job of a shell: whether somebody continues it once it is stopped.

use std::fs;
use std::io;

use rustix::process::{Pid, Signal, getpgid, getpgrp, getppid, getsid, kill_process_group};

/// Ancestors that are looked at: a script that runs another, and so on.
const MAX_ANCESTORS: usize = 100;

/// Stops this process and the others of its job, as Ctrl-Z would have done. Returns when the shell continues it. Without a
/// shell that could do that, nothing is stopped.
pub(super) fn stop() -> io::Result<bool> {
    if !has_shell() {
        return Ok(false);
    }
    // Not SIGTSTP: the worker has a use for it.
    kill_process_group(getpgrp(), Signal::STOP)?;
    Ok(true)
}

/// Whether the parent of the job belongs to the same session: it is the shell that has started the job, and waits for it. The
/// system ignores Ctrl-Z in the other case.
fn has_shell() -> bool {
    let (group, Ok(session)) = (getpgrp(), getsid(None)) else {
        return false;
    };
    let mut ancestor = getppid();
    for _ in 0..MAX_ANCESTORS {
        let Some(pid) = ancestor else { return false };
        if getpgid(Some(pid)) != Ok(group) {
            return getsid(Some(pid)) == Ok(session);
        }
        ancestor = parent(pid);
    }
    false
}

/// The parent of a process; unknown where there is no `/proc`.
fn parent(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name, in parentheses, may hold anything; then come the state and the parent.
    let (_, after) = stat.rsplit_once(')')?;
    let parent = after.split_whitespace().nth(1)?.parse().ok()?;
    Pid::from_raw(parent)
}
