//! The `qctl` command that does the same as a place shows, or as an action would do.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::serde_fmt::rfc3339;
use crate::inspector::Options;
use crate::inspector::doctor::{Code, Finding};
use crate::task::{NewTask, QueueName, Start};
use crate::tui::message::{ChangeOf, Operation};
use crate::tui::place::Place;
use crate::tui::target::FindingKey;
use crate::view::text::{escape, listed, plural, thousands};
use crate::view::{command_line, edit};

/// The command that shows a place.
pub(in crate::tui) fn place(place: &Place) -> String {
    match place {
        Place::Queues => "qctl stats".to_owned(),
        Place::Queue(queue) => command_line::inspect_queue(queue),
        Place::Tasks(query) => command_line::ls(query.selection()),
        Place::Task(queue, id) => command_line::inspect(queue, id),
        Place::Output(queue, id) => command_line::logs(queue, id, None),
        Place::Workers => "qctl ls workers".to_owned(),
        Place::Server(_) => "qctl ls servers".to_owned(),
        Place::Schedules => "qctl cron ls".to_owned(),
        Place::Schedule(name) => command_line::cron_ls(name),
        Place::Doctor => "qctl doctor".to_owned(),
        Place::Finding(finding) => command_line::doctor_explain(finding.code.name()),
        Place::Audit | Place::AuditEntry(_) => "qctl ls audit".to_owned(),
        Place::Help(_) => "qctl --help".to_owned(),
    }
}

/// What a change does to so many tasks. A queue that is not among the known ones, if any are, is a new one.
pub(in crate::tui) fn what(change: &ChangeOf, count: u64, known: &[String]) -> String {
    let tasks = plural(count, "task");
    match &change.edit {
        None => format!("{} {tasks}", change.action.verb()),
        Some(one) => match (&one.edit.queue, edit::changes(&one.edit, &one.before)) {
            (Some(queue), changes) if changes.len() == 1 => {
                format!("move {tasks} to {}", destination(queue, known))
            }
            (_, changes) => format!("edit {tasks}: {}", escape(&changes.join(", "))),
        },
    }
}

/// A queue, which is a new one if it is not among the known ones, if any are.
fn destination(queue: &QueueName, known: &[String]) -> String {
    let queue = queue.as_str();
    let is_new = !known.is_empty() && !known.iter().any(|known| known == queue);
    let new = if is_new { "the new " } else { "" };
    format!("{new}queue {}", escape(queue))
}

/// What enqueues a new task.
fn enqueue(task: &NewTask, known: &[String]) -> String {
    let (kind, options) = (escape(task.kind.as_str()), &task.options);
    let bytes = task.payload.as_ref().map_or(0, Vec::len);
    let start = match task.start {
        Start::Now => String::new(),
        Start::At(at) => format!(", at {}", rfc3339(at)),
    };
    format!(
        "enqueue {kind} with {} in {}{start}",
        plural(bytes as u64, "byte"),
        destination(&options.queue, known)
    )
}

/// The command that makes a change.
pub(in crate::tui) fn change(change: &ChangeOf) -> String {
    if let Some(one) = &change.edit {
        return command_line::edit(&change.selection, &one.edit);
    }
    let options = Options {
        allow_trim: change.allow_trim,
        ..Options::default()
    };
    command_line::change(change.action, &change.selection, &options)
}

/// What an operation does, and the command that does the same. `known` are the queues that exist, as far as that is known.
pub(in crate::tui) fn operation(operation: &Operation, known: &[String]) -> (String, String) {
    let queue = |queue: &QueueName| escape(queue.as_str()).into_owned();
    match operation {
        Operation::EnqueueCopy(copy) => (enqueue(copy, known), command_line::enqueue(copy)),
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

/// What a repair does, and the command that does the same.
pub(in crate::tui) fn repair(findings: &[&Finding]) -> (String, String) {
    let what = match findings {
        [one] => {
            let (finding, count) = (FindingKey::from(*one), thousands(one.count));
            let repair = one.code.repair().unwrap_or_default();
            format!("repair {finding} ({count}): {repair}")
        }
        several => {
            let count = several.iter().map(|finding| finding.count).sum();
            let codes: BTreeSet<_> = several.iter().map(|finding| finding.code).collect();
            let codes: Vec<_> = codes.into_iter().map(Code::name).collect();
            format!("repair {}: {}", plural(count, "finding"), listed(&codes))
        }
    };
    let mut of_queues: BTreeMap<Option<&QueueName>, Vec<&str>> = BTreeMap::new();
    for finding in findings {
        let codes = of_queues.entry(finding.queue.as_ref()).or_default();
        codes.push(finding.code.name());
    }
    // One command is for each of its codes in each of its queues.
    let mut of_codes: BTreeMap<Vec<&str>, Vec<&QueueName>> = BTreeMap::new();
    for (queue, codes) in of_queues {
        of_codes.entry(codes).or_default().extend(queue);
    }
    let commands = of_codes.iter();
    let commands = commands.map(|(codes, queues)| command_line::doctor_fix(codes, queues));
    (what, commands.collect::<Vec<_>>().join("; "))
}
