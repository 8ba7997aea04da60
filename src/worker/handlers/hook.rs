//! Commands that are run when attempts have ended. They cannot harm a task: its outcome is written before, and nothing
//! waits for them but the end of the worker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::clock;
use crate::document::hook_event::HookEvent;
use crate::task::Message;
use crate::task::transition::{Failure, TaskResult};
use crate::worker::Shell;
use crate::worker::event::{Ended, Event, HooksLost, Note, NoteLevel, Report, Reporter, TaskRef};
use crate::worker::handlers::mux::best_match;
use crate::worker::handlers::{Attempt, Handler as _, Stop, StopReason, Stopper, Transcript};

/// Hooks that run at the same time.
const AT_A_TIME: usize = 4;

/// Hooks that wait for that. More are not run.
const MAX_WAITING: usize = 1000;

/// How long a hook may run.
const HOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// The commands of a handler.
#[derive(Debug, Default)]
pub(crate) struct HandlerHooks {
    /// The pattern of its types.
    pub(crate) pattern: String,
    pub(crate) on_success: Option<Arc<Shell>>,
    /// After each attempt that counts as failed.
    pub(crate) on_failure: Option<Arc<Shell>>,
    /// When no attempt follows.
    pub(crate) on_archive: Option<Arc<Shell>>,
}

/// One run of a command.
struct Call {
    hook: &'static str,
    handler: String,
    shell: Arc<Shell>,
    message: Message,
    outstanding: Arc<Outstanding>,
}

/// How many calls of each handler run or wait.
#[derive(Default)]
struct Outstanding(Mutex<BTreeMap<String, usize>>);

impl Outstanding {
    fn change(&self, handler: &str, by: isize) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(handler.to_owned()).or_default();
        *count = count.saturating_add_signed(by);
        calls.retain(|_, count| *count > 0);
    }

    fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.outstanding.change(&self.handler, -1);
    }
}

/// The hooks of all handlers of a worker.
pub(crate) struct EventHooks {
    /// All handlers, also those without hooks: the one with the longest match counts.
    handlers: RwLock<Vec<HandlerHooks>>,
    calls: mpsc::Sender<Call>,
    reporter: Reporter,
    dropped: AtomicU64,
    outstanding: Arc<Outstanding>,
}

/// The hooks that run and wait.
pub(crate) struct RunningHooks {
    close: oneshot::Sender<()>,
    all: JoinHandle<()>,
    reporter: Reporter,
    outstanding: Arc<Outstanding>,
}

impl EventHooks {
    /// What goes wrong is reported to `reporter`, which must not offer its events.
    pub(crate) fn start(reporter: Reporter) -> (Self, RunningHooks) {
        let (calls, waiting) = mpsc::channel(MAX_WAITING);
        let (close, closing) = oneshot::channel();
        let all = tokio::spawn(run_all(waiting, closing, reporter.clone()));
        let outstanding = Arc::<Outstanding>::default();
        let running = RunningHooks {
            close,
            all,
            reporter: reporter.clone(),
            outstanding: Arc::clone(&outstanding),
        };
        let hooks = Self {
            handlers: RwLock::default(),
            calls,
            reporter,
            dropped: AtomicU64::new(0),
            outstanding,
        };
        (hooks, running)
    }

    /// From now on, these are the hooks.
    pub(crate) fn set(&self, handlers: Vec<HandlerHooks>) {
        *(self.handlers.write()).unwrap_or_else(PoisonError::into_inner) = handlers;
    }

    /// Runs the hooks of an event, some time.
    pub(crate) fn offer(&self, report: &Report) {
        let (task, ended, took) = if let Event::Finished { task, ended, took } = &report.event {
            (task, ended, Some(*took))
        } else if let Event::Recovered { task, ended } = &report.event {
            (task, ended, None)
        } else {
            return;
        };
        let handlers = (self.handlers.read()).unwrap_or_else(PoisonError::into_inner);
        let Some(hooks) = best_match(&*handlers, |one| &one.pattern, &task.kind) else {
            return;
        };
        for (hook, shell) in of(hooks, ended) {
            let event = HookEvent {
                time: Some(report.at),
                handler: hooks.pattern.clone(),
                took_seconds: took,
                ..event(task, ended)
            };
            self.outstanding.change(&hooks.pattern, 1);
            let call = Call {
                hook,
                handler: hooks.pattern.clone(),
                shell,
                message: message(task, &event),
                outstanding: Arc::clone(&self.outstanding),
            };
            if self.calls.try_send(call).is_err() {
                self.reporter.report(Event::HooksLost(HooksLost::Dropped {
                    handler: hooks.pattern.clone(),
                    hook,
                    task: task.clone(),
                    so_far: self.dropped.fetch_add(1, Ordering::Relaxed) + 1,
                }));
            }
        }
    }
}

