//! The `qctl` command that does the same as a place shows, or as an action would do.

use crate::inspector::Options;
use crate::tui::message::{ChangeOf, Operation};
use crate::tui::place::Place;
use crate::view::command_line;

/// The command that shows a place.
pub(in crate::tui) fn place(place: &Place) -> String {
    match place {
        Place::Queues => "qctl stats".to_owned(),
        Place::Queue(queue) => command_line::inspect_queue(queue),
        Place::Tasks(query) => command_line::ls(query.selection()),
        Place::Task(queue, id) => command_line::inspect(queue, id),
        Place::Workers => "qctl ls workers".to_owned(),
        Place::Server(_) => "qctl ls servers".to_owned(),
        Place::Schedules => "qctl cron ls".to_owned(),
        Place::Schedule(name) => command_line::cron_ls(name),
        Place::Audit => "qctl ls audit".to_owned(),
        Place::Help(_) => "qctl --help".to_owned(),
    }
}

/// The command that makes a change.
pub(in crate::tui) fn change(change: &ChangeOf) -> String {
    let options = Options {
        allow_trim: change.allow_trim,
        ..Options::default()
    };
    command_line::change(change.action, &change.selection, &options)
}

/// The command that does the same as an operation.
pub(in crate::tui) fn operation(operation: &Operation) -> String {
    match operation {
        Operation::PauseQueue(queue) => command_line::pause(queue),
        Operation::ResumeQueue(queue) => command_line::resume(queue),
        Operation::RunSchedule(name) => command_line::cron_run(name),
        Operation::PauseSchedule(name) => command_line::cron_pause(name),
        Operation::ResumeSchedule(name) => command_line::cron_resume(name),
        Operation::RemoveSchedule(name) => command_line::cron_remove(name),
    }
}
