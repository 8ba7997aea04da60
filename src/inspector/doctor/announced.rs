//! What schedulers announce.

use std::collections::{BTreeMap, BTreeSet};

use crate::inspector::{Error, Inspector};

/// The entries of all schedulers that are alive.
#[derive(Debug, Default)]
pub(super) struct Announced {
    ids: BTreeSet<String>,
    /// The schedulers that announce the same spec, type and payload.
    by: BTreeMap<(String, String, Vec<u8>), BTreeSet<String>>,
}

impl Announced {
    pub(super) async fn read(inspector: &Inspector) -> Result<Self, Error> {
        let mut announced = Self::default();
        let schedulers = inspector.broker().schedulers(inspector.now()).await;
        let schedulers = match schedulers {
            // The scan finds the key by its type.
            Err(error) if error.is_wrong_type() => return Ok(announced),
            schedulers => schedulers?,
        };
        for scheduler in schedulers {
            for entry in scheduler.entries {
                announced.ids.insert(entry.id);
                let schedule = (entry.spec, entry.kind, entry.payload);
                let by = announced.by.entry(schedule).or_default();
                by.insert(scheduler.id.clone());
            }
        }
        Ok(announced)
    }

    pub(super) fn has_entry(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// What several schedulers announce: spec, type and payload.
    pub(super) fn doubles(&self) -> impl Iterator<Item = String> {
        let several = self.by.iter().filter(|(_, by)| by.len() > 1);
        several.map(|((spec, kind, payload), _)| {
            format!("{spec} {kind} {}", String::from_utf8_lossy(payload))
        })
    }
}
