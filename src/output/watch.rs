//! Redraws a view: in place on a terminal, otherwise one below the other.

use chrono::{DateTime, Utc};

use super::style::paint;
use super::{Format, Printer, Result, document, page};
use crate::view::{Role, View, text};

/// Moves the cursor to the top left.
const HOME: &str = "\u{1b}[H";
/// Clears the rest of the line.
const CLEAR_LINE: &str = "\u{1b}[K";
/// Clears the rest of the screen.
const CLEAR_BELOW: &str = "\u{1b}[J";
/// Clears the screen.
const CLEAR_ALL: &str = "\u{1b}[2J";

/// The frames of a view that is watched.
pub(crate) struct Watch<'a> {
    printer: &'a Printer,
    frames: u64,
    last: Vec<String>,
}

impl Printer {
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch {
            printer: self,
            frames: 0,
            last: Vec::new(),
        }
    }
}

impl Watch<'_> {
    /// Draws the next frame.
    ///
    /// On a terminal, a page replaces the previous one; elsewhere, it follows after an empty line. JSON is one line per frame.
    /// CSV has a header above the first frame only.
    pub(crate) fn frame<V: View>(&mut self, view: &V, now: DateTime<Utc>) -> Result {
        let printer = self.printer;
        let first = self.frames == 0;
        self.frames += 1;
        match printer.settings.format {
            Format::Table | Format::Wide if printer.redraws() => {
                self.last = self.lines(view, now);
                self.draw(first)
            }
            Format::Table | Format::Wide => {
                if !first {
                    printer.put("\n")?;
                }
                printer.show(view, now)
            }
            Format::Json | Format::Ndjson => printer.put_json(&(document::line(view)? + "\n")),
            Format::Csv => printer.put_csv(view, first && !printer.settings.no_headers),
            Format::Id => printer.show(view, now),
        }?;
        printer.flush()
    }

    /// Reports a problem: below the last frame on a terminal, otherwise as a warning.
    pub(crate) fn trouble(&mut self, why: &str) -> Result {
        let pages = matches!(self.printer.settings.format, Format::Table | Format::Wide);
        if !pages || !self.printer.redraws() {
            self.printer.warn(why);
            return Ok(());
        }
        let colored = self.printer.settings.colored(true);
        let line = paint(&self.cut(&text::escape(why)), Role::Warning, colored);
        let first = self.frames == 0;
        self.frames += 1;
        self.last.push(line);
        let drawn = self.draw(first);
        self.last.pop();
        drawn?;
        self.printer.flush()
    }

    /// The lines of a page and of its notes, shortened to fit the screen.
    fn lines<V: View>(&self, view: &V, now: DateTime<Utc>) -> Vec<String> {
        let mut canvas = self.printer.canvas(now);
        canvas.cut = true;
        let mut page = view.page();
        let notes = page.notes.iter().map(|note| {
            let note = note.draw(now, canvas.time);
            paint(&self.cut(&note), Role::Dim, canvas.colored)
        });
        let notes: Vec<String> = notes.collect();
        let mut lines = page::lines(&page, &canvas);
        let over = (lines.len() + notes.len()).saturating_sub(self.rows());
        if over > 0 {
            page.shorten(over);
            lines = page::lines(&page, &canvas);
        }
        lines.extend(notes);
        lines
    }

    /// The number of lines that fit the screen. The cursor stays on the row below them, so that the screen never scrolls.
    fn rows(&self) -> usize {
        let size = self.printer.terminal_size();
        size.map_or(usize::MAX, |(_, rows)| {
            usize::from(rows).saturating_sub(1).max(1)
        })
    }

    fn cut(&self, line: &str) -> String {
        let room = self.printer.width().unwrap_or(usize::MAX);
        text::truncate(line, room).into_owned()
    }

    /// Overwrites the screen line by line; clearing it first would flicker.
    fn draw(&self, first: bool) -> Result {
        let mut frame = String::new();
        if first {
            frame += CLEAR_ALL;
        }
        frame += HOME;
        // The last lines, such as warnings, are kept rather than the end of a long table.
        let cut = self.last.len().saturating_sub(self.rows());
        let kept = self.last.len() - cut;
        let head = if cut > 0 { kept - 1 } else { kept };
        for line in self.last[..head].iter().chain(&self.last[head + cut..]) {
            frame += line;
            frame += CLEAR_LINE;
            frame.push('\n');
        }
        frame += CLEAR_BELOW;
        self.printer.put(&frame)
    }
}