/// The commands for this end of an attempt, each with the name of its key.
fn of(hooks: &HandlerHooks, ended: &Ended) -> Vec<(&'static str, Arc<Shell>)> {
    let success = ("on_success", &hooks.on_success);
    let failure = ("on_failure", &hooks.on_failure);
    let archive = ("on_archive", &hooks.on_archive);
    let wanted = match ended {
        Ended::Done | Ended::ResultTooLarge { .. } => vec![success],
        Ended::Retry { .. } => vec![failure],
        Ended::Archived { .. } => vec![failure, archive],
        Ended::Released { .. } | Ended::Requeued | Ended::LeaseLost => Vec::new(),
    };
    let wanted = wanted.into_iter();
    wanted
        .filter_map(|(key, shell)| Some((key, Arc::clone(shell.as_ref()?))))
        .collect()
}

/// What is known of the end of an attempt by itself.
fn event(task: &TaskRef, ended: &Ended) -> HookEvent {
    let (event, error, at) = match ended {
        Ended::Done => ("done", None, None),
        Ended::ResultTooLarge { error } => ("done", Some(error), None),
        Ended::Retry { error, at } => ("retry", Some(error), Some(*at)),
        Ended::Released { error, at } => ("released", Some(error), Some(*at)),
        Ended::Archived { error } => ("archived", Some(error), None),
        Ended::Requeued => ("requeued", None, None),
        Ended::LeaseLost => ("lease_lost", None, None),
    };
    HookEvent {
        time: None,
        event: event.to_owned(),
        handler: String::new(),
        queue: task.queue.to_string(),
        task_id: task.id.to_string(),
        kind: task.kind.clone(),
        retried: task.retried,
        error: error.cloned(),
        next_attempt_at: at,
        took_seconds: None,
    }
}

/// A message with the event in place of the payload, so that a hook is run like a handler.
fn message(task: &TaskRef, event: &HookEvent) -> Message {
    Message {
        id: task.id.to_string(),
        kind: task.kind.clone(),
        queue: task.queue.to_string(),
        retried: task.retried,
        payload: serde_json::to_vec(event).unwrap_or_default(),
        ..Message::default()
    }
}

impl RunningHooks {
    /// Waits for the hooks that run or wait, but not longer than `patience`. Kills those that are left, and reports how many.
    pub(crate) async fn finish(mut self, patience: Duration) {
        drop(self.close);
        if timeout(patience, &mut self.all).await.is_ok() {
            return;
        }
        for (handler, hooks) in self.outstanding.take() {
            let lost = HooksLost::Killed { handler, hooks };
            self.reporter.report(Event::HooksLost(lost));
        }
        self.all.abort();
        self.all.await.ok();
    }
}

async fn run_all(
    mut calls: mpsc::Receiver<Call>,
    mut closing: oneshot::Receiver<()>,
    reporter: Reporter,
) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            call = calls.recv(), if running.len() < AT_A_TIME => match call {
                Some(call) => drop(running.spawn(call.run(reporter.clone()))),
                None => break,
            },
            _ = running.join_next(), if !running.is_empty() => {}
            // What was offered before is still run.
            _ = &mut closing, if !calls.is_closed() => calls.close(),
        }
    }
    while running.join_next().await.is_some() {}
}

impl Call {
    async fn run(self, reporter: Reporter) {
        let (stopper, stop) = Stopper::new();
        let attempt = Attempt {
            message: self.message.clone(),
            deadline: clock::now() + HOOK_TIMEOUT,
            transcript: Transcript::default(),
        };
        let failed = match bounded(&self.shell, &attempt, &stopper, stop).await {
            Ok(_) => return,
            Err(failure) => failure.error,
        };
        reporter.report(Event::Handler(Note {
            handler: self.handler.clone(),
            level: NoteLevel::Warn,
            task: Some((self.message.queue.clone(), self.message.id.clone())),
            text: format!("{} failed: {failed}", self.hook),
        }));
    }
}

async fn bounded(
    shell: &Shell,
    attempt: &Attempt,
    stopper: &Stopper,
    stop: Stop,
) -> Result<TaskResult, Failure> {
    let mut run = shell.run(attempt, stop);
    if let Ok(ended) = timeout(HOOK_TIMEOUT, &mut run).await {
        return ended;
    }
    stopper.stop(StopReason::TimedOut);
    run.await
}
