//! Makes sure that no command outlives the worker, not even when the worker is killed.
//!
//! A killed worker cannot clean up, so somebody else has to know its commands. That is the
//! guardian: a process that starts the commands for the worker. It learns the process group
//! of a command in the moment of its birth, so there is no gap in which a command runs that nobody would
//! end. When its connection to the worker breaks, it kills every group and goes.
//!
//! Each command leads a process group of its own. The worker and its guardian hold nothing of a task but
//! what is in the command's environment; its payload and output pass them by.

mod watch;
mod wire;

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, BufReader, Interest};
use tokio::net::UnixStream;
use tokio::process::{ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use crate::worker::handlers::guardian::watch::keep_watch;
pub use crate::worker::handlers::guardian::wire::{End, Launch, Streams};
use crate::worker::handlers::guardian::wire::{Reply, Request};

/// The guardian's name in a list of processes.
const NAME: &str = "task-guardian";

/// Starts commands that end at the latest when this process does.
#[derive(Debug)]
pub struct Guardian {
    program: PathBuf,
    args: Vec<OsString>,
    link: Mutex<Link>,
    next_id: AtomicU64,
}

/// Why a command does not run.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The system does not start it.
    #[error(transparent)]
    Refused(io::Error),
    /// The guardian ended, and all its commands with it. The next launch starts another one.
    #[error("the process that watches over commands has ended")]
    Lost,
    /// The guardian cannot be started.
    #[error("cannot start the process that watches over commands: {0}")]
    Unguarded(io::Error),
}

impl Guardian {
    /// Starts the guardian: `program` with `args`, which must end up in [`keep_watch`].
    ///
    /// Must be called in a Tokio runtime. It inherits the working directory and the environment, less
    /// what is meant for the worker alone: variables that begin with `QCTL_`, and `REDIS_URL`.
    pub fn start(program: &Path, args: &[&str]) -> io::Result<Self> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        Ok(Self {
            link: Mutex::new(Link::open(program, &args)?),
            program: program.to_owned(),
            args,
            next_id: AtomicU64::new(0),
        })
    }

    /// Starts a command with these standard streams, as the leader of its own process group.
    ///
    /// If this future is dropped, the command is killed.
    pub async fn launch(&self, launch: Launch, streams: Streams) -> Result<Child, LaunchError> {
        let (started, has_started) = oneshot::channel();
        let (ended, has_ended) = oneshot::channel();
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let child = {
            let mut link = lock(&self.link);
            let watched = Watched {
                started: Some(started),
                ended,
                group: None,
            };
            if let Err(watched) = link.watched.insert(id, watched) {
                *link = Link::open(&self.program, &self.args).map_err(LaunchError::Unguarded)?;
                // If that one is lost already, the dropped channels tell.
                link.watched.insert(id, watched).ok();
            }
            Child {
                id,
                requests: link.requests.clone(),
                ended: has_ended,
                end: None,
            }
        };
        child.send(Request::Start { id, launch }, streams.into());
        match has_started.await {
            Ok(Ok(())) => Ok(child),
            Ok(Err(error)) => Err(LaunchError::Refused(error)),
            Err(_) => Err(LaunchError::Lost),
        }
    }

    /// Ends all commands that still run and the guardian itself, and waits until they are gone.
    ///
    /// Without this, the same happens when this process ends, but a moment after that.
    pub async fn end(&self) {
        let tasks = lock(&self.link).tasks.take();
        if let Some((forward, dispatch)) = tasks {
            // With it goes the socket, as if this process had ended.
            forward.abort();
            dispatch.await.ok();
        }
    }
}

/// The program that runs now, for [`Guardian::start`]. It stays valid when an upgrade replaces the
/// file, where the system has a way to say so.
pub fn this_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
    }
}

/// A command that runs. Dropping it kills the command and all of its process group.
#[derive(Debug)]
pub struct Child {
    id: u64,
    requests: mpsc::UnboundedSender<Envelope>,
    ended: oneshot::Receiver<End>,
    end: Option<End>,
}

impl Child {
    /// Sends a signal to all processes of the group.
    pub fn signal(&self, signal: Signal) {
        let (id, signal) = (self.id, signal.as_raw());
        self.send(Request::Signal { id, signal }, Vec::new());
    }

