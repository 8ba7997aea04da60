//! A schedule that was stored: a sentence, and its next times.

use crate::document::schedule_change::{Placed, ScheduleStored};
use crate::view::{Page, Table, View};

impl View for ScheduleStored {
    fn page(&self) -> Page {
        let name = &self.name;
        let done = match (self.outcome, self.dry_run) {
            (Placed::Added, true) => format!("would add schedule {name}"),
            (Placed::Replaced, true) => format!("would replace schedule {name}"),
            (Placed::Added, false) => format!("added schedule {name}"),
            (Placed::Replaced, false) => format!("replaced schedule {name}"),
            (Placed::Unchanged, _) => format!("schedule {name} is unchanged"),
        };
        let zone = if self.depends_on_zone {
            format!(", {}", self.tz)
        } else {
            String::new()
        };
        let page = Page::new()
            .sentence(format!("{done}: {}{zone}", self.when))
            .table(Table::list(&self.next));
        if self.paused {
            page.note(format!(
                "it is paused; to resume it: qctl cron resume {name}"
            ))
        } else {
            page
        }
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.name]
    }
}
