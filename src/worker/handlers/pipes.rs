//! The worker's ends of a command's standard streams.
//!
//! Most commands read little, print little, and end at once. Waiting for events of their pipes would cost more than such a
//! command does, so the payload is written before the start, and what was printed is read after the end. Only the pipes of
//! commands that go on are watched.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::ioctl_fionbio;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;

use crate::worker::handlers::guardian::Streams;

/// The worker's ends. None of them blocks, and none is watched yet.
pub(super) struct Pipes {
    pub(super) input: OwnedFd,
    pub(super) output: OwnedFd,
    pub(super) errors: OwnedFd,
}

impl Pipes {
    /// The worker's ends and the command's.
    pub(super) fn open() -> io::Result<(Self, Streams)> {
        let (their_input, input) = io::pipe()?;
        let (output, their_output) = io::pipe()?;
        let (errors, their_errors) = io::pipe()?;
        let ours = Self {
            input: input.into(),
            output: output.into(),
            errors: errors.into(),
        };
        // Not by a flag of `pipe2`, which is for both ends: most commands expect streams that block.
        for end in [&ours.input, &ours.output, &ours.errors] {
            ioctl_fionbio(end, true)?;
        }
        let theirs = [their_input.into(), their_output.into(), their_errors.into()];
        Ok((ours, theirs))
    }
}

/// Writes what there is room for at once, which is all of a small payload, and the rest when the returned future runs.
pub(super) fn feed(input: OwnedFd, payload: &[u8]) -> impl Future<Output = io::Result<()>> + Send {
    let written = rustix::io::write(&input, payload).unwrap_or(0);
    let rest = &payload[written..];
    let input = (!rest.is_empty()).then_some(input);
    async move {
        if let Some(input) = input {
            let mut input = pipe::Sender::from_owned_fd_unchecked(input)?;
            // A command need not read its input, and then the pipe breaks.
            input.write_all(rest).await.ok();
        }
        Ok(())
    }
}
