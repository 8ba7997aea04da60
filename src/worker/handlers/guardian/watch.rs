//! The guardian's own process: starts commands, reports how they end, and ends all of them when
//! the worker is gone.
//!
//! The first thread reads requests and starts commands, a second one waits for them to end. It
//! runs nothing but this, and is not the place for policy: when to stop what is up to the worker.

use std::collections::HashMap;
use std::io::{self, PipeWriter, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use crate::worker::handlers::guardian::wire::{
    End, Launch, Reply, Request, Requests, Streams, line,
};

/// How long to go on killing. What survives that long is stuck in the kernel and beyond reach.
const LAST_EFFORT: Duration = Duration::from_secs(10);

/// Runs the guardian's process: requests on standard input, replies on standard output. Returns
/// when the worker is gone and all its commands have been ended.
///
/// To be called from no async runtime, in a process of its own; see [`Guardian`](super::Guardian).
pub fn keep_watch() -> io::Result<()> {
    // Signals meant for the worker reach the whole process group or control group (a service
    // manager's stop, for example), but the guardian must outlast the worker. They are caught rather
    // than ignored, because what is ignored stays so in the commands. SIGCHLD is here because a
    // parent that ignores it would keep us from learning how commands end.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let _entered = runtime.enter();
    let _caught = [
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
        signal(SignalKind::quit())?,
        signal(SignalKind::child())?,
    ];
    rename();
    adopt_orphans();

    let replies = PipeWriter::from(io::stdout().as_fd().try_clone_to_owned()?);
    let watch = Arc::new(Watch {
        state: Mutex::new(State {
            groups: HashMap::new(),
            starting: None,
            replies,
        }),
        started: Condvar::new(),
    });
    let reaper = Arc::clone(&watch);
    thread::spawn(move || reaper.reap());
    let outcome = watch.serve(Requests::new(io::stdin()));
    watch.end_all();
    outcome
}

struct Watch {
    state: Mutex<State>,
    started: Condvar,
}

struct State {
    /// The groups of the commands that run, by the id the worker gave them.
    groups: HashMap<u64, Pid>,
    /// While a command starts: the children that ended meanwhile. It may be among them.
    starting: Option<HashMap<Pid, End>>,
    replies: PipeWriter,
}

impl Watch {
    fn serve(&self, mut requests: Requests<io::Stdin>) -> io::Result<()> {
        while let Some((request, streams)) = requests.next()? {
            match (request, streams) {
                (Request::Start { id, launch }, Some(streams)) => {
                    self.start(id, &launch, streams)?;
                }
                (Request::Signal { id, signal }, _) => {
                    if let (Some(&group), Some(signal)) =
                        (self.lock().groups.get(&id), Signal::from_named_raw(signal))
                    {
                        // It may have ended a moment ago; the other thread will notice.
                        kill_process_group(group, signal).ok();
                    }
                }
                (Request::Start { .. }, None) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(())
    }

    fn start(&self, id: u64, launch: &Launch, [input, output, errors]: Streams) -> io::Result<()> {
        // Not locked while it starts, which takes long enough to keep the other thread from its work.
        self.lock().starting = Some(HashMap::new());
        let started = Command::new(&launch.program)
            .args(&launch.args)
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(errors))
            .process_group(0)
            .spawn()
            .map(|child| Pid::from_child(&child));
        let mut state = self.lock();
        let mut ended_meanwhile = state.starting.take().unwrap_or_default();
        match started {
            Ok(pid) => {
                state.groups.insert(id, pid);
                let group = pid.as_raw_nonzero().get();
                state.reply(&Reply::Started { id, group })?;
                match ended_meanwhile.remove(&pid) {
                    Some(end) => state.ended(id, pid, end),
                    None => self.started.notify_one(),
                }
            }
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(0);
                state.reply(&Reply::Refused { id, errno })?;
            }
        }
        Ok(())
    }

    /// Waits for commands to end, for as long as the process lives.
    fn reap(&self) {
        loop {
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => self.ended(pid, status),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                // No child. One may have come since.
                Err(_) => drop(
                    self.started
                        .wait_while(self.lock(), |state| state.groups.is_empty()),
                ),
            }
        }
    }

    /// A child has ended: a command, or an orphan that came here when its parent ended.
    fn ended(&self, pid: Pid, status: WaitStatus) {
        let end = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Killed(signal.unwrap_or(0)),
        };
        let mut state = self.lock();
        if let Some(id) = state.id_of(pid) {
            state.ended(id, pid, end);
        } else if let Some(ended) = &mut state.starting {
            ended.insert(pid, end);
        }
    }

    /// Kills until nothing is left.
    fn end_all(&self) {
        let start = Instant::now();
        while start.elapsed() < LAST_EFFORT {
            let groups: Vec<Pid> = self.lock().groups.values().copied().collect();
            let strays = strays();
            if groups.is_empty() && strays.is_empty() {
                return;
            }
            for group in groups {
                kill_process_group(group, Signal::KILL).ok();
            }
            for stray in strays {
                rustix::process::kill_process(stray, Signal::KILL).ok();
            }
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn id_of(&self, pid: Pid) -> Option<u64> {
        self.groups
            .iter()
            .find(|(_, group)| **group == pid)
            .map(|(id, _)| *id)
    }

    fn ended(&mut self, id: u64, group: Pid, end: End) {
        // What a command leaves behind in its group must not outlive it. As long as anything is
        // in the group, its number is not given to another process.
        kill_process_group(group, Signal::KILL).ok();
        self.groups.remove(&id);
        // If the worker is gone, nobody needs to know.
        self.reply(&Reply::Ended { id, end }).ok();
    }

    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        self.replies.write_all(&line(reply)?)
    }
}

/// `pkill -9 qctl` is meant for workers. It must not take the guardian with it, or nobody would
/// end the commands.
fn rename() {
    if cfg!(target_os = "linux") {
        std::fs::write("/proc/self/comm", crate::worker::handlers::guardian::NAME).ok();
    }
}

/// Processes that left their command's group (`setsid`, `timeout`) become children of the guardian
/// when their parent ends, so that it can find them. Linux only; elsewhere they get away.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// All children of this process, where the system lists them.
fn strays() -> Vec<Pid> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|children| {
            let pids = children.split_whitespace().map(str::parse);
            pids.flatten().filter_map(Pid::from_raw).collect::<Vec<_>>()
        })
        .collect()
}
