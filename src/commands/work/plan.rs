//! What a worker is to do: its flags and its configuration file, checked.

use std::path::Path;

use crate::clock;
use crate::config::{self, File, LogArgs, RedisConfig, WorkerArgs, WorkerPlan};
use crate::error::{self, Exit, Failure, Failures};
use crate::schedule::sync::{self, BadSchedules, Wanted, Written};
use crate::view::settings::LogSettings;

/// What the command line says.
pub(super) struct Asked {
    pub(super) worker: WorkerArgs,
    pub(super) log: LogArgs,
    pub(super) quiet: bool,
    /// Variables for what the handlers start.
    pub(super) env: Vec<(String, String)>,
}

/// What command line and file say together.
pub(super) struct Planned {
    pub(super) plan: WorkerPlan,
    pub(super) log: LogSettings,
    pub(super) schedules: Vec<Wanted>,
    redis: RedisConfig,
}

impl Asked {
    /// Finds all mistakes, handlers that cannot start and schedules that are wrong, before the first task does.
    pub(super) fn plan(&self, file: &File) -> anyhow::Result<Planned> {
        file.check()?;
        let mut plan = WorkerPlan::new(&file.worker, &file.handlers, &file.groups, &self.worker)?;
        for handler in &mut plan.handlers {
            let env = &mut handler.settings.surroundings.env.0;
            env.extend(self.env.iter().cloned());
        }
        Ok(Planned {
            log: file.log.settings(&self.log, self.quiet)?,
            schedules: check(&plan, &file.cron)?,
            redis: file.redis.clone(),
            plan,
        })
    }

    /// Reads the file again. The error is a line.
    pub(super) fn read(&self, path: &Path) -> Result<Planned, String> {
        let file = File::read(path).map_err(anyhow::Error::from);
        let planned = file.and_then(|file| self.plan(&file));
        planned.map_err(|error| error::line(&error))
    }
}

fn check(plan: &WorkerPlan, cron: &[Written]) -> Result<Vec<Wanted>, Failures> {
    let missing = config::unusable(&plan.handlers).into_iter();
    let mut failures: Vec<Failure> = missing
        .chain(config::unusable_groups(&plan.groups))
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

impl Planned {
    /// The settings that differ from those of a worker that was started like that, and that only a restart changes.
    pub(super) fn needs_restart(&self, started: &Self) -> Vec<&'static str> {
        let (new, old) = (&self.plan, &started.plan);
        let settings = [
            (
                "redis",
                self.redis.without_line() != started.redis.without_line(),
            ),
            ("log", self.log != started.log),
            ("worker.concurrency", new.concurrency != old.concurrency),
            ("worker.queues", new.queues != old.queues),
            (
                "worker.max_workers_lost",
                new.max_workers_lost != old.max_workers_lost,
            ),
            (
                "worker.shutdown_timeout",
                new.shutdown_timeout != old.shutdown_timeout,
            ),
            ("worker.listen", new.listen != old.listen),
            ("worker.logs", new.logs != old.logs),
        ];
        let differing = settings.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}
