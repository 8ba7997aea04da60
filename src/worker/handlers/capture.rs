//! Reads the output of a command in bounded memory, however much it writes.
//!
//! All of it is read, so that the command never blocks on a full pipe, and little of it is kept.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe;

use crate::task::transition::{MAX_RESULT_BYTES, TaskResult};
use crate::worker::handlers::Transcript;

/// How much of standard error is kept: its end.
const MAX_TAIL_BYTES: usize = 8 * 1024;

/// How much is read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// How often a pipe is read at a time: as much as it holds, and its end.
const READS: usize = 64 * 1024 / CHUNK_BYTES + 1;

/// Where output goes.
pub(crate) trait Sink: Default + Send {
    fn write(&mut self, bytes: &[u8]);
}

/// Reads a pipe that does not block to its end, which is watched only if it has more to come. If the future is dropped, what
/// has been read is in the sink and in the transcript.
///
/// # Errors
/// It cannot be watched.
pub(crate) async fn drain(
    source: OwnedFd,
    sink: &mut impl Sink,
    transcript: &Transcript,
) -> io::Result<()> {
    let mut keep = |bytes: &[u8]| {
        sink.write(bytes);
        transcript.write(bytes);
    };
    if !read_some(|chunk| Ok(rustix::io::read(&source, chunk)?), &mut keep) {
        return Ok(());
    }
    let source = pipe::Receiver::from_owned_fd_unchecked(source)?;
    while source.readable().await.is_ok() && read_some(|chunk| source.try_read(chunk), &mut keep) {}
    Ok(())
}

/// Reads what a pipe holds now. Returns whether more may come: not after its end, nor after an error. The buffer is only there
/// meanwhile: of a thousand commands that wait, none needs one.
fn read_some(
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    keep: &mut impl FnMut(&[u8]),
) -> bool {
    let mut chunk = [0; CHUNK_BYTES];
    for _ in 0..READS {
        match read(&mut chunk) {
            Ok(count @ 1..) => keep(&chunk[..count]),
            Err(error) => {
                return matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
            }
            Ok(0) => return false,
        }
    }
    true
}

/// Standard output: all of it or, past the limit, nothing but its length.
#[derive(Debug)]
pub(crate) struct Whole {
    bytes: Vec<u8>,
    length: u64,
    limit: usize,
}

impl Default for Whole {
    fn default() -> Self {
        Self::up_to(MAX_RESULT_BYTES)
    }
}

impl Sink for Whole {
    fn write(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.length <= self.limit as u64 {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.bytes = Vec::new();
        }
    }
}

impl Whole {
    /// With a limit in bytes.
    pub(crate) const fn up_to(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            length: 0,
            limit,
        }
    }

    pub(crate) fn into_result(self) -> TaskResult {
        if self.length <= self.limit as u64 {
            TaskResult::Bytes(self.bytes)
        } else {
            TaskResult::TooLarge(self.length)
        }
    }
}

/// Standard error: the end of it.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    cut: bool,
}

impl Sink for Tail {
    fn write(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(MAX_TAIL_BYTES)..];
        let excess = (self.bytes.len() + kept.len()).saturating_sub(MAX_TAIL_BYTES);
        self.cut |= excess > 0 || kept.len() < bytes.len();
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
    }
}

impl Tail {
    /// Trimmed text of at most `longest` bytes, plus an ellipsis where it is cut.
    pub(crate) fn into_text(self, longest: usize) -> String {
        let bytes = Vec::from(self.bytes);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        let start = (text.len().saturating_sub(longest)..=text.len())
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        if start > 0 || (self.cut && !text.is_empty()) {
            // The cut may have gone through a character.
            let rest = text[start..].trim_start_matches(char::REPLACEMENT_CHARACTER);
            format!("…{rest}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(writes: &[&[u8]], longest: usize) -> String {
        let mut tail = Tail::default();
        for bytes in writes {
            tail.write(bytes);
        }
        assert!(tail.bytes.len() <= MAX_TAIL_BYTES);
        tail.into_text(longest)
    }

    #[test]
    fn a_result_is_whole_or_absent() {
        let mut whole = Whole::default();
        whole.write(&vec![b'x'; MAX_RESULT_BYTES - 1]);
        whole.write(b"y");
        assert_eq!(whole.bytes.len(), MAX_RESULT_BYTES);
        assert_eq!(whole.bytes.last(), Some(&b'y'));
        whole.write(b"z");
        whole.write(b"z");
        assert_eq!(whole.bytes.capacity(), 0);
        assert_eq!(
            whole.into_result(),
            TaskResult::TooLarge(MAX_RESULT_BYTES as u64 + 2)
        );
        assert_eq!(Whole::default().into_result(), Vec::new().into());
    }

    #[test]
    fn the_end_of_the_errors_is_kept() {
        assert_eq!(tail(&[], 100), "");
        assert_eq!(tail(&[b" \n"], 100), "");
        assert_eq!(tail(&[b"one\n", b"two\n\n"], 100), "one\ntwo");
        assert_eq!(tail(&[b"one two"], 3), "…two");
        let long = vec![b'x'; 3 * MAX_TAIL_BYTES];
        let kept = tail(&[b"a", &long, b"the end"], MAX_TAIL_BYTES);
        assert!(kept.starts_with("…xxx") && kept.ends_with("xthe end"));
        assert_eq!(kept.len(), MAX_TAIL_BYTES + '…'.len_utf8());
        let words = vec![b"some words ".as_slice(); 10_000];
        assert!(tail(&words, 100).ends_with("words some words"));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(tail(&["éé".as_bytes()], 3), "…é");
        assert_eq!(tail(&[b"\xff\xfe!"], 100), "\u{fffd}\u{fffd}!");
        let euros = "€".repeat(MAX_TAIL_BYTES);
        let kept = tail(&[euros.as_bytes()], MAX_TAIL_BYTES);
        assert!(kept.starts_with("…€") && kept.ends_with('€'));
    }
}
