//! The plan of a worker as the document of `work --check`.

use std::time::Duration;

use super::plan::Planned;
use crate::config::{GroupConfig, HandlerConfig, Kind, SurroundingsConfig, UserName};
use crate::document::worker_plan::{GroupDocument, HandlerDocument, WorkerPlanDocument};
use crate::task::Backoff;
use crate::task::transition::RetryPolicy;
use crate::worker::{Program, Queues, Rate, Unmatched};

pub(super) fn document(planned: &Planned) -> WorkerPlanDocument {
    let Planned {
        plan,
        log,
        schedules,
        ..
    } = planned;
    let (strict, queues) = match &plan.queues {
        Queues::Strict(queues) => (true, queues),
        Queues::Weighted(queues) => (false, queues),
    };
    let unmatched = match plan.unmatched {
        Unmatched::Fail => "fail",
        Unmatched::Release => "release",
    };
    let weight = |(name, weight): &(crate::task::QueueName, u32)| (name.to_string(), *weight);
    let handlers = plan.handlers.iter();
    let names = schedules.iter().map(|wanted| &wanted.schedule.name);
    let file = log.file.as_ref();
    WorkerPlanDocument {
        concurrency: plan.concurrency,
        queues: queues.iter().map(weight).collect(),
        strict,
        max_workers_lost: plan.max_workers_lost,
        shutdown_timeout_seconds: Some(plan.shutdown_timeout),
        unmatched: unmatched.to_owned(),
        log_level: log.level.name().to_owned(),
        log_format: log.format.name().to_owned(),
        log_path: file.map(|file| file.path.display().to_string()),
        handlers: handlers.map(|one| handler(one, &plan.retry)).collect(),
        groups: plan.groups.iter().map(group).collect(),
        schedules: names.map(ToString::to_string).collect(),
    }
}

fn handler(config: &HandlerConfig, default: &RetryPolicy) -> HandlerDocument {
    let settings = &config.settings;
    let (mut run, mut exec, mut http, mut pipe) = (None, None, None, None);
    match &settings.kind {
        Kind::Command { program, .. } => (run, exec) = command(program),
        Kind::Pipe(plan) => pipe = Some(plan),
        Kind::Http(config) => http = Some(config.endpoint.to_string()),
        Kind::Discard => {}
    }
    let retry = settings.retry.as_ref().unwrap_or(default);
    let (backoff, [backoff_min, backoff_max], backoff_list) = delays(&retry.backoff);
    let limit = config.limit();
    let surroundings = surroundings(&settings.surroundings);
    HandlerDocument {
        kind: config.pattern.clone(),
        discard: matches!(settings.kind, Kind::Discard),
        run,
        exec,
        pipe: pipe.map(|plan| plan.words.clone()),
        processes: pipe.map(|plan| plan.processes),
        start_timeout_seconds: pipe.map(|plan| plan.start_timeout),
        max_tasks: pipe.and_then(|plan| plan.limits.tasks),
        max_age_seconds: pipe.and_then(|plan| plan.limits.age),
        max_memory_bytes: pipe.and_then(|plan| plan.limits.memory),
        http,
        timeout_seconds: settings.timeout,
        concurrency: settings.concurrency,
        limit_concurrency: limit.as_ref().and_then(|limit| limit.concurrency),
        limit_rate: limit.as_ref().and_then(|limit| limit.rate).map(rate),
        limit_scope: limit.map(|limit| limit.scope),
        grace_seconds: grace(&settings.kind),
        env: surroundings.env,
        cwd: surroundings.cwd,
        user: surroundings.user,
        nice: surroundings.nice,
        limit_memory_bytes: surroundings.memory,
        limit_cpu_seconds: surroundings.cpu,
        limit_files: surroundings.files,
        limit_processes: surroundings.processes,
        on_success: settings.hooks.success.clone(),
        on_failure: settings.hooks.failure.clone(),
        on_archive: settings.hooks.archive.clone(),
        max_retry: retry.max,
        backoff: backoff.to_owned(),
        backoff_min_seconds: backoff_min,
        backoff_max_seconds: backoff_max,
        backoff_list_seconds: backoff_list,
        jitter: retry.jitter.map(|percent| f64::from(percent) / 100.0),
        origin: config.origin.clone(),
    }
}

