//! `qctl work`: a worker that runs a command for each task, and fires the stored schedules.

mod check;
mod health;
mod hooks;
mod journal;
mod listen;
mod metrics;
mod queues;
mod service;
mod unusable;

use std::sync::Arc;

use anyhow::Context as _;

use self::journal::Journal;
use self::listen::Observed;
use self::metrics::Metrics;
use self::unusable::unusable;
use super::Context;
use crate::clock;
use crate::commands::run_schedules::Firing;
use crate::config::{self, HandlerConfig, HttpConfig, Kind, LogArgs, WorkerArgs, WorkerPlan};
use crate::error::{Exit, Failure, Failures};
use crate::inspector::Inspector;
use crate::output::Log;
use crate::schedule::sync::{self, BadSchedules, Wanted, Written};
use crate::worker::event::Reporter;
use crate::worker::gate::Gate;
use crate::worker::handlers::guardian;
use crate::worker::handlers::guardian::{Guardian, MaxSilence};
use crate::worker::handlers::http::{Breaker, Http};
use crate::worker::handlers::pipe::{self, Pipe};
use crate::worker::{
    Control, Mux, Phase, Queues, Route, Settings, Shell, Timing, Worker, WorkerError,
};

/// Run a worker: hand each task to a command, a process or an HTTP endpoint
///
/// A command gets the payload on standard input and facts about the task in its environment (QCTL_TASK_ID and others).
///
/// Exit status 0 means success, and standard output is the result. 65 archives the task, 75 retries it without
/// counting a failure. Any other status is a failure, whose error is the end of standard error.
///
/// A task whose type has no handler fails and is retried, unless the configuration says unmatched = "release". Handlers may
/// also be processes that stay (pipe) or HTTP endpoints, and have limits: see docs/handlers.md and docs/worker.md.
///
/// A worker also fires the stored schedules (see qctl cron); each tick is fired by one of all workers.
///
/// The first SIGINT or SIGTERM lets running tasks finish, the second ends them. SIGTSTP stops claiming tasks.
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
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &WorkArgs) -> anyhow::Result<Exit> {
    let file = &cx.config.file;
    file.check()?;
    let plan = WorkerPlan::new(&file.worker, &file.handlers, &args.worker)?;
    let log = file.log.settings(&args.log, cx.printer.is_quiet())?;
    let schedules = check(&plan, &file.cron)?;
    if args.check {
        for Wanted { schedule, .. } in &schedules {
            if let Some(warning) = schedule.warning(clock::now()) {
                cx.printer.warn(&warning);
            }
        }
        let document = check::document(&plan, &log, &schedules);
        cx.printer.show(&document, clock::now())?;
        return Ok(Exit::Done);
    }
    let inspector = cx.inspector_to("work").await?;
    cx.note_unknowns(&inspector);
    let notes = queues::notes(&inspector, &plan.queues).await?;
    let log = Log::start(Arc::clone(&cx.printer), log);
    notes.into_iter().for_each(log.writer());
    let ran = work(cx, args, plan, (&inspector, &log)).await;
    log.end().await;
    ran
}

/// Runs the worker, and the scheduler beside it.
async fn work(
    cx: &Context,
    args: &WorkArgs,
    plan: WorkerPlan,
    (inspector, log): (&Inspector, &Log),
) -> anyhow::Result<Exit> {
    let program = guardian::this_program().context("cannot find the path of this program")?;
    let guardian = Guardian::start(&program, &["guardian"], MaxSilence::default())
        .context("cannot start the guardian process")?;
    let settings = settings(&plan, args.burst);
    let journal = Arc::new(Journal::new(facts(
        &plan,
        &cx.config.redis.address.to_string(),
    )));
    let listeners = listen::opened(plan.listen.as_ref()).await?;
    let observed = Observed {
        health: Arc::default(),
        metrics: Arc::new(Metrics::new(plan.concurrency)),
    };
    let for_endpoints = (!listeners.is_empty()).then(|| observed.clone());
    let reporter = reporter(log, Arc::clone(&journal), for_endpoints);
    let hooks = hooks::start(&plan, &program, &reporter)?;
    let reporter = hooks.offering(reporter);
    let patience = plan.shutdown_timeout;
    let control = Control::default();
    let mut phases = control.phases();
    let answering = listen::answer(listeners, observed, async move {
        phases.reached(Phase::Over).await;
    });
    let answering = tokio::spawn(answering);
    let watchdog = tokio::spawn(service::keep_watchdog());
    let firing = Firing::new(cx, inspector, log);
    // A burst is about the tasks that are in the queues.
    let mut phases = control.phases();
    let firing = (!args.no_scheduler && !args.burst)
        .then(|| tokio::spawn(firing.run(async move { phases.reached(Phase::Draining).await })));
    let guardian = Arc::new(guardian);
    let mux = mux(plan, &guardian, &reporter)?;
    let worker = Worker::new(inspector.broker().clone(), settings, mux, reporter);
    let ended = tokio::select! {
        ran = worker.run(control.clone()) => ran.map_err(|error| match error {
            WorkerError::NotStarted(error) => error.into(),
            WorkerError::Redis(error) => anyhow::Error::from(error),
        }),
        failed = control.follow_signals() => failed.context("cannot listen for signals"),
    };
    guardian.end().await;
    hooks.finish(patience).await;
    // If a handler could not start, there were no other phases.
    control.advance(Phase::Over);
    watchdog.abort();
    answering.await.ok();
    if let Some(firing) = firing {
        firing.await.ok();
    }
    ended?;
    if args.fail_on_error && journal.failed() > 0 {
        return Ok(Exit::TaskFailed);
    }
    Ok(Exit::Done)
}

