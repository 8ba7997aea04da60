//! What an attempt has printed: its beginning and its end, in bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a handler writes what it prints, for the log of the attempt. Clones share it; the default keeps nothing.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Option<Arc<Mutex<Kept>>>);

/// Which attempts leave a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepLogs {
    /// None.
    Off,
    /// Those that do not succeed.
    #[default]
    Failure,
    /// All of them.
    Always,
}

/// What is kept of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    max_bytes: usize,
    pub(crate) beginning: Vec<u8>,
    pub(crate) end: VecDeque<u8>,
    /// All that was printed.
    pub(crate) length: u64,
}

impl Transcript {
    /// One that keeps so many bytes.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self(Some(Arc::new(Mutex::new(Kept {
            max_bytes,
            ..Kept::default()
        }))))
    }

    fn kept(&self) -> Option<MutexGuard<'_, Kept>> {
        let kept = self.0.as_ref()?;
        Some(kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what the handler has printed.
    pub fn write(&self, bytes: &[u8]) {
        if let Some(mut kept) = self.kept() {
            kept.write(bytes);
        }
    }

    /// The number of bytes that were printed.
    pub(crate) fn length(&self) -> u64 {
        self.kept().map_or(0, |kept| kept.length)
    }

    pub(crate) fn snapshot(&self) -> Kept {
        self.kept().map(|kept| kept.clone()).unwrap_or_default()
    }
}

impl Kept {
    fn write(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        // The first error often explains the others, and the last one most.
        let first = self.max_bytes / 4;
        let room = first.saturating_sub(self.beginning.len()).min(bytes.len());
        let (to_beginning, rest) = bytes.split_at(room);
        self.beginning.extend_from_slice(to_beginning);
        let last = self.max_bytes - first;
        let rest = &rest[rest.len().saturating_sub(last)..];
        let excess = (self.end.len() + rest.len()).saturating_sub(last);
        self.end.drain(..excess);
        self.end.extend(rest);
    }

    pub(crate) fn left_out(&self) -> u64 {
        self.length - (self.beginning.len() + self.end.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let transcript = Transcript::new(8);
        for bytes in ["ab", "cde", "fghijklm", "n"] {
            transcript.write(bytes.as_bytes());
        }
        let kept = transcript.snapshot();
        assert_eq!(kept.beginning, b"ab");
        assert_eq!(kept.end, b"ijklmn");
        assert_eq!((kept.length, kept.left_out()), (14, 6));
    }

    #[test]
    fn without_a_limit_to_keep_to_nothing_is_kept() {
        let transcript = Transcript::default();
        transcript.write(b"text");
        assert_eq!(transcript.length(), 0);
    }
}
