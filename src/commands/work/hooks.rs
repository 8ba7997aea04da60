//! The hooks of the handlers: commands that are run when attempts have ended.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::commands::handlers::{start_guardian, unusable};
use crate::config::{HandlerConfig, HooksConfig, WorkerPlan};
use crate::worker::event::Reporter;
use crate::worker::handlers::guardian::Guardian;
use crate::worker::handlers::hook::{EventHooks, HandlerHooks, RunningHooks};
use crate::worker::{DEFAULT_GRACE, ExitCodes, Program, Shell};

/// The hooks of a worker. What runs them is started for the first one.
pub(super) struct Hooks {
    program: PathBuf,
    /// Hears what goes wrong with them.
    reporter: Reporter,
    started: Arc<OnceLock<Started>>,
}

struct Started {
    hooks: EventHooks,
    running: Mutex<Option<RunningHooks>>,
    /// Their own: that of the handlers ends with the worker, before the last hooks.
    guardian: Arc<Guardian>,
}

impl Hooks {
    /// No hooks at first.
    pub(super) fn new(program: &Path, reporter: &Reporter) -> Self {
        Self {
            program: program.to_owned(),
            reporter: reporter.clone(),
            started: Arc::default(),
        }
    }

    /// The hooks of a plan, for [`Self::set`].
    pub(super) fn of(&self, plan: &WorkerPlan) -> anyhow::Result<Vec<HandlerHooks>> {
        let any = |handler: &HandlerConfig| handler.settings.hooks != HooksConfig::default();
        let started = match self.started.get() {
            Some(started) => started,
            None if !plan.handlers.iter().any(any) => return Ok(Vec::new()),
            None => {
                let started = self.start()?;
                self.started.get_or_init(|| started)
            }
        };
        let handlers = plan.handlers.iter();
        let hooks = handlers.map(|one| of_handler(one, &started.guardian));
        hooks.collect()
    }

    fn start(&self) -> anyhow::Result<Started> {
        let guardian = start_guardian(&self.program)?;
        let (hooks, running) = EventHooks::start(self.reporter.clone());
        Ok(Started {
            hooks,
            running: Mutex::new(Some(running)),
            guardian,
        })
    }

    /// From now on, these are the hooks.
    pub(super) fn set(&self, hooks: Vec<HandlerHooks>) {
        if let Some(started) = self.started.get() {
            started.hooks.set(hooks);
        }
    }

    /// A reporter that also runs the hooks of its events.
    pub(super) fn offering(&self, reporter: Reporter) -> Reporter {
        let started = Arc::clone(&self.started);
        Reporter::new(move |report| {
            reporter.pass_on(report);
            if let Some(started) = started.get() {
                started.hooks.offer(report);
            }
        })
    }

    /// Waits for the hooks that run or wait, but not longer than `patience`, and ends them.
    pub(super) async fn finish(&self, patience: Duration) {
        let Some(started) = self.started.get() else {
            return;
        };
        let running = started.running.lock().await.take();
        if let Some(running) = running {
            running.finish(patience).await;
            started.guardian.end().await;
        }
    }
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
