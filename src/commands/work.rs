//! `qctl work`: a worker that runs a command for each task, and fires the stored schedules.

mod check;
mod groups;
mod health;
mod hooks;
mod journal;
mod listen;
mod metrics;
mod plan;
mod queues;
mod reload;
mod service;
mod warnings;
mod watched;

use std::sync::Arc;

use anyhow::Context as _;

use self::groups::Merges;
use self::hooks::Hooks;
use self::plan::{Asked, Planned};
use self::reload::{Hangups, Reload};
use self::service::Service;
use self::warnings::{Warning, warnings};
use self::watched::Watched;
use super::Context;
use super::handlers::{Handlers, Means, start_guardian};
use crate::clock;
use crate::commands::run_schedules::Firing;
use crate::config::{self, LogArgs, WorkerArgs, WorkerPlan};
use crate::error::Exit;
use crate::inspector::Inspector;
use crate::output::Log;
use crate::schedule::sync::Wanted;
use crate::worker::handlers::guardian;
use crate::worker::{Control, Mux, Phase, Settings, Timing, Worker, WorkerError};

/// Run a worker: hand each task to a command, a process or an HTTP endpoint
///
/// A command gets the payload on standard input and facts about the task in its environment (QCTL_TASK_ID and others).
///
/// Exit status 0 means success, and standard output is the result. 65 archives the task, 75 retries it without
/// counting a failure. Any other status is a failure, whose error is the end of standard error.
///
/// A task whose type has no handler fails and is retried, unless the configuration says unmatched = "release". In a
/// configuration file, handlers may also be processes that stay (pipe) or HTTP endpoints, and have limits, such as
/// concurrency = 4: see docs/handlers.md, docs/worker.md and docs/config.md.
///
/// A worker also fires the stored schedules (see qctl cron); each tick is fired by one of all workers.
///
/// The first SIGINT or SIGTERM lets running tasks finish, the second ends them. SIGTSTP stops claiming tasks.
/// SIGHUP and a change of the configuration file change handlers, limits and groups while tasks run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl work --handle 'email:deliver=./send-email.sh'\n  qctl work -q critical=6 -q default=3 --handle 'image:*=./convert.sh'\n  qctl work --burst --fail-on-error --handle '*=./run.sh'\n  qctl work --config qctl.toml --check"
)]
#[expect(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "these are help texts, where backticks would show; each bool is a flag"
)]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    worker: WorkerArgs,
    /// Exit when the queues are empty
    #[arg(long)]
    burst: bool,
    /// Exit with 9 if an attempt failed
    #[arg(long, requires = "burst")]
    fail_on_error: bool,
    /// Do not fire stored schedules, and ignore [[cron]] in the configuration file
    #[arg(long)]
    no_scheduler: bool,
    /// Check the configuration, print what would run and exit; Redis is not needed
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    log: LogArgs,
    /// Variables for what the handlers start.
    #[arg(skip)]
    env: Vec<(String, String)>,
}

