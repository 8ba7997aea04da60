//! Changes of queues and schedules, a sentence each.

use super::{Page, View, text};
use crate::document::change::{QueueChange, ScheduleChange, StateTasks, Verb};

impl View for Vec<QueueChange> {
    fn page(&self) -> Page {
        self.iter().fold(Page::new(), |page, change| {
            let queue = format!("queue {}", change.queue);
            let tasks = change.tasks.map(|tasks| text::plural(tasks, "task"));
            let with = tasks.map(|tasks| {
                format!(
                    " and {tasks}{}",
                    split(change.states.as_deref().unwrap_or_default())
                )
            });
            let done = sentence(change.action, &queue, change.changed, change.dry_run);
            page.sentence(done + &with.unwrap_or_default())
        })
    }

    fn ids(&self) -> Vec<&str> {
        self.iter().map(|change| change.queue.as_str()).collect()
    }
}

/// Tasks by state, behind their number.
fn split(states: &[StateTasks]) -> String {
    let each = by_state(states.iter().map(|one| (one.state, one.tasks)));
    if each.is_empty() {
        each
    } else {
        format!(": {each}")
    }
}

/// `200 pending, 85 archived`
pub(crate) fn by_state(states: impl IntoIterator<Item = (&'static str, u64)>) -> String {
    let states = states.into_iter();
    let each = states.map(|(state, tasks)| format!("{} {state}", text::thousands(tasks)));
    each.collect::<Vec<_>>().join(", ")
}

impl View for Vec<ScheduleChange> {
    fn page(&self) -> Page {
        self.iter().fold(Page::new(), |page, change| {
            let schedule = format!("schedule {}", change.name);
            page.sentence(sentence(
                change.action,
                &schedule,
                change.changed,
                change.dry_run,
            ))
        })
    }

    fn ids(&self) -> Vec<&str> {
        self.iter().map(|change| change.name.as_str()).collect()
    }
}

fn sentence(action: Verb, what: &str, changed: bool, dry_run: bool) -> String {
    match (changed, dry_run, action) {
        (true, true, _) => format!("would {} {what}", action.infinitive()),
        (true, false, _) => format!("{} {what}", action.past()),
        (false, _, Verb::Pause) => format!("{what} was already paused"),
        (false, _, Verb::Resume) => format!("{what} was not paused"),
        (false, _, Verb::Drop | Verb::Remove) => format!("{what} was already gone"),
    }
}
