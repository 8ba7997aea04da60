//! The hooks of the handlers: commands that are run when attempts have ended.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::unusable::unusable;
use crate::config::{HandlerConfig, WorkerPlan};
use crate::worker::event::Reporter;
use crate::worker::handlers::guardian::{Guardian, MaxSilence};
use crate::worker::handlers::hook::{EventHooks, HandlerHooks, RunningHooks};
use crate::worker::{DEFAULT_GRACE, ExitCodes, Program, Shell};

/// The hooks of a worker, if it has any.
pub(super) struct Hooks(Option<Started>);

struct Started {
    hooks: Arc<EventHooks>,
    running: RunningHooks,
    /// Their own: that of the handlers ends with the worker, before the last hooks.
    guardian: Arc<Guardian>,
}

/// Starts what runs hooks. What goes wrong with them is reported.
pub(super) fn start(
    plan: &WorkerPlan,
    program: &Path,
    reporter: &Reporter,
) -> anyhow::Result<Hooks> {
    let any = |handler: &HandlerConfig| {
        let hooks = &handler.settings.hooks;
        (hooks.success.as_ref())
            .or(hooks.failure.as_ref())
            .or(hooks.archive.as_ref())
            .is_some()
    };
    if !plan.handlers.iter().any(any) {
        return Ok(Hooks(None));
    }
    let guardian = Guardian::start(program, &["guardian"], MaxSilence::default())
        .context("cannot start the guardian process")?;
    let guardian = Arc::new(guardian);
    let handlers = plan.handlers.iter().map(|one| of_handler(one, &guardian));
    let handlers = handlers.collect::<anyhow::Result<_>>()?;
    let (hooks, running) = EventHooks::start(handlers, reporter.clone());
    Ok(Hooks(Some(Started {
        hooks: Arc::new(hooks),
        running,
        guardian,
    })))
}

fn of_handler(handler: &HandlerConfig, guardian: &Arc<Guardian>) -> anyhow::Result<HandlerHooks> {
    let surroundings = handler.settings.surroundings.checked();
    let surroundings = surroundings.map_err(|reason| unusable(&handler.pattern, &reason))?;
    let shell = |line: &Option<String>| {
        let shell = |line: &String| Shell {
            program: Program::Run(line.clone()),
            exit_codes: ExitCodes::default(),
            grace: DEFAULT_GRACE,
            surroundings: surroundings.clone(),
            guardian: Arc::clone(guardian),
        };
        line.as_ref().map(shell).map(Arc::new)
    };
    let hooks = &handler.settings.hooks;
    Ok(HandlerHooks {
        pattern: handler.pattern.clone(),
        on_success: shell(&hooks.success),
        on_failure: shell(&hooks.failure),
        on_archive: shell(&hooks.archive),
    })
}

impl Hooks {
    /// A reporter that also runs the hooks of its events.
    pub(super) fn offering(&self, reporter: Reporter) -> Reporter {
        let Some(Started { hooks, .. }) = &self.0 else {
            return reporter;
        };
        let hooks = Arc::clone(hooks);
        Reporter::new(move |report| {
            reporter.pass_on(report);
            hooks.offer(report);
        })
    }

    /// Waits for the hooks that run or wait, but not longer than `patience`, and ends them.
    pub(super) async fn finish(self, patience: Duration) {
        if let Some(started) = self.0 {
            started.running.finish(patience).await;
            started.guardian.end().await;
        }
    }
}
