//! The changes that made the stored schedules match a file.

use serde_json::Value;

use crate::document::sync::{SyncAction, SyncDocument, SyncedChange, SyncedKey};
use crate::view::{Align, Cell, Cut, Head, Page, Role, Table, View, text};

impl SyncDocument {
    fn sentence(&self) -> String {
        let counts = [
            (self.added, "add", "added"),
            (self.replaced, "replace", "replaced"),
            (self.removed, "remove", "removed"),
            (self.failures.len() as u64, "fail", "failed"),
        ];
        let done = counts.into_iter().filter(|(count, ..)| *count > 0);
        let done: Vec<String> = done
            .map(|(count, verb, past)| {
                let verb = if self.dry_run { verb } else { past };
                format!("{verb} {}", text::thousands(count))
            })
            .collect();
        let would = if self.dry_run { "would " } else { "" };
        match (done.is_empty(), self.unchanged) {
            (true, unchanged) => format!("nothing to do: {}", in_file(unchanged)),
            (false, 0) => format!("{would}{}", done.join(", ")),
            (false, unchanged) => format!(
                "{would}{}; {} unchanged",
                done.join(", "),
                text::thousands(unchanged)
            ),
        }
    }

    fn table(&self) -> Table {
        let column = |title| Head::new(title, Align::Left);
        let fixed = |title| Head {
            cut: Cut::Never,
            ..column(title)
        };
        Table {
            heads: vec![
                fixed("CHANGE"),
                column("NAME"),
                fixed("KEY"),
                column("BEFORE"),
                column("AFTER"),
            ],
            rows: self.changes.iter().flat_map(rows).collect(),
            ..Table::default()
        }
    }
}

fn in_file(unchanged: u64) -> String {
    match unchanged {
        0 => "the file has no schedules".to_owned(),
        count => format!("{} unchanged", text::plural(count, "schedule")),
    }
}

/// One row for each key; only the first has the name.
fn rows(change: &SyncedChange) -> Vec<Vec<Cell>> {
    let role = match change.action {
        SyncAction::Add => Role::Good,
        SyncAction::Remove => Role::Error,
        SyncAction::Replace => Role::Warning,
    };
    let start = |first: bool| {
        let text = |text: &str| Cell::text(if first { text } else { "" });
        [text(change.action.word()).role(role), text(&change.name)]
    };
    if change.keys.is_empty() {
        let rest = [
            Cell::none(),
            Cell::none(),
            Cell::maybe(change.when.as_ref()),
        ];
        return vec![start(true).into_iter().chain(rest).collect()];
    }
    let line = |(index, key): (usize, &SyncedKey)| {
        let rest = [
            Cell::text(&key.key),
            value(key.before.as_ref()),
            value(key.after.as_ref()),
        ];
        start(index == 0).into_iter().chain(rest).collect()
    };
    change.keys.iter().enumerate().map(line).collect()
}

fn value(value: Option<&Value>) -> Cell {
    match value {
        None => Cell::none(),
        Some(Value::String(text)) => Cell::text(text),
        Some(other) => Cell::text(other.to_string()),
    }
}

impl View for SyncDocument {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        Some(("changes", &["name", "action", "when", "keys"]))
    }

    fn page(&self) -> Page {
        Page::new().table(self.table()).sentence(self.sentence())
    }

    fn ids(&self) -> Vec<&str> {
        self.changes
            .iter()
            .map(|change| change.name.as_str())
            .collect()
    }
}