fn group(config: &GroupConfig) -> GroupDocument {
    let settings = &config.settings;
    let (run, exec) = command(&settings.program);
    let (ripeness, options) = (settings.ripeness, &settings.options);
    let surroundings = surroundings(&settings.surroundings);
    let given = |span: Duration| Some(span).filter(|span| !span.is_zero());
    GroupDocument {
        group: config.pattern.clone(),
        run,
        exec,
        kind: settings.kind.to_string(),
        grace_seconds: Some(ripeness.grace),
        max_delay_seconds: given(ripeness.max_delay),
        max_size: Some(ripeness.max_size).filter(|size| *size > 0),
        timeout_seconds: Some(settings.timeout),
        task_max_retry: options.max_retry,
        task_timeout_seconds: options.timeout,
        task_retention_seconds: given(options.retention),
        task_headers: options.headers.clone(),
        env: surroundings.env,
        cwd: surroundings.cwd,
        user: surroundings.user,
        nice: surroundings.nice,
        limit_memory_bytes: surroundings.memory,
        limit_cpu_seconds: surroundings.cpu,
        limit_files: surroundings.files,
        limit_processes: surroundings.processes,
        origin: config.origin.clone(),
    }
}

/// What a command gets and may use, as handlers and groups show it.
struct Surroundings {
    env: Option<Vec<String>>,
    cwd: Option<String>,
    user: Option<String>,
    nice: Option<i32>,
    memory: Option<u64>,
    cpu: Option<Duration>,
    files: Option<u64>,
    processes: Option<u64>,
}

fn surroundings(config: &SurroundingsConfig) -> Surroundings {
    let names: Vec<String> = config.env.0.keys().cloned().collect();
    let limits = config.limits.clone().unwrap_or_default();
    Surroundings {
        env: Some(names).filter(|names| !names.is_empty()),
        cwd: config.cwd.as_ref().map(|cwd| cwd.display().to_string()),
        user: config.user.as_ref().map(UserName::text),
        nice: config.nice.map(|nice| nice.0),
        memory: limits.memory,
        cpu: limits.cpu,
        files: limits.files,
        processes: limits.processes,
    }
}

/// A line for a shell, or a program and its arguments.
fn command(program: &Program) -> (Option<String>, Option<Vec<String>>) {
    match program {
        Program::Run(line) => (Some(line.clone()), None),
        Program::Exec(words) => (None, Some(words.clone())),
    }
}

fn grace(kind: &Kind) -> Option<Duration> {
    match kind {
        Kind::Command { grace, .. } => Some(*grace),
        Kind::Pipe(plan) => Some(plan.grace),
        Kind::Http(_) | Kind::Discard => None,
    }
}

/// The name of a rule, its first and last delay, and those of a list.
fn delays(backoff: &Backoff) -> (&'static str, [Option<Duration>; 2], Option<Vec<f64>>) {
    match backoff {
        Backoff::Asynq => ("asynq", [None, None], None),
        Backoff::Constant(delay) => ("constant", [Some(*delay), None], None),
        Backoff::Exponential { min, max } => ("exponential", [Some(*min), Some(*max)], None),
        Backoff::Linear { min, max } => ("linear", [Some(*min), Some(*max)], None),
        Backoff::List(delays) => {
            let seconds = delays.iter().map(Duration::as_secs_f64);
            ("list", [None, None], Some(seconds.collect()))
        }
    }
}

/// As it is written: `10/s`, `1/30s`.
fn rate(Rate { count, per }: Rate) -> String {
    match per.as_secs() {
        1 => format!("{count}/s"),
        60 => format!("{count}/m"),
        3600 => format!("{count}/h"),
        86_400 => format!("{count}/d"),
        seconds => format!("{count}/{seconds}s"),
    }
}
