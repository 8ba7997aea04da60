//! Loads what a place shows.

use crate::document::task::TaskDocument;
use crate::inspector::overview::Sampler;
use crate::inspector::{Error, Inspector, Selection};
use crate::task::State;
use crate::tui::message::Loaded;
use crate::tui::panes::{audit, queues, schedules, tasks, workers};
use crate::tui::place::{Found, List, Place, Sheet, Target};
use crate::view::Page;

/// Times of a schedule that are shown.
const NEXT: usize = 5;

/// Past days of a queue that are shown.
const DAYS: u32 = 7;

/// Past ticks of a schedule that are shown.
const HISTORY: usize = 20;

pub(super) async fn load(
    (inspector, sampler): (&Inspector, &Sampler),
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
            let list = list(inspector, query.selection(), rows).await?;
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
        Place::Workers => {
            let servers = inspector.servers(&[], now).await?;
            let running = inspector.workers(&[], now).await?;
            Ok(Loaded::List(workers::list(&servers, &running)))
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
                broken_files: found.broken_files,
            }))
        }
        Place::Schedule(name) => schedule(inspector, name).await.map(sheet),
        Place::Audit => {
            // One more tells whether there are more.
            let changes = inspector.audit(rows + 1, None).await?;
            Ok(Loaded::List(audit::list(&changes, rows)))
        }
        // It is made from the table of keys.
        Place::Help(_) => Ok(Loaded::List(List::default())),
    }
}

fn sheet(sheet: Sheet) -> Loaded {
    Loaded::Sheet(Box::new(sheet))
}

/// The first tasks of a selection.
async fn list(inspector: &Inspector, selection: &Selection, rows: usize) -> Result<List, Error> {
    let known = known_size(inspector, selection).await?;
    let mut wanted = selection.clone();
    // One more tells whether there are more.
    let most = u64::try_from(rows).unwrap_or(u64::MAX).saturating_add(1);
    if selection.ids.is_none() {
        wanted.limit = Some(selection.limit.map_or(most, |limit| limit.min(most)));
    }
    let mut listing = inspector.list(&wanted).await?;
    let mut shown = tasks::Tasks::new(selection);
    let mut running = None;
    let mut more = false;
    while let Some(found) = listing.next(inspector.now()).await? {
        let now = inspector.now();
        for task in found {
            if shown.len() == rows {
                more = true;
                break;
            }
            let mut task = TaskDocument::new(task, now);
            if task.state == State::Active {
                if running.is_none() {
                    running = Some(inspector.running(now).await?);
                }
                if let Some(running) = &running {
                    running.describe(&mut task);
                }
            }
            shown.push(&task);
        }
    }
    Ok(shown.list(listing.judged(), known, more))
}

/// How many tasks match, where no task must be read to know it.
async fn known_size(inspector: &Inspector, selection: &Selection) -> Result<Option<u64>, Error> {
    let described = selection.filter.is_empty() && selection.limit.is_none();
    if selection.ids.is_some() || selection.group.is_some() || !described {
        return Ok(None);
    }
    let found = inspector
        .figures(&selection.queues, inspector.now())
        .await?;
    let total = &found.total;
    if selection.states.is_empty() {
        return Ok(total.size.map(|size| size + total.aside.unwrap_or(0)));
    }
    let mut states: Vec<State> = Vec::new();
    for filter in &selection.states {
        if filter.state().name() != filter.name() {
            return Ok(None);
        }
        if !states.contains(&filter.state()) {
            states.push(filter.state());
        }
    }
    Ok(states.iter().map(|state| total.count(*state)).sum())
}

async fn schedule(inspector: &Inspector, name: &str) -> Result<Sheet, Error> {
    let now = inspector.now();
    let names = [name.to_owned()];
    let mut found = inspector.schedules(&names, &[], now).await?;
    let Some(one) = found.schedules.pop() else {
        return Ok(Sheet {
            page: Page::new(),
            target: Target::Nothing,
        });
    };
    // A definition that cannot be read has no next times; its row says why.
    let next = inspector.next_ticks(name, NEXT, now).await;
    let next = next.map(|next| next.ticks).unwrap_or_default();
    let history = inspector.schedule_history(name, HISTORY, now).await?;
    Ok(schedules::sheet(&one, &next, &history))
}
