//! What attempts have printed, for people: lines as they were printed, below a line that says which attempt it was.

use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::attempt_log::AttemptLogDocument;
use crate::document::serde_fmt::rfc3339;
use crate::document::task::TaskDocument;
use crate::inspector::logs::AttemptLog;
use crate::task::State;

/// Which attempts leave a log.
pub(crate) const WHAT_IS_KEPT: &str = "workers of qctl keep what attempts print that do not succeed; logs = \"always\" in their configuration keeps all";

/// Why the log of an attempt that was running is gone.
pub(crate) const REMOVED_AT_SUCCESS: &str = "the attempt succeeded, so its output was removed; logs = \"always\" in the worker's configuration keeps it";

/// Whether an attempt whose log has no end is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unended {
    Running,
    Unknown,
}

/// The facts about an attempt, and what it has printed, of which at most so many lines: the last ones.
pub(crate) fn page(log: &AttemptLog, unended: Unended, max_lines: usize) -> Page {
    let ended = match (log.ended_at, unended) {
        (Some(at), _) => Cell::moment(Some(at)),
        (None, Unended::Running) => Cell::text("running").role(Role::State(State::Active)),
        (None, Unended::Unknown) => {
            Cell::text("unknown; its worker may have vanished").role(Role::Warning)
        }
    };
    let mut facts = vec![
        ("Attempt", Cell::text(log.label())),
        ("Worker", Cell::text(&log.worker)),
        ("Started", Cell::moment(Some(log.started_at))),
        ("Ended", ended),
    ];
    if log.ended_at.is_some() {
        facts.push(("Outcome", outcome_cell(&log.outcome)));
    }
    if log.left_out > 0 {
        let left_out = format!("{} in the middle", text::plural(log.left_out, "byte"));
        facts.push(("Left out", Cell::text(left_out).role(Role::Warning)));
    }
    let page = Page::new().facts(facts);
    let printed = everything(log);
    let lines = printed.lines().count();
    let hidden = lines.saturating_sub(max_lines);
    match (lines, log.ended_at) {
        (0, Some(_)) => page.sentence(Cell::text("It has printed nothing.").role(Role::Dim)),
        (0, None) => page.sentence(Cell::text("It has printed nothing yet.").role(Role::Dim)),
        _ if hidden == 0 => page.block("Output", &without_tabs(printed.lines()), Role::Plain),
        _ => {
            let first = text::plural(hidden as u64, "line");
            page.sentence(Cell::text(format!("The first {first} are not shown here.")))
                .block(
                    "Output",
                    &without_tabs(printed.lines().skip(hidden)),
                    Role::Plain,
                )
        }
    }
}

/// Lines with spaces up to the tab stops, which a terminal has at each eighth column.
fn without_tabs<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut shown = String::new();
    for line in lines {
        let mut column = 0;
        for (index, part) in line.split('\t').enumerate() {
            if index > 0 {
                let spaces = TAB - column % TAB;
                shown.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            shown += part;
            column += text::width(part);
        }
        shown.push('\n');
    }
    shown
}

const TAB: usize = 8;

fn outcome_cell(outcome: &str) -> Cell {
    let cell = Cell::maybe(Some(outcome));
    match outcome {
        "failed" | "lease lost" => cell.role(Role::Error),
        _ => cell,
    }
}

/// The line above the output of an attempt.
pub(crate) fn heading(log: &AttemptLog) -> String {
    let began = rfc3339(log.started_at);
    let (number, worker) = (log.label(), text::escape(&log.worker));
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
    after_bytes(log, seen, log.ended_at.is_some())
}

fn after_bytes(log: &AttemptLog, seen: u64, is_over: bool) -> (String, u64) {
    let gap = log.beginning.len() as u64;
    let after_gap = gap + log.left_out;
    let beginning = after(&log.beginning, seen);
    let end = after(&log.end, seen.saturating_sub(after_gap));
    let missing = after_gap - after_gap.min(seen.max(gap));
    if missing == 0 {
        return lines(&[beginning, end].concat(), seen, is_over);
    }
    let missing = text::plural(missing, "byte");
    let (end, seen) = lines(end, after_gap, is_over);
    let beginning = ended(readable(beginning));
    (format!("{beginning}… {missing} left out …\n{end}"), seen)
}

/// Everything that was printed and kept, an unfinished line included.
pub(crate) fn everything(log: &AttemptLog) -> String {
    after_bytes(log, 0, true).0
}

/// Why there is no log of a task, in a sentence.
pub(crate) fn why_absent(task: &TaskDocument) -> &'static str {
    let has_run = task.retried.is_some_and(|retried| retried > 0) || task.last_failed_at.is_some();
    match task.state {
        State::Completed => {
            "The output of an attempt that succeeds is not kept, unless the worker's configuration has logs = \"always\"."
        }
        State::Active => {
            "Nothing was printed yet. Output appears after a second, if a worker of qctl runs the task and its logs are not off."
        }
        State::Archived | State::Retry => NOT_KEPT,
        State::Pending | State::Scheduled | State::Aggregating | State::Aside if has_run => {
            NOT_KEPT
        }
        State::Pending | State::Scheduled | State::Aggregating | State::Aside => {
            "No attempt has run yet."
        }
    }
}

const NOT_KEPT: &str = "No output was kept: the attempts printed nothing, the worker's logs are off, a Go worker ran them, or \
     it was longer ago than logs are kept (three days, unless configured).";

/// The bytes after the first ones.
fn after(bytes: &[u8], first: u64) -> &[u8] {
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    bytes.get(first..).unwrap_or_default()
}

fn lines(bytes: &[u8], seen: u64, is_over: bool) -> (String, u64) {
    if is_over {
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
            Column::number("RUN", |log: &Self| Cell::count(log.run.into())),
            Column::whole("STARTED", |log| Cell::time(Some(log.started_at))),
            Column::whole("ENDED", |log| Cell::time(log.ended_at)),
            Column::whole("OUTCOME", |log| {
                log.outcome.as_deref().map_or_else(Cell::none, outcome_cell)
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

    use super::super::{Part, TimeStyle};
    use super::*;

    fn log(beginning: &str, left_out: u64, end: &str) -> AttemptLog {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        AttemptLog {
            number: 1,
            run: 1,
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
    fn a_page_has_the_last_lines_and_says_what_is_missing() {
        let log = log("a\tb\nsecond\n", 5, "日本\tx\nend\n");
        let drawn = |page: &Page| {
            let parts = page.parts.iter().flat_map(|part| match part {
                Part::Sentence(cell) => vec![cell.clone()],
                Part::Block(block) => block.lines.clone(),
                Part::Facts(_) | Part::Table(_) | Part::Footer(_) => Vec::new(),
            });
            let lines = parts.map(|cell| cell.draw(DateTime::default(), TimeStyle::Relative));
            lines.collect::<Vec<_>>()
        };
        let left_out = "… 5 bytes left out …";
        assert_eq!(
            drawn(&page(&log, Unended::Unknown, 9)),
            ["a       b", "second", left_out, "日本    x", "end"]
        );
        assert_eq!(
            drawn(&page(&log, Unended::Unknown, 2)),
            ["The first 3 lines are not shown here.", "日本    x", "end"]
        );
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
        assert_eq!(everything(&log), "one\ntw\n");
        log.beginning.extend(b"o\n");
        assert_eq!(printed(&log, 4), ("two\n".to_owned(), 8));
    }
}
