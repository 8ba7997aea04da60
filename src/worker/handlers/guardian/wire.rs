//! The protocol between the worker and its guardian: one JSON document a line, each way.
//!
//! Requests go over a Unix socket, because a command's standard streams travel with them as open
//! files; replies come back over a pipe. Both ends are the same program, so this protocol may change at any time.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use super::bounds::Bounds;

/// A command to start. It inherits the environment of the guardian; `env` comes on top of that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The program (a path, or a name to look up in `PATH`) and its arguments.
    pub words: Vec<String>,
    /// Variables to set.
    pub env: Vec<(String, String)>,
    /// The working directory; absent: that of the guardian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
    /// What it may use, and as whom it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
}

/// Standard input, output and error of a command.
pub type Streams = [OwnedFd; 3];

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Start a command; its three streams travel with the line.
    Start { id: u64, launch: Launch },
    /// Send a signal to a command's group, if it still runs.
    Signal { id: u64, signal: i32 },
    /// The worker is alive. If the next request takes longer than this to come, the worker is stopped. The answer is a pong,
    /// after the commands that still run and were not reported yet.
    Ping { max_silence: Duration },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// It runs and leads the process group of this id. Most commands end before this would be news.
    Running { id: u64, group: i32 },
    /// It could not be started, for the reason this number of the system stands for.
    Refused { id: u64, errno: i32 },
    /// It was stopped by this signal, such as that of Ctrl-Z.
    Stopped { id: u64, signal: i32 },
    /// It has ended, and so have all processes that it left behind.
    Ended { id: u64, end: End },
    /// The answer to a ping.
    Pong,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// By itself, with this exit status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// A document as a line.
pub(crate) fn line(document: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(document)?;
    line.push(b'\n');
    Ok(line)
}

/// Sends what it can of `bytes`, with `files` at their head.
pub(crate) fn send(socket: impl AsFd, bytes: &[u8], files: &[OwnedFd]) -> io::Result<usize> {
    let borrowed: Vec<_> = files.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut attached = SendAncillaryBuffer::new(&mut space);
    if !borrowed.is_empty() && !attached.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let bytes = [IoSlice::new(bytes)];
    Ok(sendmsg(socket, &bytes, &mut attached, SendFlags::empty())?)
}

/// The receiving end of the requests.
pub(crate) struct Requests<S> {
    socket: S,
    bytes: Vec<u8>,
    files: VecDeque<OwnedFd>,
}

impl<S: AsFd> Requests<S> {
    pub(crate) fn new(socket: S) -> Self {
        Self {
            socket,
            bytes: Vec::new(),
            files: VecDeque::new(),
        }
    }

    /// Sets how long [`next`](Self::next) waits for a request.
    pub(crate) fn expect_within(&self, limit: Duration) -> io::Result<()> {
        Ok(set_socket_timeout(
            &self.socket,
            Timeout::Recv,
            Some(limit),
        )?)
    }

    /// The next request with its files; `None` when the worker is gone.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if none came in time.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Request, Option<Streams>)>> {
        let mut seen = 0;
        loop {
            let end = self.bytes[seen..].iter().position(|&byte| byte == b'\n');
            if let Some(end) = end {
                let line: Vec<u8> = self.bytes.drain(..=seen + end).collect();
                let request = serde_json::from_slice(&line)?;
                let files = match request {
                    Request::Start { .. } => Some(self.streams()?),
                    Request::Signal { .. } | Request::Ping { .. } => None,
                };
                return Ok(Some((request, files)));
            }
            seen = self.bytes.len();
            if self.receive()? == 0 {
                return Ok(None);
            }
        }
    }

    /// The oldest three files: they arrived with the first byte of the line just read, or earlier.
    fn streams(&mut self) -> io::Result<Streams> {
        let mut next = || self.files.pop_front().ok_or(io::ErrorKind::InvalidData);
        Ok([next()?, next()?, next()?])
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 16 * 1024];
        // Room for more than the three that ever come at once, so that too many are noticed.
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut attached = RecvAncillaryBuffer::new(&mut space);
        let received = rustix::io::retry_on_intr(|| {
            recvmsg(
                &self.socket,
                &mut [IoSliceMut::new(&mut chunk)],
                &mut attached,
                RecvFlags::empty(),
            )
        })?;
        let files: Vec<OwnedFd> = attached
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(files) => Some(files),
                _ => None,
            })
            .flatten()
            .collect();
        // If files were lost on the way (this process has too many open), the next commands would get the streams
        // of their predecessors. It is better to fail.
        if received.flags.contains(ReturnFlags::CTRUNC) || !matches!(files.len(), 0 | 3) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        for file in &files {
            // Not by a flag of `recvmsg`, which macOS does not have. Commands are started by the
            // thread that runs this, so none can inherit the file in between.
            fcntl_setfd(file, FdFlags::CLOEXEC)?;
        }
        self.files.extend(files);
        self.bytes.extend_from_slice(&chunk[..received.bytes]);
        Ok(received.bytes)
    }
}