    /// Waits for the command to end. By then, what it left in its group is killed as well.
    pub async fn ended(&mut self) -> Result<End, LaunchError> {
        if let Some(end) = self.end {
            return Ok(end);
        }
        let end = (&mut self.ended).await.map_err(|_| LaunchError::Lost)?;
        self.end = Some(end);
        Ok(end)
    }

    fn send(&self, request: Request, files: Vec<OwnedFd>) {
        // With the guardian gone there is nobody to tell, and no command either.
        self.requests.send(Envelope { request, files }).ok();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.end.is_none() {
            self.signal(Signal::KILL);
        }
    }
}

#[derive(Debug)]
struct Envelope {
    request: Request,
    files: Vec<OwnedFd>,
}

/// The connection to one guardian's process.
#[derive(Debug)]
struct Link {
    requests: mpsc::UnboundedSender<Envelope>,
    watched: Table,
    /// What sends, and what receives; taken by who waits for their end.
    tasks: Option<(JoinHandle<()>, JoinHandle<()>)>,
}

impl Link {
    fn open(program: &Path, args: &[OsString]) -> io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let mut command = Command::new(program);
        command
            .args(args)
            .arg0(NAME)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"QCTL_") || name == "REDIS_URL" {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn()?;
        let replies = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (requests, queue) = mpsc::unbounded_channel();
        let watched = Table::default();
        let forward = tokio::spawn(forward(queue, ours));
        let dispatch = tokio::spawn(dispatch(replies, watched.clone(), child));
        Ok(Self {
            requests,
            watched,
            tasks: Some((forward, dispatch)),
        })
    }
}

/// Sends requests until nobody can make one any more, or the guardian is gone. That closes the
/// socket, which ends a guardian.
async fn forward(mut queue: mpsc::UnboundedReceiver<Envelope>, socket: UnixStream) {
    while let Some(Envelope { request, files }) = queue.recv().await {
        let Ok(line) = wire::line(&request) else {
            continue;
        };
        let (mut rest, mut files) = (line.as_slice(), files);
        while !rest.is_empty() {
            let send = || wire::send(&socket, rest, &files);
            match socket.async_io(Interest::WRITABLE, send).await {
                Ok(count) => {
                    rest = &rest[count..];
                    files.clear();
                }
                Err(_) => return,
            }
        }
    }
}

/// Hands replies to those who wait for them, until the guardian is gone.
async fn dispatch(replies: ChildStdout, watched: Table, mut guardian: tokio::process::Child) {
    let mut lines = BufReader::new(replies).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(reply) = serde_json::from_str(&line) else {
            break;
        };
        watched.apply(&reply);
    }
    watched.close();
    guardian.wait().await.ok();
}

/// A command of which the guardian has been told.
#[derive(Debug)]
struct Watched {
    started: Option<oneshot::Sender<io::Result<()>>>,
    ended: oneshot::Sender<End>,
    group: Option<Pid>,
}

/// All commands that have not ended yet; `None` once the guardian is lost.
#[derive(Debug, Clone)]
struct Table(Arc<Mutex<Option<HashMap<u64, Watched>>>>);

impl Default for Table {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some(HashMap::new()))))
    }
}

impl Table {
    /// Gives `watched` back if the guardian is lost.
    fn insert(&self, id: u64, command: Watched) -> Result<(), Watched> {
        match lock(&self.0).as_mut() {
            Some(watched) => {
                watched.insert(id, command);
                Ok(())
            }
            None => Err(command),
        }
    }

    // Nobody may wait any more for what is told here: the future was dropped.
    fn apply(&self, reply: &Reply) {
        let mut watched = lock(&self.0);
        let Some(watched) = watched.as_mut() else {
            return;
        };
        match *reply {
            Reply::Started { id, group } => {
                if let Some(command) = watched.get_mut(&id) {
                    command.group = Pid::from_raw(group);
                    if let Some(started) = command.started.take() {
                        started.send(Ok(())).ok();
                    }
                }
            }
            Reply::Refused { id, errno } => {
                let started = watched.remove(&id).and_then(|command| command.started);
                if let Some(started) = started {
                    started.send(Err(io::Error::from_raw_os_error(errno))).ok();
                }
            }
            Reply::Ended { id, end } => {
                if let Some(command) = watched.remove(&id) {
                    command.ended.send(end).ok();
                }
            }
        }
    }

    /// The guardian is lost: its commands have no protection any more, so they end.
    fn close(&self) {
        let left = lock(&self.0).take().into_iter().flatten();
        for group in left.filter_map(|(_, command)| command.group) {
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
