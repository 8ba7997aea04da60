//! `qctl work`: a worker that runs a command for each task, and fires the stored schedules.

mod check;

use std::sync::Arc;

use anyhow::Context as _;

use super::Context;
use crate::clock;
use crate::commands::run_schedules::Firing;
use crate::config::{self, HandlerConfig, Kind, LogArgs, WorkerArgs, WorkerPlan};
use crate::error::{Exit, Failure, Failures};
use crate::output::Log;
use crate::schedule::sync::{self, BadSchedules, Wanted, Written};
use crate::view::log::worker::line;
use crate::worker::event::Reporter;
use crate::worker::handlers::guardian;
use crate::worker::handlers::guardian::{Guardian, MaxSilence};
use crate::worker::{Control, Mux, Phase, Route, Settings, Shell, Timing, Worker};

/// Run tasks: a command for each type of task.
///
/// The payload is on the command's standard input, facts about the task are in its environment.
/// Exit status 0 is success and standard output the result; 65 archives the task, 75 tries again
/// without counting a failure, anything else is a failure, with the end of standard error as its text.
/// Stored schedules (qctl cron) are fired too, each tick by one of all workers.
/// The first INT or TERM lets running tasks finish, the second ends them; TSTP stops claiming.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl work --handle 'email:deliver=./send-email.sh'\n  qctl work -q critical=6 -q default=3 --handle 'image:*=./convert.sh'\n  qctl work --config qctl.toml --check"
)]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    worker: WorkerArgs,
    /// End when the queues are empty
    #[arg(long)]
    burst: bool,
    /// Do not fire stored schedules, and leave [[cron]] of the file alone
    #[arg(long)]
    no_scheduler: bool,
    /// Check the configuration, show it and end
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &WorkArgs) -> anyhow::Result<Exit> {
    let file = &cx.config.file;
    let plan = WorkerPlan::new(&file.worker, &file.handlers, &args.worker)?;
    let log = file.log.settings(&args.log)?;
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
    let program = guardian::this_program().context("cannot find the program itself")?;
    let guardian = Guardian::start(&program, &["guardian"], MaxSilence::default())
        .context("cannot start the guardian process")?;
    let guardian = Arc::new(guardian);
    let settings = Settings {
        concurrency: plan.concurrency,
        queues: plan.queues.clone(),
        shutdown_timeout: plan.shutdown_timeout,
        burst: args.burst,
        host: config::host(),
        timing: Timing::default(),
    };

    let log = Log::start(Arc::clone(&cx.printer), log);
    let write = log.writer();
    let reporter = Reporter::new(move |report| write(line(report)));
    let control = Control::default();
    let firing = Firing::new(cx, &inspector, &log);
    // A burst is about what is in the queues, not about what comes.
    let mut phases = control.phases();
    let firing = (!args.no_scheduler && !args.burst)
        .then(|| tokio::spawn(firing.run(async move { phases.reached(Phase::Draining).await })));
    let worker = Worker::new(
        inspector.broker().clone(),
        settings,
        mux(plan, &guardian),
        reporter,
    );
    let ended = tokio::select! {
        ran = worker.run(control.clone()) => ran.map_err(anyhow::Error::from),
        failed = control.follow_signals() => failed.context("cannot listen for signals"),
    };
    if let Some(firing) = firing {
        firing.await.ok();
    }
    log.end().await;
    ended.map(|()| Exit::Done)
}

/// Finds what is wrong before the first task does, all of it: programs that are missing, and schedules.
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

/// What runs the tasks of each type.
fn mux(plan: WorkerPlan, guardian: &Arc<Guardian>) -> Mux {
    let mut mux = Mux::default();
    mux.unmatched = plan.unmatched;
    for HandlerConfig {
        pattern, settings, ..
    } in plan.handlers
    {
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
                    guardian: Arc::clone(guardian),
                },
            ),
            Kind::Discard => Route::discard(pattern),
        };
        route.timeout = settings.timeout;
        route.retry = settings.retry.unwrap_or(plan.retry);
        route.concurrency = settings.concurrency;
        mux.add(route);
    }
    mux
}
