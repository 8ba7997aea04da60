//! What a command may use, and as whom it runs.
//!
//! A process can only set this for itself, between its start and that of the command. So the guardian starts its own program,
//! which sets it and becomes the command. Commands without bounds are started directly.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Gid, Resource, Rlimit, Uid, getrlimit, setpriority_process, setrlimit};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};
use serde::{Deserialize, Serialize};

/// What a command may use, and as whom it runs. Absent: as the worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The user.
    pub user: Option<UserIds>,
    /// From -20 (first) to 19 (last).
    pub nice: Option<i32>,
    /// Bytes of address space of each of its processes.
    pub memory: Option<u64>,
    /// Seconds of processor time of each of its processes.
    pub cpu_seconds: Option<u64>,
    /// Open files of each of its processes.
    pub files: Option<u64>,
    /// Processes of its user, all of them.
    pub processes: Option<u64>,
}

/// A user and its groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIds {
    /// The user.
    pub user: u32,
    /// The first group.
    pub group: u32,
    /// All groups.
    pub groups: Vec<u32>,
}

impl Bounds {
    /// The limits, each with the name of its key.
    pub(crate) fn limits(&self) -> [(&'static str, Resource, Option<u64>); 4] {
        [
            ("memory", Resource::As, self.memory),
            ("cpu", Resource::Cpu, self.cpu_seconds),
            ("files", Resource::Nofile, self.files),
            ("processes", Resource::Nproc, self.processes),
        ]
    }

    /// Sets all of it for this process, the user last, because it may neither raise a limit nor give up a group.
    fn set(&self) -> io::Result<()> {
        for (_, resource, limit) in self.limits() {
            if let Some(limit) = limit {
                setrlimit(resource, rlimit(resource, limit))?;
            }
        }
        if let Some(nice) = self.nice {
            setpriority_process(None, nice)?;
        }
        if let Some(ids) = &self.user {
            let groups: Vec<Gid> = ids.groups.iter().copied().map(Gid::from_raw).collect();
            set_thread_groups(&groups)?;
            set_thread_gid(Gid::from_raw(ids.group))?;
            set_thread_uid(Uid::from_raw(ids.user))?;
        }
        Ok(())
    }
}

/// SIGXCPU comes at the first limit, SIGKILL at the second.
fn rlimit(resource: Resource, limit: u64) -> Rlimit {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let second = match resource {
        Resource::Cpu => limit.saturating_add(1).min(most.max(limit)),
        _ => limit,
    };
    Rlimit {
        current: Some(limit),
        maximum: Some(second),
    }
}

/// Becomes the command, within these bounds. Returns only if that fails.
///
/// Must be called while the process has one thread: the user is set for the calling thread alone.
pub fn become_command(bounds: &str, words: &[String]) -> io::Error {
    let set = || {
        let bounds: Bounds = serde_json::from_str(bounds)?;
        bounds.set()
    };
    match (set(), words) {
        (Err(error), _) => error,
        (Ok(()), []) => io::ErrorKind::InvalidInput.into(),
        (Ok(()), [program, args @ ..]) => Command::new(program).args(args).exec(),
    }
}
