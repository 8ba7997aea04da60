//! The commands that merge groups.

use std::sync::Arc;

use crate::config::GroupConfig;
use crate::error::{Exit, Failure};
use crate::worker::handlers::guardian::Guardian;
use crate::worker::merge::MergeCommand;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Groups, Shell, Worker};

/// The worker, which also merges groups.
pub(super) fn merged_by(
    worker: Worker,
    configs: &[GroupConfig],
    guardian: &Arc<Guardian>,
) -> Result<Worker, Failure> {
    configs.iter().try_fold(worker, |worker, config| {
        Ok(worker.with_groups(groups(config, guardian)?))
    })
}

fn groups(config: &GroupConfig, guardian: &Arc<Guardian>) -> Result<Groups, Failure> {
    let (pattern, settings) = (&config.pattern, &config.settings);
    let surroundings = settings.surroundings.checked();
    let surroundings = surroundings
        .map_err(|reason| Failure::new(Exit::Usage, format!("groups {pattern:?}: {reason}")))?;
    let shell = Shell {
        program: settings.program.clone(),
        exit_codes: ExitCodes::default(),
        grace: DEFAULT_GRACE,
        surroundings,
        guardian: Arc::clone(guardian),
    };
    Ok(Groups {
        pattern: pattern.clone(),
        ripeness: settings.ripeness,
        timeout: settings.timeout,
        aggregator: Arc::new(MergeCommand {
            shell,
            kind: settings.kind.clone(),
            options: settings.options.clone(),
            timeout: settings.timeout,
        }),
    })
}
