//! Makes sure that no command outlives the worker, whichever process is killed.
//!
//! A killed worker cannot clean up, so another process has to know its commands: the guardian, which starts
//! them. It learns the process group of a command when it starts it, so no command ever runs without a
//! process that will end it. When its connection to the worker breaks, it kills every command and exits.
//!
//! The guardian can be killed as well, so it has a parent that does nothing but wait for that: the backup.
//!
//! ```text
//!            requests, over a socket on stdin
//!   worker ──────────────────────────────────────► guardian ──► commands, each in its own process group
//!     │    ◄──────────────────────────────────────    ▲
//!     │       replies, over a pipe on stdout          │ parent of
//!     └─────────────────────────────────────────► backup
//!             lifeline: a socket on stderr
//! ```
//!
//! | killed or stopped | who ends the commands |
//! | --- | --- |
//! | worker | the guardian: its socket is closed |
//! | guardian | the backup. On Linux both are subreapers, so orphaned commands become its children |
//! | worker and guardian | the backup |
//! | guardian stopped (`SIGSTOP`) | the worker misses its replies and closes the lifeline; the backup kills the guardian |
//! | worker stopped | the guardian misses its pings, before other workers may take the tasks over |
//!
//! Systems other than Linux have no subreapers: there the backup ends nothing, and a process that leaves its
//! command's group survives. When the guardian is killed, the worker ends the groups that it knows. It learns them with
//! the answers to its pings, because a message about each start would cost as much as a short command does.

mod backup;
mod bounds;
mod family;
mod link;
#[cfg(feature = "cli")]
mod open_files;
mod start;
mod watch;
mod wire;

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal};
use tokio::sync::{oneshot, watch as latest};

pub use crate::worker::handlers::guardian::backup::back_up;
pub use crate::worker::handlers::guardian::bounds::{Bounds, UserIds, become_command};
use crate::worker::handlers::guardian::link::{Envelope, Link, Outcome, Requests, Table, Watched};
#[cfg(feature = "cli")]
pub(crate) use crate::worker::handlers::guardian::open_files::{
    ceiling as max_open_files, raise as raise_open_files, restore as restore_open_files,
};
pub(crate) use crate::worker::handlers::guardian::start::is_for_commands;
#[cfg(feature = "cli")]
pub(crate) use crate::worker::handlers::guardian::start::keep_own_variables;
pub use crate::worker::handlers::guardian::start::{MaxSilence, this_program};
pub use crate::worker::handlers::guardian::watch::keep_watch;
use crate::worker::handlers::guardian::wire::Request;
pub use crate::worker::handlers::guardian::wire::{End, Launch, Streams};

/// Starts commands that end at the latest when this process does.
#[derive(Debug)]
pub struct Guardian {
    program: PathBuf,
    args: Vec<OsString>,
    max_silence: MaxSilence,
    link: Mutex<Link>,
    next_id: AtomicU64,
}

/// Why a command does not run.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The system does not start it.
    #[error(transparent)]
    Refused(io::Error),
    /// The guardian has ended, and all its commands with it. The next launch starts another one.
    #[error("the guardian process of the worker has ended, and its commands with it")]
    Lost,
    /// The guardian cannot be started.
    #[error("cannot start the guardian process of the worker: {0}")]
    Unguarded(io::Error),
}