impl WorkArgs {
    /// A worker that runs until it is stopped.
    pub(super) fn new(worker: WorkerArgs, log: LogArgs, env: Vec<(String, String)>) -> Self {
        Self {
            worker,
            burst: false,
            fail_on_error: false,
            no_scheduler: false,
            check: false,
            log,
            env,
        }
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &WorkArgs) -> anyhow::Result<Exit> {
    run_until(cx, args, std::future::pending()).await
}

/// Runs the command until a signal comes or `stop` is ready.
pub(super) async fn run_until(
    cx: &mut Context,
    args: &WorkArgs,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Exit> {
    let asked = Asked {
        worker: args.worker.clone(),
        log: args.log.clone(),
        quiet: cx.printer.is_quiet(),
        env: args.env.clone(),
    };
    let planned = asked.plan(&cx.config.file)?;
    if args.check {
        for Wanted { schedule, .. } in &planned.schedules {
            if let Some(warning) = schedule.warning(clock::now()) {
                cx.printer.warn(&warning);
            }
        }
        for warning in warnings(&planned.plan.handlers, planned.plan.concurrency) {
            cx.printer.warn(&warning.text);
        }
        let document = check::document(&planned);
        cx.printer.show(&document, clock::now())?;
        return Ok(Exit::Done);
    }
    let inspector = cx.inspector_to("work").await?;
    if let Some(queue) = planned.plan.queues.names().next() {
        inspector.broker().expect_rights_of_a_worker(queue).await?;
    }
    cx.note_unknowns(&inspector);
    let notes = queues::notes(&inspector, &planned.plan.queues).await?;
    let log = Log::start(Arc::clone(&cx.printer), planned.log.clone());
    let warnings = warnings(&planned.plan.handlers, planned.plan.concurrency);
    let lines = warnings.into_iter().map(Warning::line).chain(notes);
    lines.for_each(log.writer());
    let ran = work(cx, args, (asked, planned), (&inspector, &log), stop).await;
    log.end().await;
    ran
}

/// Runs the worker, and the scheduler beside it.
async fn work(
    cx: &Context,
    args: &WorkArgs,
    (asked, planned): (Asked, Planned),
    (inspector, log): (&Inspector, &Log),
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Exit> {
    let hangups = Hangups::listen().context("cannot listen for signals")?;
    let program = guardian::this_program().context("cannot find the path of this program")?;
    let guardian = start_guardian(&program)?;
    let plan = &planned.plan;
    let patience = plan.shutdown_timeout;
    let watched = Watched::open(plan, &cx.config.redis.address.to_string()).await?;
    let journal = Arc::clone(&watched.journal);
    let service = Arc::new(Service::default());
    let reporter = watched.reporter(log, Arc::clone(&service));
    let hooks = Arc::new(Hooks::new(&program, &reporter));
    hooks.set(hooks.of(plan)?);
    let reporter = hooks.offering(reporter);
    let control = Control::default();
    let answering = tokio::spawn(watched.answer(control.clone()));
    let watchdog = tokio::spawn(service::keep_watchdog());
    let firing = Firing::beside_worker(cx, inspector, log);
    // A burst is about the tasks that are in the queues.
    let mut phases = control.phases();
    let firing = (!args.no_scheduler && !args.burst)
        .then(|| tokio::spawn(firing.run(async move { phases.reached(Phase::Draining).await })));
    let means = Means {
        guardian: Arc::clone(&guardian),
        reporter: reporter.clone(),
    };
    let handlers = Handlers::default().next(plan, &means)?;
    let mux = handlers.routes(Mux::default());
    let broker = inspector.broker().clone();
    let worker = Worker::new(broker, settings(plan, args.burst), mux, reporter);
    let merges = Merges::new(&plan.groups)?;
    worker.groups().replace(merges.groups(&guardian));
    let reload = Reload {
        path: cx.config.path.clone(),
        asked: Arc::new(asked),
        at_start: planned,
        handlers,
        merges,
        means,
        mux: worker.mux(),
        groups: worker.groups(),
        hooks: Arc::clone(&hooks),
        service,
        warn: Box::new(log.writer()),
    };
    let reloading = tokio::spawn(reload.run(hangups, control.clone()));
    let ended = until_over(worker, &control, stop).await;
    reloading.await.ok();
    guardian.end().await;
    hooks.finish(patience).await;
    watchdog.abort();
    answering.await.ok();
    if let Some(firing) = firing {
        firing.await.ok();
    }
    journal.last_line().into_iter().for_each(log.writer());
    ended?;
    if args.fail_on_error && journal.failed() > 0 {
        return Ok(Exit::TaskFailed);
    }
    Ok(Exit::Done)
}

/// Runs the worker until it is stopped, or until its burst is over.
async fn until_over(
    worker: Worker,
    control: &Control,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let stopping = async {
        stop.await;
        control.advance(Phase::Draining);
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! {
        ran = worker.run(control.clone()) => ran.map_err(|error| match error {
            WorkerError::NotStarted(error) => error.into(),
            WorkerError::Redis(error) => anyhow::Error::from(error),
        }),
        () = stopping => Ok(()),
        failed = control.follow_signals() => failed.context("cannot listen for signals"),
    };
    // If a handler could not start, there were no other phases.
    control.advance(Phase::Over);
    ended
}

fn settings(plan: &WorkerPlan, burst: bool) -> Settings {
    Settings {
        concurrency: plan.concurrency,
        queues: plan.queues.clone(),
        max_workers_lost: plan.max_workers_lost,
        logs: plan.logs,
        shutdown_timeout: plan.shutdown_timeout,
        burst,
        host: config::host(),
        timing: Timing::default(),
    }
}
