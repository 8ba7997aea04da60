//! What reaches the state of the dashboard, and what it asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::crossterm::event::KeyEvent;

use super::output::Printed;
use super::place::{Found, List, Place, Sheet};
use super::target::FindingKey;
use crate::document::overview::Overview;
use crate::document::trouble::TroubleDocument;
use crate::failure::Failure;
use crate::inspector::doctor::Health;
use crate::inspector::draft::{Draft, Purpose};
use crate::inspector::edit::Edit;
use crate::inspector::{Error, Selection};
use crate::task::transition::Action;
use crate::task::{NewTask, QueueName, TaskId};

/// What reaches the state.
#[derive(Debug)]
pub(super) enum Event {
    Key(KeyEvent),
    Paste(String),
    /// Lines, down if positive.
    Scroll(i16),
    /// Columns and rows of the terminal.
    Resize(u16, u16),
    /// Whether the terminal has the focus.
    Focus(bool),
    /// A second has passed.
    Tick,
    Loaded(Place, Result<Loaded, Problem>),
    /// How the change of this number goes on.
    Progress(u64, Progress),
    /// How a look of the doctor goes on.
    Looked(Look),
    /// The end of the [`Operation`] of this number, in a sentence.
    Performed(u64, Result<String, Failure>),
    /// A command that was run in the terminal has ended.
    Returned(Result<(), String>),
    /// The task of the change of this number was read, for an editor.
    Drafted(u64, Result<Box<Draft>, Failure>),
    /// The editor was closed: what is to be done, if anything.
    Edited(u64, Result<Option<Box<Written>>, Failure>),
    /// A text that was typed has not become a change: where it is kept, in a sentence.
    TextKept(String),
}

/// What a place shows.
#[derive(Debug)]
pub(super) enum Loaded {
    Queues(Arc<Overview>),
    Schedules(Found),
    List(List),
    Sheet(Box<Sheet>),
    Output(Box<Printed>),
}

/// How a look of the doctor goes on.
#[derive(Debug)]
pub(super) enum Look {
    /// How many keys were read, and about how many there are, if that is known.
    Scanned {
        read: u64,
        keys: Option<u64>,
    },
    /// What could not be read for want of a right: a sentence for each.
    Unknown(Vec<String>),
    /// What the thresholds find, or why that is unknown.
    Figures(Result<Vec<TroubleDocument>, Failure>),
    /// What was seen at the first look, if there will be a second one.
    SeenOnce(Health),
    Ended(Result<Health, Failure>),
    /// What is left after a repair.
    Left(Health),
}

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub failure: Failure,
    /// Whether trying again may help.
    pub passing: bool,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self {
            passing: error.passing(),
            failure: error.into(),
        }
    }
}

/// What went wrong, and what to do, on one line.
pub(super) fn sentence(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{}; {hint}", failure.what),
        None => failure.what.clone(),
    }
}

/// How a change of tasks, or a repair, goes on.
#[derive(Debug)]
pub(super) enum Progress {
    /// So many of so many tasks were looked at.
    Counted(u64, u64),
    /// So many tasks will be changed.
    Planned(u64),
    /// Archiving would delete the oldest tasks of an archive.
    WouldTrim(String),
    /// So many of so many tasks or findings are done.
    Changed(u64, u64),
    /// Redis does not answer, for this reason; the step will be repeated.
    Away(String),
    /// The result in a sentence, and the first failure.
    Ended(String, Option<Failure>),
    /// The tasks could not be counted.
    Failed(Failure),
}

/// What the state asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// Loads a place, with at most so many rows.
    Load(Place, usize),
    /// Counts the tasks of a change, which has this number.
    Count(u64, ChangeOf),
    /// Starts the change that was counted.
    Start,
    /// Stops a count or a change after its present step.
    Stop,
    /// Performs an operation, which has this number.
    Perform(u64, Operation),
    /// Looks for what is wrong.
    Look,
    /// Repairs what the last look has found. The change has this number.
    Repair(u64, BTreeSet<FindingKey>),
    /// Copies a text into the clipboard of the terminal.
    Copy(String),
    /// Runs a `qctl` command in the terminal.
    Run(Vec<String>),
    /// Reads a task for an editor. The change has this number.
    Draft(u64, Purpose, QueueName, TaskId),
    /// Opens the task in the editor.
    OpenEditor(u64, Box<Draft>),
    /// Keeps the file with the typed text: what was to be done with it was canceled.
    KeepText,
    /// Stops the program, as a shell expects of Ctrl-Z.
    Suspend,
    Quit,
}

/// A change of tasks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChangeOf {
    pub action: Action,
    pub selection: Box<Selection>,
    pub allow_trim: bool,
    /// What to change, of [`Action::Edit`].
    pub edit: Option<Box<EditOf>>,
}

/// An edit of tasks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EditOf {
    pub edit: Edit,
    /// What it replaces, as far as that is known.
    pub before: Edit,
}

/// What a text from the editor stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Written {
    Edit(EditOf),
    Copy(NewTask),
}

/// A change of one queue or schedule, or a copy of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    EnqueueCopy(Box<NewTask>),
    PauseQueue(QueueName),
    ResumeQueue(QueueName),
    RunSchedule(String),
    PauseSchedule(String),
    ResumeSchedule(String),
    RemoveSchedule(String),
}

impl Operation {
    /// What is being done while it is performed.
    pub(super) const fn under_way(&self) -> &'static str {
        match self {
            Self::EnqueueCopy(_) => "enqueuing the copy…",
            Self::PauseQueue(_) => "pausing the queue…",
            Self::ResumeQueue(_) => "resuming the queue…",
            Self::RunSchedule(_) => "enqueuing the task of the schedule…",
            Self::PauseSchedule(_) => "pausing the schedule…",
            Self::ResumeSchedule(_) => "resuming the schedule…",
            Self::RemoveSchedule(_) => "removing the schedule…",
        }
    }
}
