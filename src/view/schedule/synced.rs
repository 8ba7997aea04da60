//! What makes the stored schedules what a file says.

use serde::Serialize;
use serde_json::Value;

use crate::schedule::sync::{Change, Kind};
use crate::view::{Align, Cell, Head, Page, Role, Table, View, text};

/// The whole.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Synced {
    /// The file, as it was named.
    pub file: String,
    /// Nothing was changed; the numbers say what would be.
    pub dry_run: bool,
    /// Schedules that were not stored before.
    pub added: u64,
    /// Schedules that were other.
    pub replaced: u64,
    /// Schedules that the file does not have.
    pub removed: u64,
    /// Schedules that were so already.
    pub unchanged: u64,
    /// What is not as before.
    pub changes: Vec<SyncedChange>,
    /// Changes that Redis has refused, and why.
    pub failures: Vec<SyncFailed>,
}

/// A change that could not be made.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncFailed {
    /// The schedule.
    pub name: String,
    /// Why.
    pub error: String,
}

/// What was done about one name.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncedChange {
    /// The schedule.
    pub name: String,
    /// `add`, `replace` or `remove`.
    pub action: &'static str,
    /// When it fires, in words, if it was added.
    pub when: Option<String>,
    /// What differs, if it was replaced.
    pub keys: Vec<SyncedKey>,
}

/// A key that differs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncedKey {
    /// The key, as files have it.
    pub key: String,
    /// Its value before; absent = not set.
    pub before: Option<Value>,
    /// Its value now.
    pub after: Option<Value>,
}

impl Synced {
    /// What these changes of `file` are.
    pub(crate) fn new<'a>(
        file: &str,
        dry_run: bool,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Self {
        let mut synced = Self {
            file: file.to_owned(),
            dry_run,
            added: 0,
            replaced: 0,
            removed: 0,
            unchanged: 0,
            changes: Vec::new(),
            failures: Vec::new(),
        };
        for change in changes {
            synced.add(change);
        }
        synced
    }

    fn add(&mut self, change: &Change) {
        let mut when = None;
        let mut differ = Vec::new();
        let action = match &change.kind {
            Kind::Keep => {
                self.unchanged += 1;
                return;
            }
            Kind::Add(wanted) => {
                self.added += 1;
                when = Some(wanted.schedule.spec.words());
                "add"
            }
            Kind::Replace { keys, .. } => {
                self.replaced += 1;
                differ.extend(keys.iter().map(|key| SyncedKey {
                    key: key.key.clone(),
                    before: key.before.clone(),
                    after: key.after.clone(),
                }));
                "replace"
            }
            Kind::Remove => {
                self.removed += 1;
                "remove"
            }
        };
        self.changes.push(SyncedChange {
            name: change.name.clone(),
            action,
            when,
            keys: differ,
        });
    }

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
            (true, unchanged) => format!("nothing to do: {}", as_in_file(unchanged)),
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
            shrinks: false,
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
        }
    }
}

fn as_in_file(unchanged: u64) -> String {
    match unchanged {
        0 => "the file has no schedules".to_owned(),
        count => format!("{} as in the file", text::plural(count, "schedule")),
    }
}

/// A line for each key; the name stands on the first.
fn rows(change: &SyncedChange) -> Vec<Vec<Cell>> {
    let role = match change.action {
        "add" => Role::Good,
        "remove" => Role::Error,
        _ => Role::Warning,
    };
    let start = |first: bool| {
        let text = |text: &str| Cell::text(if first { text } else { "" });
        [text(change.action).role(role), text(&change.name)]
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

impl View for Synced {
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
