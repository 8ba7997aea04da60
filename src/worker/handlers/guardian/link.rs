//! The worker's connection to its guardian: requests out, replies in, and who waits for which reply.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, BufReader, Interest};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::start::{MaxSilence, NAME, keep_own_variables};
use super::wire::{self, End, Reply, Request};

/// How long the backup may take to end all commands before it is killed: longer than it tries to.
const BACKUP_END_LIMIT: Duration = Duration::from_secs(15);

/// How long to wait until files may be sent again.
const FULL_SOCKETS_PAUSE: Duration = Duration::from_millis(5);

/// Where requests are handed in.
pub(super) type Requests = mpsc::UnboundedSender<Envelope>;

/// A request, and the open files that travel with it.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) request: Request,
    pub(super) files: Vec<OwnedFd>,
}

/// The connection to one guardian.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) requests: Requests,
    pub(super) watched: Table,
    sender: AbortHandle,
    /// Ends when the guardian, its backup and all commands have; taken by the caller that waits for it.
    receiver: Option<JoinHandle<()>>,
}

impl Link {
    pub(super) fn open(
        program: &Path,
        args: &[OsString],
        max_silence: MaxSilence,
    ) -> io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        let (lifeline, watched_lifeline) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let socket = UnixStream::from_std(ours)?;
        let mut command = Command::new(program);
        command
            .args(args)
            .arg0(NAME)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::from(OwnedFd::from(watched_lifeline)))
            .process_group(0);
        keep_own_variables(command.as_std_mut());
        let mut backup = command.spawn()?;
        let replies = backup.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (requests, queue) = mpsc::unbounded_channel();
        let watched = Table::default();
        let sender = Sender {
            socket,
            _lifeline: lifeline,
            watched: watched.clone(),
            max_silence,
        };
        let sender = tokio::spawn(sender.run(queue)).abort_handle();
        let receiver = Receiver {
            watched: watched.clone(),
            sender: sender.clone(),
            patience: max_silence.of_guardian,
        };
        Ok(Self {
            requests,
            watched,
            sender,
            receiver: Some(tokio::spawn(receiver.run(replies, backup))),
        })
    }

    /// Closes the connection, as the end of this process would. Returns what to wait for, once.
    pub(super) fn close(&mut self) -> Option<JoinHandle<()>> {
        self.sender.abort();
        self.receiver.take()
    }
}

/// Sends requests until nobody can make one any more, or the guardian is gone. Its end closes the socket, which
/// ends the guardian, and the lifeline, which ends the backup.
struct Sender {
    socket: UnixStream,
    _lifeline: StdUnixStream,
    watched: Table,
    max_silence: MaxSilence,
}

impl Sender {
    async fn run(self, mut queue: mpsc::UnboundedReceiver<Envelope>) {
        let mut pings = interval(self.max_silence.of_guardian / 5);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let envelope = tokio::select! {
                envelope = queue.recv() => match envelope {
                    Some(envelope) => envelope,
                    None => return,
                },
                _ = pings.tick(), if !self.watched.is_empty() => Envelope {
                    request: Request::Ping { max_silence: self.max_silence.of_worker },
                    files: Vec::new(),
                },
            };
            if self.send(envelope).await.is_err() {
                return;
            }
        }
    }

    async fn send(&self, Envelope { request, mut files }: Envelope) -> io::Result<()> {
        let line = wire::line(&request)?;
        let mut rest = line.as_slice();
        while !rest.is_empty() {
            let send = || wire::send(&self.socket, rest, &files);
            match self.socket.async_io(Interest::WRITABLE, send).await {
                Ok(count) => {
                    rest = &rest[count..];
                    files.clear();
                }
                // As many files as the user may have open are on their way through sockets. The guardian receives them.
                Err(error) if error.raw_os_error() == Some(Errno::TOOMANYREFS.raw_os_error()) => {
                    sleep(FULL_SOCKETS_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Hands replies to those who wait for them, until the guardian is gone or does not answer any more.
struct Receiver {
    watched: Table,
    sender: AbortHandle,
    patience: Duration,
}

impl Receiver {
    async fn run(self, replies: ChildStdout, mut backup: Child) {
        let mut lines = BufReader::new(replies).lines();
        // While commands run, pings are answered several times within `patience`. A silence counts from a look at which
        // there were commands, since one may have started just before.
        let mut expects_answer = false;
        loop {
            match timeout(self.patience, lines.next_line()).await {
                Ok(Ok(Some(line))) => {
                    let Ok(reply) = serde_json::from_str(&line) else {
                        break;
                    };
                    self.watched.apply(&reply);
                    expects_answer = false;
                }
                Ok(Ok(None) | Err(_)) => break,
                Err(_) if expects_answer && !self.watched.is_empty() => break,
                Err(_) => expects_answer = !self.watched.is_empty(),
            }
        }
        self.sender.abort();
        let lost = self.watched.close();
        if timeout(BACKUP_END_LIMIT, backup.wait()).await.is_err() {
            backup.kill().await.ok();
        }
        // Only now do those who wait learn of it: nothing of their commands is left.
        drop(lost);
    }
}

/// How a command has ended, or the number of the system's error if it was not started.
pub(super) type Outcome = Result<End, i32>;

/// A command that the guardian was asked to start.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) ended: oneshot::Sender<Outcome>,
    /// Absent until the guardian has answered a ping while it runs.
    pub(super) group: Option<Pid>,
    /// The signal by which it was stopped last.
    pub(super) stopped: watch::Sender<Option<Signal>>,
}

/// All commands that have not ended yet; `None` once the guardian is lost.
#[derive(Debug, Clone)]
pub(super) struct Table(Arc<Mutex<Option<HashMap<u64, Watched>>>>);

impl Default for Table {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some(HashMap::new()))))
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, Watched>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the command back if the guardian is lost.
    pub(super) fn insert(&self, id: u64, command: Watched) -> Result<(), Watched> {
        match self.lock().as_mut() {
            Some(watched) => {
                watched.insert(id, command);
                Ok(())
            }
            None => Err(command),
        }
    }

    fn is_empty(&self) -> bool {
        self.lock().as_ref().is_none_or(HashMap::is_empty)
    }

    // A channel may be closed, since the future that waited on it may have been dropped.
    fn apply(&self, reply: &Reply) {
        let mut watched = self.lock();
        let Some(watched) = watched.as_mut() else {
            return;
        };
        match *reply {
            Reply::Running { id, group } => {
                if let Some(command) = watched.get_mut(&id) {
                    command.group = Pid::from_raw(group);
                }
            }
            Reply::Stopped { id, signal } => {
                if let Some(command) = watched.get(&id) {
                    command.stopped.send_replace(Signal::from_named_raw(signal));
                }
            }
            Reply::Refused { id, errno } => {
                if let Some(command) = watched.remove(&id) {
                    command.ended.send(Err(errno)).ok();
                }
            }
            Reply::Ended { id, end } => {
                if let Some(command) = watched.remove(&id) {
                    command.ended.send(Ok(end)).ok();
                }
            }
            Reply::Pong => {}
        }
    }

    /// The process group of a command, as far as it is known.
    pub(super) fn group(&self, id: u64) -> Option<Pid> {
        self.lock().as_ref()?.get(&id)?.group
    }

    /// Kills the groups of all commands, which nothing protects any more. Those who wait for them learn of it
    /// when the returned commands are dropped.
    fn close(&self) -> Vec<Watched> {
        let left = self.lock().take().unwrap_or_default();
        for group in left.values().filter_map(|command| command.group) {
            kill_process_group(group, Signal::KILL).ok();
        }
        left.into_values().collect()
    }
}
