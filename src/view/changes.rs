//! Changes of queues and schedules, a sentence each.

use super::{Page, View, text};
use crate::document::change::{QueueChange, ScheduleChange, Verb};

impl View for Vec<QueueChange> {
    fn page(&self) -> Page {
        self.iter().fold(Page::new(), |page, change| {
            let queue = format!("queue {}", change.queue);
            let tasks = change.tasks.map(|tasks| text::plural(tasks, "task"));
            let with = tasks.map(|tasks| format!(" and {tasks}"));
            let done = sentence(change.action, &queue, change.changed, change.dry_run);
            page.sentence(done + &with.unwrap_or_default())
        })
    }

    fn ids(&self) -> Vec<&str> {
        self.iter().map(|change| change.queue.as_str()).collect()
    }
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
