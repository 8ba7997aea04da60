use std::io::Cursor;

use super::*;
use crate::document::read::Defaults;
use crate::inspector::import::enqueuing::Enqueuing;
use crate::task::{Start, TaskOptions};

fn reading(skip: u64, on_error: OnError) -> ImportOptions<Defaults> {
    ImportOptions {
        defaults: Defaults {
            start: Start::Now,
            options: TaskOptions::default(),
        },
        skip,
        on_error,
        on_conflict: OnConflict::Error,
    }
}

/// The types of the tasks, the numbers of the bad lines, and how many lines were processed.
fn all(input: impl Read, reading: ImportOptions<Defaults>) -> (Vec<String>, Vec<u64>, u64) {
    let mut lines = Lines::<_, Enqueuing>::new(input, reading);
    let (mut kinds, mut bad, mut through) = (Vec::new(), Vec::new(), 0);
    while let Some(batch) = lines.batch().unwrap() {
        kinds.extend(batch.tasks.iter().map(|task| task.kind.to_string()));
        bad.extend(
            batch
                .lines
                .iter()
                .filter(|line| line.names_id.is_err())
                .map(|line| line.number),
        );
        through = batch.through;
    }
    (kinds, bad, through)
}

const MIXED: &[u8] = b"\xef\xbb\xbf{\"type\":\"a\"}\r\n\n{\"typ\":1}\n\xff\n  \n{\"type\":\"b\"}";

#[test]
fn lines_are_numbered_as_editors_do() {
    let (kinds, bad, through) = all(MIXED, reading(0, OnError::Skip));
    assert_eq!(
        (kinds, bad, through),
        (vec!["a".into(), "b".into()], vec![3, 4], 6)
    );
    let (kinds, bad, through) = all(MIXED, reading(0, OnError::Stop));
    assert_eq!((kinds, bad, through), (vec!["a".into()], vec![3], 2));
    let (kinds, bad, through) = all(MIXED, reading(4, OnError::Stop));
    assert_eq!((kinds, bad, through), (vec!["b".into()], vec![], 6));
}

#[test]
fn a_line_without_end_is_refused_and_not_kept() {
    const MAX: usize = 10_000_000;
    let endless = io::repeat(b'x').take(MAX as u64 + 5);
    let input = endless.chain(Cursor::new("\n{\"type\":\"a\"}\n"));
    let mut lines = Lines::<_, Enqueuing>::new(input, reading(0, OnError::Skip));
    lines.max_line_bytes = MAX;
    let mut seen = Vec::new();
    while let Some(batch) = lines.batch().unwrap() {
        assert!(lines.text.capacity() <= MAX * 2 + READ_BYTES);
        seen.extend(batch.lines.into_iter().map(|line| line.names_id));
    }
    assert_eq!(seen, [Err(LineError::TooLong), Ok(false)]);
}

/// Gives one piece at a read, as a pipe does.
struct Pieces(Vec<&'static [u8]>);

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let piece = self.0.remove(0);
        into[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[test]
fn what_is_there_goes_on_without_waiting_for_more() {
    let pieces = vec![
        &b"{\"type\":\"a\"}\n{\"type\":\"b\"}\n{\"ty"[..],
        b"pe\":\"c\"}\n",
    ];
    let mut lines = Lines::<_, Enqueuing>::new(Pieces(pieces), reading(0, OnError::Stop));
    let mut next = || {
        lines
            .batch()
            .map(|batch| batch.map(|batch| batch.lines.len()))
    };
    assert_eq!(next().unwrap(), Some(2));
    assert_eq!(next().unwrap(), Some(1));
    assert_eq!(next().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}
