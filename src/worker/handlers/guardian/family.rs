//! The processes below the guardian or its backup, as far as the system lists them: Linux does.

use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgid, getpid, kill_process, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use super::start::NAME;

/// How long to go on killing. What survives that long is stuck in the kernel.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// The variable that names the attempt of a command, in the environment of all its processes.
pub(super) const MARK: &str = "QCTL_ATTEMPT";

/// Prepares this process to outlast its worker, and to adopt orphans.
pub(super) fn outlast_worker() -> io::Result<()> {
    // A terminal or a service manager sends signals to all processes of a worker, and the guardian must
    // outlast it. They are caught rather than ignored, because commands inherit ignored signals.
    catch(&[
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ])?;
    rename();
    adopt_orphans();
    Ok(())
}

/// Catches signals, and does nothing about them. In programs that this process starts they are as by default again.
pub(super) fn catch(kinds: &[SignalKind]) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    for &kind in kinds {
        // Tokio never removes its handler, not even with the last listener.
        drop(signal(kind)?);
    }
    Ok(())
}

/// `pkill -9 qctl` is meant for workers. It must not end the guardian too, or nothing would end the commands.
fn rename() {
    if cfg!(target_os = "linux") {
        fs::write("/proc/self/comm", NAME).ok();
    }
}

/// Makes this process the parent of all descendants that lose theirs, also when they have left their command's
/// group (`setsid`, `timeout`). Linux only.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(getpid())).ok();
}

/// A child of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member(pub(super) Pid);

/// All children, zombies included. Empty where the system does not list them.
///
/// Linux lists them by thread. The first thread, whose number is that of the process, starts all commands and adopts all
/// orphans.
pub(super) fn children() -> Vec<Member> {
    let path = format!("/proc/self/task/{}/children", getpid().as_raw_nonzero());
    let children = fs::read_to_string(path).unwrap_or_default();
    let pids = children.split_whitespace().map(str::parse);
    let pids = pids.flatten().filter_map(Pid::from_raw);
    pids.map(Member).collect()
}

impl Member {
    /// Kills it. Returns whether that was allowed: it is not for a process of another user.
    pub(super) fn kill(self) -> bool {
        kill_process(self.0, Signal::KILL).is_ok()
    }

    /// Whether it is in the process group, or carries the mark.
    pub(super) fn belongs_to(self, group: Pid, mark: &str) -> bool {
        getpgid(Some(self.0)) == Ok(group) || self.carries(mark)
    }

    fn carries(self, mark: &str) -> bool {
        let path = format!("/proc/{}/environ", self.0.as_raw_nonzero());
        let variables = fs::read(path).unwrap_or_default();
        variables
            .split(|&byte| byte == 0)
            .filter_map(|variable| variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="))
            .any(|value| value == mark.as_bytes())
    }
}

/// The value of [`MARK`] for a command: no other guardian gives the same.
pub(super) fn mark(id: u64) -> String {
    format!("{}-{id}", getpid().as_raw_nonzero())
}

/// Kills these groups and all children of this process until none is left. Another thread must wait for the
/// children meanwhile.
pub(super) fn end_all(groups: impl Fn() -> Vec<Pid>) {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    while start.elapsed() < KILL_LIMIT {
        let (groups, children) = (groups(), children());
        if groups.is_empty() && children.is_empty() {
            return;
        }
        for group in groups {
            kill_process_group(group, Signal::KILL).ok();
        }
        for child in children {
            child.kill();
        }
        thread::park_timeout(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
