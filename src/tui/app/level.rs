//! A place that was opened: what it shows, the cursor, the marks.

use std::collections::BTreeSet;

use crate::tui::layout::list::{lines, top};
use crate::tui::layout::table::Look;
use crate::tui::layout::{Pieces, Room, page, plain};
use crate::tui::output::Output;
use crate::tui::place::{Kind, List, MAX_ROWS, Place, Sheet};
use crate::tui::target::{Mark, Target};

/// Rows that are loaded at first, and that are added when the cursor is at the last one.
pub(super) const ROWS: usize = 200;

/// A place that was opened.
#[derive(Debug)]
pub(in crate::tui) struct Level {
    pub place: Place,
    pub content: Content,
    /// The selected row of a list; the line of the last match in a sheet.
    pub cursor: usize,
    /// The first line shown.
    pub top: usize,
    pub marks: BTreeSet<Mark>,
    /// All tasks that match are marked, whether shown or not.
    pub all: bool,
    pub search: Option<String>,
    /// What the attempts of a task have printed, in the place that shows it.
    pub output: Option<Output>,
    /// The end of the sheet stays visible, whatever is added.
    pub follows: bool,
    /// The largest number of rows to load.
    pub limit: usize,
    pub load: Load,
    /// Why the last load failed, if trying again does not help.
    pub failure: Option<String>,
}

/// What a place shows.
#[derive(Debug)]
pub(in crate::tui) enum Content {
    /// Nothing was loaded yet.
    Empty,
    List(List),
    Sheet {
        sheet: Box<Sheet>,
        lines: Vec<Pieces>,
    },
}

/// When data was loaded. Times are in ticks of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Load {
    /// Load as soon as possible.
    Due,
    /// It is under way.
    Running { ticks: u32 },
    /// Load again when `left` is 0.
    Done { left: u32 },
}

impl Level {
    pub(super) fn new(place: Place) -> Self {
        Self {
            follows: place.kind() == Kind::Output,
            output: None,
            place,
            content: Content::Empty,
            cursor: 0,
            top: 0,
            marks: BTreeSet::new(),
            all: false,
            search: None,
            limit: ROWS,
            load: Load::Due,
            failure: None,
        }
    }

    /// The number of rows, or of lines of a sheet.
    fn len(&self) -> usize {
        match &self.content {
            Content::Empty => 0,
            Content::List(list) => list.len(),
            Content::Sheet { lines, .. } => lines.len(),
        }
    }

    /// What the selected row stands for, or what the sheet is about.
    pub(super) fn target(&self) -> Option<&Target> {
        match &self.content {
            Content::Empty => None,
            Content::List(list) => list.targets().nth(self.cursor),
            Content::Sheet { sheet, .. } => Some(&sheet.target),
        }
    }

    /// Shows a list. The cursor stays on its row, wherever that is now.
    pub(super) fn show_list(&mut self, list: List, room: Room) {
        let selected = self.target().cloned();
        let find = |target: Target| list.targets().position(|other| is_same(&target, other));
        if self.cursor > 0
            && let Some(row) = selected.and_then(find)
        {
            self.cursor = row;
        }
        self.cursor = self.cursor.min(list.len().saturating_sub(1));
        self.content = Content::List(list);
        self.keep_visible(room);
    }

    pub(super) fn show_sheet(&mut self, sheet: Box<Sheet>, room: Room, look: Look) {
        let lines = page::lines(&sheet.page, room.width, look);
        self.content = Content::Sheet { sheet, lines };
        self.keep_visible(room);
    }

    /// Moves the cursor of a list, or scrolls a sheet. Returns whether the end of a list is reached, or shall be passed,
    /// and there may be more rows to load.
    pub(super) fn go(&mut self, step: isize, room: Room) -> bool {
        let end = self.len().saturating_sub(1);
        match &self.content {
            Content::Empty => return false,
            Content::Sheet { lines, .. } => {
                let last = lines.len().saturating_sub(room.height);
                self.top = self.top.saturating_add_signed(step).min(last);
                self.follows = self.place.kind() == Kind::Output && self.top == last;
            }
            Content::List(list) => {
                let (more, before) = (list.more, self.cursor);
                self.cursor = self.cursor.saturating_add_signed(step).min(end);
                let loading = matches!(self.load, Load::Running { .. });
                let further = before < end || (step > 0 && !loading);
                if more && self.cursor == end && further && self.limit < MAX_ROWS {
                    self.limit = (self.limit * 2).min(MAX_ROWS);
                    self.keep_visible(room);
                    return true;
                }
            }
        }
        self.keep_visible(room);
        false
    }

    /// Scrolls so that the cursor is visible, and not past the end.
    pub(super) fn keep_visible(&mut self, room: Room) {
        match &self.content {
            Content::Empty => self.top = 0,
            Content::List(list) => {
                let lines = lines(list, room.width);
                self.top = top(&lines, self.cursor, self.top, room.height);
            }
            Content::Sheet { lines, .. } => {
                let last = lines.len().saturating_sub(room.height);
                self.top = if self.follows {
                    last
                } else {
                    self.top.min(last)
                };
            }
        }
    }

    /// Goes to the next line of a sheet that contains the text, from this line on. Returns whether there is one.
    pub(super) fn find(&mut self, from: usize, room: Room) -> bool {
        let (Content::Sheet { lines, .. }, Some(wanted)) = (&self.content, &self.search) else {
            return false;
        };
        let wanted = wanted.to_lowercase();
        let places = (from..lines.len()).chain(0..from.min(lines.len()));
        let mut found =
            places.filter(|&place| plain(&lines[place]).to_lowercase().contains(&wanted));
        let Some(line) = found.next() else {
            return false;
        };
        self.cursor = line;
        self.follows = false;
        if line < self.top || line >= self.top + room.height {
            self.top = line.saturating_sub(room.height / 2);
        }
        self.keep_visible(room);
        true
    }

    /// Marks a task or a finding, or removes its mark.
    pub(super) fn mark(&mut self) {
        self.all = false;
        if let Some(mark) = self.target().and_then(Target::mark)
            && !self.marks.remove(&mark)
        {
            self.marks.insert(mark);
        }
    }

    pub(super) fn unmark(&mut self) {
        self.all = false;
        self.marks.clear();
    }

    pub(in crate::tui) fn is_marked(&self, target: &Target) -> bool {
        let mark = target.mark();
        mark.is_some_and(|mark| self.all || self.marks.contains(&mark))
    }
}

/// Whether two rows stand for the same, whatever state it is in.
fn is_same(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Task(one), Target::Task(other)) => one.queue == other.queue && one.id == other.id,
        (Target::Queue { name: one, .. }, Target::Queue { name: other, .. }) => one == other,
        (Target::Schedule { name: one, .. }, Target::Schedule { name: other, .. })
        | (Target::Server(one), Target::Server(other)) => one == other,
        (Target::Finding(one), Target::Finding(other)) => one == other,
        (Target::AuditEntry { id: one, .. }, Target::AuditEntry { id: other, .. }) => one == other,
        (Target::Trouble { tasks: some, .. }, Target::Trouble { tasks: others, .. }) => {
            let queues = [one, other].map(|target| target.queue().map(|(name, _)| name));
            some == others && queues[0] == queues[1]
        }
        (
            Target::Task(_)
            | Target::Queue { .. }
            | Target::Schedule { .. }
            | Target::Server(_)
            | Target::Trouble { .. }
            | Target::Finding(_)
            | Target::AuditEntry { .. }
            | Target::Nothing,
            _,
        ) => false,
    }
}