/// Writes the log, and passes events on to the service manager and to those who listen.
fn reporter(log: &Log, journal: Arc<Journal>, for_endpoints: Option<Observed>) -> Reporter {
    let write = log.writer();
    Reporter::new(move |report| {
        service::tell(report);
        if let Some(observed) = &for_endpoints {
            observed.observe(report);
        }
        journal.lines(report).into_iter().for_each(&write);
    })
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

/// The facts in the line `ready`.
fn facts(plan: &WorkerPlan, redis: &str) -> String {
    let (order, queues) = match &plan.queues {
        Queues::Strict(queues) => (" (strict)", queues),
        Queues::Weighted(queues) => ("", queues),
    };
    let queues: Vec<String> = queues
        .iter()
        .map(|(queue, weight)| format!("{}={weight}", queue.as_str()))
        .collect();
    let handlers: Vec<&str> = plan
        .handlers
        .iter()
        .map(|one| one.pattern.as_str())
        .collect();
    format!(
        "qctl {}, {redis}, queues {}{order}, concurrency {}, handlers {}",
        env!("CARGO_PKG_VERSION"),
        queues.join(" "),
        plan.concurrency,
        handlers.join(" "),
    )
}

/// Finds all handlers that cannot start and all schedules that are wrong, before the first task does.
fn check(plan: &WorkerPlan, cron: &[Written]) -> Result<Vec<Wanted>, Failures> {
    let missing = config::unusable(&plan.handlers).into_iter();
    let mut failures: Vec<Failure> = missing
        .map(|what| Failure::new(Exit::Usage, what))
        .collect();
    let schedules = sync::check(cron, clock::now()).unwrap_or_else(|BadSchedules(bad)| {
        let bad = bad.iter();
        failures.extend(bad.map(|bad| Failure::usage(bad.to_string(), &bad.hint)));
        Vec::new()
    });
    if failures.is_empty() {
        return Ok(schedules);
    }
    Err(Failures::all(failures))
}

/// The handler of each type.
fn mux(plan: WorkerPlan, guardian: &Arc<Guardian>, reporter: &Reporter) -> Result<Mux, Failure> {
    let mut mux = Mux::default();
    mux.unmatched = plan.unmatched;
    for handler in plan.handlers {
        let limit = handler.limit();
        let HandlerConfig {
            pattern, settings, ..
        } = handler;
        let surroundings = settings.surroundings.checked();
        let surroundings = surroundings.map_err(|reason| unusable(&pattern, &reason))?;
        let mut route = match settings.kind {
            Kind::Command {
                program,
                exit_codes,
                grace,
            } => Route::new(
                pattern,
                Shell {
                    program,
                    exit_codes,
                    grace,
                    surroundings,
                    guardian: Arc::clone(guardian),
                },
            ),
            Kind::Pipe(plan) => {
                let settings = pipe::Settings {
                    handler: pattern.clone(),
                    plan,
                    surroundings,
                    guardian: Arc::clone(guardian),
                };
                let gate = Gate::default();
                Route {
                    gate: gate.clone(),
                    ..Route::new(pattern, Pipe::new(settings, gate, reporter.clone()))
                }
            }
            Kind::Http(config) => http(pattern, &config, reporter)?,
            Kind::Discard => Route::discard(pattern),
        };
        route.timeout = settings.timeout;
        route.retry = settings.retry.unwrap_or_else(|| plan.retry.clone());
        route.concurrency = settings.concurrency;
        route.limit = limit;
        route.logs = settings.logs.unwrap_or(plan.keep_logs);
        mux.add(route);
    }
    Ok(mux)
}

fn http(pattern: String, config: &HttpConfig, reporter: &Reporter) -> Result<Route, Failure> {
    let settings = config.settings();
    let settings = settings.map_err(|reason| unusable(&pattern, &reason))?;
    let gate = Gate::default();
    let breaker = Breaker::new(
        config.breaker,
        gate.clone(),
        pattern.clone(),
        reporter.clone(),
    );
    Ok(Route {
        gate,
        ..Route::new(pattern, Http::new(settings, breaker))
    })
}
