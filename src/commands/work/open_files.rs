//! Whether the worker may open as many files as its tasks can take at once.

use crate::config::{HandlerConfig, Kind, WorkerPlan};
use crate::view::text::thousands;
use crate::worker::handlers::guardian;

/// What a command takes at its start: both ends of three pipes.
const FILES_OF_A_COMMAND: usize = 6;

/// Connections to Redis, the log, and whatever the worker has open besides its tasks.
const OWN_FILES: usize = 100;

/// What there is to say if it may not.
pub(super) fn warning(plan: &WorkerPlan) -> Option<String> {
    let files = |handler: &HandlerConfig| {
        let slots = handler.settings.concurrency.unwrap_or(plan.concurrency);
        let tasks = slots.min(plan.concurrency);
        match &handler.settings.kind {
            Kind::Command { .. } => tasks.saturating_mul(FILES_OF_A_COMMAND),
            Kind::Pipe(pipe) => pipe.processes.saturating_mul(FILES_OF_A_COMMAND),
            Kind::Http(_) => tasks,
            Kind::Discard => 0,
        }
    };
    let most = plan.handlers.iter().map(files).max()?;
    let (needed, limit) = (
        most.saturating_add(OWN_FILES) as u64,
        guardian::max_open_files(),
    );
    (needed > limit).then(|| {
        let [needed, limit] = [needed, limit].map(thousands);
        format!(
            "concurrency {} may need {needed} open files, and {limit} are allowed: tasks whose command cannot be started then \
             are released; raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd) or lower the concurrency",
            plan.concurrency
        )
    })
}
