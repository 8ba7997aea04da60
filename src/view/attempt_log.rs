//! What attempts have printed, for people: lines as they were printed, below a line that says which attempt it was.

use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::attempt_log::AttemptLogDocument;
use crate::document::serde_fmt::rfc3339;
use crate::inspector::logs::AttemptLog;

/// The line above the output of an attempt.
pub(crate) fn heading(log: &AttemptLog) -> String {
    let began = rfc3339(log.started_at);
    let (number, worker) = (log.number, text::escape(&log.worker));
    format!("==> attempt {number} on {worker}, {began}\n")
}

/// The line below it.
pub(crate) fn ending(log: &AttemptLog) -> Option<String> {
    let took = log.ended_at? - log.started_at;
    let took = text::duration(took.to_std().unwrap_or_default());
    Some(format!("<== {} after {took}\n", text::escape(&log.outcome)))
}

/// What was printed after the first `seen` bytes, with what could change a terminal escaped, and how many bytes were printed
/// by then. While the attempt runs, an unfinished line is left for later.
pub(crate) fn printed(log: &AttemptLog, seen: u64) -> (String, u64) {
    let gap = log.beginning.len() as u64;
    let after_gap = gap + log.left_out;
    let beginning = after(&log.beginning, seen);
    let end = after(&log.end, seen.saturating_sub(after_gap));
    let missing = after_gap - after_gap.min(seen.max(gap));
    if missing == 0 {
        return lines(log, &[beginning, end].concat(), seen);
    }
    let missing = text::plural(missing, "byte");
    let (end, seen) = lines(log, end, after_gap);
    let beginning = ended(readable(beginning));
    (format!("{beginning}… {missing} left out …\n{end}"), seen)
}

/// The bytes after the first ones.
fn after(bytes: &[u8], first: u64) -> &[u8] {
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    bytes.get(first..).unwrap_or_default()
}

fn lines(log: &AttemptLog, bytes: &[u8], seen: u64) -> (String, u64) {
    if log.ended_at.is_some() {
        return (ended(readable(bytes)), seen + bytes.len() as u64);
    }
    let newline = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = &bytes[..newline.map_or(0, |at| at + 1)];
    (readable(whole), seen + whole.len() as u64)
}

/// The same text, with an end of its last line.
fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |line| (line, "\n"));
        let line = line.strip_suffix('\r').unwrap_or(line);
        for (index, part) in line.split('\t').enumerate() {
            if index > 0 {
                shown.push('\t');
            }
            shown += &text::escape(part);
        }
        shown += end;
    }
    shown
}

impl View for Vec<AttemptLogDocument> {
    fn page(&self) -> Page {
        Page::new().table(Table::list(self))
    }

    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Row for AttemptLogDocument {
    const PLURAL: &'static str = "attempts";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::number("ATTEMPT", |log: &Self| Cell::count(log.attempt.into())),
            Column::whole("STARTED", |log| Cell::time(Some(log.started_at))),
            Column::whole("ENDED", |log| Cell::time(log.ended_at)),
            Column::whole("OUTCOME", |log| {
                let cell = Cell::maybe(log.outcome.as_ref());
                match log.outcome.as_deref() {
                    Some("failed" | "lease lost") => cell.role(Role::Error),
                    Some(_) | None => cell,
                }
            }),
            Column::text("WORKER", |log| Cell::text(&log.worker)),
            Column::text("OUTPUT", |log| Cell::text(&log.output)),
        ]
    }

    fn id(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn log(beginning: &str, left_out: u64, end: &str) -> AttemptLog {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        AttemptLog {
            number: 1,
            started_at: at,
            ended_at: Some(at),
            outcome: "failed".to_owned(),
            worker: "host:1".to_owned(),
            left_out,
            beginning: beginning.into(),
            end: end.into(),
        }
    }

    #[test]
    fn what_could_change_a_terminal_is_escaped() {
        let (shown, seen) = printed(&log("a\tb\u{1b}[2J\r\nc", 0, "d"), 0);
        assert_eq!(shown, "a\tb\\u{1b}[2J\ncd\n");
        assert_eq!(seen, 11);
    }

    #[test]
    fn a_gap_is_named_and_counted_once() {
        let log = log("one\ntw", 5, "x\nend\n");
        assert_eq!(
            printed(&log, 0),
            ("one\ntw\n… 5 bytes left out …\nx\nend\n".to_owned(), 17)
        );
        // What was seen while it was still there is not missing.
        assert_eq!(printed(&log, 11), ("x\nend\n".to_owned(), 17));
        assert_eq!(printed(&log, 13), ("end\n".to_owned(), 17));
        assert_eq!(printed(&log, 17), (String::new(), 17));
    }

    #[test]
    fn a_running_attempt_shows_whole_lines() {
        let mut log = log("one\ntw", 0, "");
        log.ended_at = None;
        assert_eq!(printed(&log, 0), ("one\n".to_owned(), 4));
        log.beginning.extend(b"o\n");
        assert_eq!(printed(&log, 4), ("two\n".to_owned(), 8));
    }
}
