//! A view drawn again and again: in place on a terminal, one after the other elsewhere.

use chrono::{DateTime, Utc};

use super::style::paint;
use super::{Format, Printer, Result, document, page};
use crate::view::{Role, View, text};

/// To the first column of the first row.
const HOME: &str = "\u{1b}[H";
/// Clears what follows on the line.
const CLEAR_LINE: &str = "\u{1b}[K";
/// Clears what follows on the screen.
const CLEAR_BELOW: &str = "\u{1b}[J";
/// Clears the screen.
const CLEAR_ALL: &str = "\u{1b}[2J";

/// Draws frames. When to draw and when to end is for the caller to decide.
pub(crate) struct Watch<'a> {
    printer: &'a Printer,
    frames: u64,
    last: Vec<String>,
}

impl Printer {
    /// Starts to watch something.
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
    /// A page replaces the one before on a terminal and follows it after a blank line elsewhere; JSON is a
    /// line for each frame; CSV has its keys above the first frame only.
    pub(crate) fn frame<V: View>(&mut self, view: &V, now: DateTime<Utc>) -> Result {
        let printer = self.printer;
        let first = self.frames == 0;
        self.frames += 1;
        match printer.settings.format {
            Format::Table | Format::Wide if printer.out_terminal => {
                let mut canvas = printer.canvas(now);
                canvas.cut = true;
                let page = view.page();
                self.last = page::lines(&page, &canvas);
                for note in &page.notes {
                    let note = note.draw(now, canvas.time);
                    self.last
                        .push(paint(&self.cut(&note), Role::Dim, canvas.colored));
                }
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

    /// Says that there is no new frame, and why: below the last one on a terminal, as a warning elsewhere.
    pub(crate) fn trouble(&mut self, why: &str) -> Result {
        let pages = matches!(self.printer.settings.format, Format::Table | Format::Wide);
        if !pages || !self.printer.out_terminal {
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

    fn cut(&self, line: &str) -> String {
        let room = self.printer.width().unwrap_or(usize::MAX);
        text::truncate(line, room).into_owned()
    }

    /// Writes over what is there, line by line: clearing the screen first would flicker.
    fn draw(&self, first: bool) -> Result {
        // The row below the last line holds the cursor, so that the screen never scrolls.
        let rows = self
            .printer
            .terminal_size()
            .map_or(usize::MAX, |(_, rows)| {
                usize::from(rows).saturating_sub(1).max(1)
            });
        let mut frame = String::new();
        if first {
            frame += CLEAR_ALL;
        }
        frame += HOME;
        // What was said last, trouble for one, matters more than the end of a long table.
        let cut = self.last.len().saturating_sub(rows);
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
