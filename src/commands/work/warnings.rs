//! What can be started, but does not do all that its configuration says.

use crate::clock;
use crate::config::{HandlerConfig, Kind};
use crate::view::log::{Level, LogLine};
use crate::view::text::thousands;
use crate::worker::handlers::guardian;

/// What a command takes at its start: both ends of three pipes.
const FILES_OF_A_COMMAND: usize = 6;

/// Connections to Redis, the log, and whatever the worker has open besides its tasks.
const OWN_FILES: usize = 100;

/// A warning, and the event that its line in the log is of.
pub(super) struct Warning {
    event: &'static str,
    pub(super) text: String,
}

impl Warning {
    pub(super) fn line(self) -> LogLine {
        LogLine::new(clock::now(), Level::Warn, self.event).saying(self.text)
    }
}

/// The warnings about the handlers of a plan, in a worker that runs so many tasks at a time.
pub(super) fn warnings(handlers: &[HandlerConfig], slots: usize) -> Vec<Warning> {
    let warning = |event| move |text| Warning { event, text };
    let handlers_above = handlers.iter().filter_map(|handler| above(handler, slots));
    let warnings = handlers_above.map(warning("config"));
    let files = open_files(handlers, slots).map(warning("open_files"));
    warnings.chain(files).collect()
}

fn above(handler: &HandlerConfig, slots: usize) -> Option<String> {
    let own = handler.settings.concurrency.filter(|own| *own > slots)?;
    let pattern = &handler.pattern;
    Some(format!(
        "handler {pattern:?}: concurrency = {own} has no effect, since this worker runs at most {slots} tasks at a time"
    ))
}

/// Whether the worker may open fewer files than its tasks can take at once.
fn open_files(handlers: &[HandlerConfig], slots: usize) -> Option<String> {
    let files = |handler: &HandlerConfig| {
        let own = handler.settings.concurrency.unwrap_or(slots);
        let tasks = own.min(slots);
        match &handler.settings.kind {
            Kind::Command { .. } => tasks.saturating_mul(FILES_OF_A_COMMAND),
            Kind::Pipe(pipe) => pipe.processes.saturating_mul(FILES_OF_A_COMMAND),
            Kind::Http(_) => tasks,
            Kind::Discard => 0,
        }
    };
    let most = handlers.iter().map(files).max()?;
    let (needed, limit) = (
        most.saturating_add(OWN_FILES) as u64,
        guardian::max_open_files(),
    );
    (needed > limit).then(|| {
        let [needed, limit] = [needed, limit].map(thousands);
        format!(
            "concurrency {slots} may need {needed} open files, and {limit} are allowed: tasks whose command cannot be started then \
             are released; raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd) or lower the concurrency"
        )
    })
}
