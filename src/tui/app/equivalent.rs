//! The `qctl` command that does the same as a place shows, or as an action would do.

use crate::inspector::Options;
use crate::task::QueueName;
use crate::tui::message::{ChangeOf, Operation};
use crate::tui::place::Place;
use crate::view::command_line;
use crate::view::text::escape;

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

/// What an operation does, and the command that does the same.
pub(in crate::tui) fn operation(operation: &Operation) -> (String, String) {
    let queue = |queue: &QueueName| escape(queue.as_str()).into_owned();
    match operation {
        Operation::PauseQueue(name) => (
            format!("pause queue {}", queue(name)),
            command_line::pause(name),
        ),
        Operation::ResumeQueue(name) => (
            format!("resume queue {}", queue(name)),
            command_line::resume(name),
        ),
        Operation::RunSchedule(name) => (
            format!("enqueue the task of schedule {} now", escape(name)),
            command_line::cron_run(name),
        ),
        Operation::PauseSchedule(name) => (
            format!("pause schedule {}", escape(name)),
            command_line::cron_pause(name),
        ),
        Operation::ResumeSchedule(name) => (
            format!("resume schedule {}", escape(name)),
            command_line::cron_resume(name),
        ),
        Operation::RemoveSchedule(name) => (
            format!("remove schedule {} and its history", escape(name)),
            command_line::cron_remove(name),
        ),
    }
}
