//! Splits what a process prints into lines, in bounded memory.

use std::io::BufRead as _;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What is read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Of a line that is too long, so much is kept.
const HEAD_BYTES: usize = 4 * 1024;

/// A line without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    /// The beginning of a line that is longer than the limit.
    TooLong(&'a [u8]),
}

/// The lines of a source.
pub(super) struct Lines<R> {
    source: R,
    longest: usize,
    buffer: Vec<u8>,
    /// Where the current line begins in the buffer, and how far it has been searched for its end.
    start: usize,
    searched: usize,
    /// How much of the buffer is filled.
    end: usize,
    /// The current line is too long, and its beginning is what the buffer holds up to here.
    head: Option<usize>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) const fn new(source: R, longest: usize) -> Self {
        Self {
            source,
            longest,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            end: 0,
            head: None,
        }
    }

    /// The next line; the last one may be without a line break. `None`: there is none, or none can be read.
    pub(super) async fn next(&mut self) -> Option<Line<'_>> {
        loop {
            let unsearched = &self.buffer[self.searched..self.end];
            let length = (&*unsearched).skip_until(b'\n').unwrap_or(0);
            if length > 0 && unsearched[length - 1] == b'\n' {
                let line_end = self.searched + length - 1;
                return Some(self.take(line_end, line_end + 1));
            }
            self.searched = self.end;
            self.bound();
            if self.fill().await == 0 {
                let rest = self.start < self.end || self.head.is_some();
                return rest.then(|| self.take(self.end, self.end));
            }
        }
    }

    fn take(&mut self, line_end: usize, next: usize) -> Line<'_> {
        let start = std::mem::replace(&mut self.start, next);
        self.searched = next;
        match self.head.take() {
            Some(head) => Line::TooLong(&self.buffer[..head]),
            None if line_end - start > self.longest => {
                Line::TooLong(&self.buffer[start..start + HEAD_BYTES.min(self.longest)])
            }
            None => Line::Whole(&self.buffer[start..line_end]),
        }
    }

    /// Drops what has been taken, and all but the head of a line that is too long.
    fn bound(&mut self) {
        if let Some(head) = self.head {
            self.rewind(head);
        } else if self.end - self.start > self.longest {
            let head = HEAD_BYTES.min(self.longest);
            self.buffer.copy_within(self.start..self.start + head, 0);
            self.head = Some(head);
            self.rewind(head);
        } else if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            self.searched = self.end;
        }
        if self.end <= CHUNK_BYTES && self.buffer.len() > 16 * CHUNK_BYTES {
            self.buffer.truncate(2 * CHUNK_BYTES);
            self.buffer.shrink_to_fit();
        }
    }

    const fn rewind(&mut self, to: usize) {
        self.start = to;
        self.searched = to;
        self.end = to;
    }

    async fn fill(&mut self) -> usize {
        if self.buffer.len() - self.end < CHUNK_BYTES {
            // Doubles, so that a long line is not copied for each of its chunks.
            let grown = (2 * self.buffer.len()).max(self.end + CHUNK_BYTES);
            self.buffer.resize(grown, 0);
        }
        // After an error nothing more can be read, as after the end.
        let count = self.source.read(&mut self.buffer[self.end..]).await;
        let count = count.unwrap_or(0);
        self.end += count;
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8], longest: usize) -> Vec<String> {
        let mut lines = Lines::new(text, longest);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await {
            all.push(match line {
                Line::Whole(line) => String::from_utf8(line.to_vec()).unwrap(),
                Line::TooLong(head) => format!("{}…", String::from_utf8_lossy(head)),
            });
        }
        all
    }

    #[tokio::test]
    async fn lines_end_with_a_break_or_the_source() {
        assert_eq!(lines(b"", 10).await, [""; 0]);
        assert_eq!(
            lines(b"one\n\ntwo\r\nthree", 10).await,
            ["one", "", "two\r", "three"]
        );
    }

    #[tokio::test]
    async fn of_a_line_that_is_too_long_the_beginning_is_kept_and_the_next_is_whole() {
        assert_eq!(
            lines(b"12345\n123456\nx\n", 5).await,
            ["12345", "12345…", "x"]
        );
        assert_eq!(lines(b"123456", 5).await, ["12345…"]);
        let mut long = vec![b'x'; 10 * CHUNK_BYTES];
        long.extend(b"\nnext\n");
        let said = lines(&long, CHUNK_BYTES).await;
        assert_eq!(said.len(), 2);
        assert_eq!(
            (said[0].len(), said[1].as_str()),
            (HEAD_BYTES + '…'.len_utf8(), "next")
        );
        let mut reader = Lines::new(long.as_slice(), CHUNK_BYTES);
        reader.next().await;
        assert!(reader.buffer.len() <= 4 * CHUNK_BYTES);
        let whole = lines(&long, 10 * CHUNK_BYTES).await;
        assert_eq!(whole[0].len(), 10 * CHUNK_BYTES);
    }
}
