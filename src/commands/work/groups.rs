//! The commands that merge groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::commands::handlers::compared;
use crate::config::{GroupConfig, GroupSettings};
use crate::error::{Exit, Failure};
use crate::worker::event::Changes;
use crate::worker::handlers::guardian::Guardian;
use crate::worker::merge::MergeCommand;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Groups, Shell, Surroundings};

/// How groups are merged, by pattern.
#[derive(Default)]
pub(super) struct Merges(BTreeMap<String, Merge>);

#[derive(PartialEq)]
struct Merge {
    settings: GroupSettings,
    surroundings: Surroundings,
}

impl Merges {
    pub(super) fn new(configs: &[GroupConfig]) -> Result<Self, Failure> {
        let merges = configs.iter().map(|config| {
            let (pattern, settings) = (&config.pattern, &config.settings);
            let surroundings = settings.surroundings.checked().map_err(|reason| {
                Failure::new(Exit::Usage, format!("groups {pattern:?}: {reason}"))
            })?;
            let merge = Merge {
                settings: settings.clone(),
                surroundings,
            };
            Ok((pattern.clone(), merge))
        });
        merges.collect::<Result<_, Failure>>().map(Self)
    }

    /// What a worker merges then.
    pub(super) fn groups(&self, guardian: &Arc<Guardian>) -> Vec<Groups> {
        let groups = self.0.iter();
        groups
            .map(|(pattern, merge)| merge.groups(pattern, guardian))
            .collect()
    }

    /// What is different in the next ones.
    pub(super) fn changes(&self, next: &Self) -> Changes {
        let name = |pattern: &str| format!("groups.{pattern:?}");
        compared(&self.0, &next.0, Merge::eq, name)
    }
}

impl Merge {
    fn groups(&self, pattern: &str, guardian: &Arc<Guardian>) -> Groups {
        let settings = &self.settings;
        let shell = Shell {
            program: settings.program.clone(),
            exit_codes: ExitCodes::default(),
            grace: DEFAULT_GRACE,
            surroundings: self.surroundings.clone(),
            guardian: Arc::clone(guardian),
        };
        Groups {
            pattern: pattern.to_owned(),
            ripeness: settings.ripeness,
            timeout: settings.timeout,
            aggregator: Arc::new(MergeCommand {
                shell,
                kind: settings.kind.clone(),
                options: settings.options.clone(),
                timeout: settings.timeout,
            }),
        }
    }
}