impl Guardian {
    /// Starts the guardian: `program` with `args`, which must call [`back_up`].
    ///
    /// Must be called in a Tokio runtime. The guardian inherits the working directory and the environment,
    /// without what is meant for the worker alone: variables that begin with `QCTL_`, and `REDIS_URL`.
    pub fn start(program: &Path, args: &[&str], max_silence: MaxSilence) -> io::Result<Self> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        Ok(Self {
            link: Mutex::new(Link::open(program, &args, max_silence)?),
            program: program.to_owned(),
            args,
            max_silence,
            next_id: AtomicU64::new(0),
        })
    }

    /// Starts a command with these standard streams, as the leader of its own process group. Whether the system does start it
    /// is known by [`Child::ended`].
    pub fn launch(&self, launch: Launch, streams: Streams) -> Result<Child, LaunchError> {
        let (ended, has_ended) = oneshot::channel();
        let (stopped, stops) = latest::channel(None);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let child = {
            let mut link = self.link();
            let watched = Watched {
                ended,
                group: None,
                stopped,
            };
            if let Err(watched) = link.watched.insert(id, watched) {
                *link = Link::open(&self.program, &self.args, self.max_silence)
                    .map_err(LaunchError::Unguarded)?;
                // If that one has ended already, the dropped channel reports it.
                link.watched.insert(id, watched).ok();
            }
            Child {
                id,
                requests: link.requests.clone(),
                watched: link.watched.clone(),
                ended: has_ended,
                end: None,
                stops,
            }
        };
        child.send(Request::Start { id, launch }, streams.into());
        Ok(child)
    }

    /// Asks at once which commands run, so that [`Child::leader`] need not wait for the next ping.
    pub fn look(&self) {
        let request = Request::Ping {
            max_silence: self.max_silence.of_worker,
        };
        let files = Vec::new();
        // This fails if the guardian has ended, and then all commands have ended too.
        self.link().requests.send(Envelope { request, files }).ok();
    }

    /// Ends all commands that still run and the guardian itself, and waits until they are gone.
    ///
    /// Without this, the same happens a moment after the end of this process.
    pub async fn end(&self) {
        let closing = self.link().close();
        if let Some(closed) = closing {
            closed.await.ok();
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody knows how the command has ended.
#[derive(Debug, Clone, Copy)]
struct GuardianLost;

/// A running command. Dropping it kills the command and all of its process group.
#[derive(Debug)]
pub struct Child {
    id: u64,
    requests: Requests,
    watched: Table,
    ended: oneshot::Receiver<Outcome>,
    /// Known once it has ended.
    end: Option<Result<Outcome, GuardianLost>>,
    stops: latest::Receiver<Option<Signal>>,
}

impl Child {
    /// Looks up the process that leads the group: known a moment after it has started, until it has ended.
    pub fn leader(&self) -> impl Fn() -> Option<Pid> + use<> {
        let (watched, id) = (self.watched.clone(), self.id);
        move || watched.group(id)
    }

    /// Sends a signal to all processes of the group.
    pub fn signal(&self, signal: Signal) {
        let (id, signal) = (self.id, signal.as_raw());
        self.send(Request::Signal { id, signal }, Vec::new());
    }

    /// Waits until the command has ended, and all that it left behind.
    pub async fn ended(&mut self) -> Result<End, LaunchError> {
        let end = match self.end {
            Some(end) => end,
            // Kept in any case: a channel that is asked again after its end panics.
            None => *self
                .end
                .insert((&mut self.ended).await.map_err(|_| GuardianLost)),
        };
        let outcome = end.map_err(|GuardianLost| LaunchError::Lost)?;
        outcome.map_err(|errno| LaunchError::Refused(io::Error::from_raw_os_error(errno)))
    }

    /// The times at which the process that leads the group is stopped, from now on.
    pub fn stops(&self) -> Stops {
        Stops(self.stops.clone())
    }

    fn send(&self, request: Request, files: Vec<OwnedFd>) {
        // This fails if the guardian has ended, and then the command has ended too.
        self.requests.send(Envelope { request, files }).ok();
    }
}

/// Knows when a command is stopped.
#[derive(Debug)]
pub struct Stops(latest::Receiver<Option<Signal>>);

impl Stops {
    /// Waits until the command is stopped, and returns the signal. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        while self.0.changed().await.is_ok() {
            if let Some(signal) = *self.0.borrow_and_update() {
                return signal;
            }
        }
        // It has ended.
        std::future::pending().await
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.end.is_none() {
            self.signal(Signal::KILL);
        }
    }
}
