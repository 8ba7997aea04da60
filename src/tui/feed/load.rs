//! Loads what a place shows.

use super::list::list;
use super::total::Totals;
use crate::document::schedule::ScheduleState;
use crate::document::task::TaskDocument;
use crate::inspector::overview::Sampler;
use crate::inspector::{Error, Inspector};
use crate::task::{QueueName, State, TaskId};
use crate::tui::message::Loaded;
use crate::tui::output::Printed;
use crate::tui::panes::{audit, queues, schedules, tasks, workers};
use crate::tui::place::{Found, List, Place, Sheet};

/// Times of a schedule that are shown.
const NEXT: usize = 5;

/// Past days of a queue that are shown.
const DAYS: u32 = 7;

/// Past ticks of a schedule that are shown.
const HISTORY: usize = 20;

pub(super) async fn load(
    (inspector, sampler, totals): (&Inspector, &Sampler, &Totals),
    place: &Place,
    rows: usize,
) -> Result<Loaded, Error> {
    let now = inspector.now();
    match place {
        Place::Queues => {
            let sample = sampler.fresh().await;
            Ok(Loaded::Queues(sample.current()?))
        }
        Place::Queue(queue) => {
            let details = inspector.queue_details(queue, DAYS, now).await?;
            Ok(sheet(queues::sheet(&details)))
        }
        Place::Tasks(query) => {
            let list = list((inspector, totals), query.selection(), rows).await?;
            Ok(Loaded::List(list))
        }
        Place::Task(queue, id) => {
            let found = inspector.task(std::slice::from_ref(queue), id).await?;
            let mut task = TaskDocument::new(found, now);
            if task.state == State::Active {
                inspector.running(now).await?.describe(&mut task);
            }
            Ok(sheet(tasks::sheet(&task)))
        }
        Place::Output(queue, id) => output(inspector, queue, id).await,
        Place::Workers => {
            let servers = inspector.servers(&[], now).await?;
            let silent = inspector.silent_servers(now).await?;
            let running = inspector.workers(&[], now).await?;
            let mut list = workers::list(&servers, &running);
            list.notes.extend(workers::silent(&silent, now));
            Ok(Loaded::List(list))
        }
        Place::Server(id) => {
            let servers = inspector.servers(&[], now).await?;
            let running = inspector.workers(&[], now).await?;
            Ok(sheet(workers::sheet(id, &servers, &running)))
        }
        Place::Schedules => {
            let found = inspector.schedules(&[], &[], now).await?;
            Ok(Loaded::Schedules(Found {
                schedules: found.schedules,
                unattended: found.unattended,
                stored_unknown: found.stored_unknown,
                broken_files: found.broken_files,
            }))
        }
        Place::Schedule(name) => schedule(inspector, name).await.map(sheet),
        Place::Audit => {
            // One more tells whether there are more.
            let changes = inspector.audit(rows + 1, None).await?;
            Ok(Loaded::List(audit::list(&changes, rows)))
        }
        Place::AuditEntry(id) => {
            let change = inspector.audit_entry(*id).await?;
            Ok(sheet(audit::sheet(change.as_ref())))
        }
        // Findings come from looks, and the help from the table of keys.
        Place::Doctor | Place::Finding(_) | Place::Help(_) => Ok(Loaded::List(List::default())),
    }
}

/// What the attempts of a task have printed. Both the task and its log may be gone.
async fn output(inspector: &Inspector, queue: &QueueName, id: &TaskId) -> Result<Loaded, Error> {
    let queue = std::slice::from_ref(queue);
    let task = found(inspector.task(queue, id).await)?;
    let log = found(inspector.task_log(queue, id).await)?;
    let (attempts, unreadable) =
        log.map_or_else(Default::default, |log| (log.attempts, log.unreadable));
    let now = inspector.now();
    Ok(Loaded::Output(Box::new(Printed {
        attempts,
        unreadable,
        task: task.map(|task| TaskDocument::new(task, now)),
    })))
}

/// What was looked for, if it is there.
fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        result => result.map(Some),
    }
}

fn sheet(sheet: Sheet) -> Loaded {
    Loaded::Sheet(Box::new(sheet))
}

async fn schedule(inspector: &Inspector, name: &str) -> Result<Sheet, Error> {
    let now = inspector.now();
    let all = inspector.schedules(&[], &[], now).await?.schedules;
    let Some(one) = all.into_iter().find(|one| one.is_called(name)) else {
        return Ok(schedules::removed());
    };
    let next = match one.state {
        // A definition that cannot be read has no next times; its row says why.
        ScheduleState::Unreadable => Vec::new(),
        ScheduleState::Active | ScheduleState::Paused | ScheduleState::Ended => {
            inspector.next_ticks(name, NEXT, now).await?.ticks
        }
    };
    let history = inspector.schedule_history(name, HISTORY, now).await?;
    Ok(schedules::sheet(&one, &next, &history))
}
