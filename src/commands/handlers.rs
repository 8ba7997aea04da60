//! The handlers of `work` and `try`, as a plan says. Those that the next plan leaves as they are keep their processes and their state.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::config::{HandlerConfig, HandlerSettings, HttpConfig, Kind, WorkerPlan};
use crate::error::{Exit, Failure};
use crate::task::transition::RetryPolicy;
use crate::worker::event::{Changes, Reporter};
use crate::worker::gate::Gate;
use crate::worker::handlers::guardian::{self, Guardian, MaxSilence};
use crate::worker::handlers::http::{Breaker, Http};
use crate::worker::handlers::pipe::{self, Pipe};
use crate::worker::handlers::runner::Runner;
use crate::worker::{KeepLogs, Limit, Mux, Route, Shell, Surroundings, Unmatched};

/// What handlers are made with.
pub(super) struct Means {
    pub(super) guardian: Arc<Guardian>,
    pub(super) reporter: Reporter,
}

/// The failure of a handler that was usable when the configuration was checked, and is not any more.
pub(super) fn unusable(pattern: &str, reason: &str) -> Failure {
    Failure::new(Exit::Usage, format!("handler {pattern:?}: {reason}"))
}

/// Starts what starts commands: this program again.
pub(super) fn start_guardian(program: &Path) -> anyhow::Result<Arc<Guardian>> {
    start_guardian_with(program, MaxSilence::default())
}

/// The same; this process may be silent for another time.
pub(super) fn start_guardian_with(
    program: &Path,
    max_silence: MaxSilence,
) -> anyhow::Result<Arc<Guardian>> {
    let mut args = vec!["guardian".to_owned()];
    if let Some(former) = guardian::raise_open_files() {
        args.extend(["--open-files".to_owned(), former.to_string()]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let guardian = Guardian::start(program, &args, max_silence)
        .context("cannot start the guardian process")?;
    Ok(Arc::new(guardian))
}

/// All handlers, by pattern.
#[derive(Default)]
pub(super) struct Handlers {
    unmatched: Unmatched,
    each: BTreeMap<String, One>,
}

struct One {
    treatment: Treatment,
    origin: Origin,
    runner: Arc<Runner>,
}

/// How the tasks of a handler are treated.
#[derive(PartialEq)]
struct Treatment {
    settings: HandlerSettings,
    limit: Option<Limit>,
    retry: RetryPolicy,
    logs: KeepLogs,
}

/// What a runner is made of. If it differs, there is a new one.
#[derive(PartialEq)]
struct Origin {
    kind: Kind,
    surroundings: Surroundings,
    /// What the files hold that it names.
    files: Vec<Vec<u8>>,
}

impl Handlers {
    /// The handlers of a plan.
    pub(super) fn next(&self, plan: &WorkerPlan, means: &Means) -> Result<Self, Failure> {
        let each = plan.handlers.iter().map(|config| {
            let one = self.one(config, plan, means);
            let one = one.map_err(|reason| unusable(&config.pattern, &reason))?;
            Ok((config.pattern.clone(), one))
        });
        Ok(Self {
            unmatched: plan.unmatched,
            each: each.collect::<Result<_, Failure>>()?,
        })
    }

    fn one(&self, config: &HandlerConfig, plan: &WorkerPlan, means: &Means) -> Result<One, String> {
        let settings = &config.settings;
        let origin = Origin {
            kind: settings.kind.clone(),
            surroundings: settings.surroundings.checked()?,
            files: match &settings.kind {
                Kind::Http(http) => http.contents(),
                Kind::Command { .. } | Kind::Pipe(_) | Kind::Discard => Vec::new(),
            },
        };
        let known = self.each.get(&config.pattern);
        let runner = match known.filter(|known| known.origin == origin) {
            Some(known) => Arc::clone(&known.runner),
            None => Arc::new(runner(&config.pattern, &origin, means)?),
        };
        let treatment = Treatment {
            settings: settings.clone(),
            limit: config.limit(),
            retry: settings.retry.clone().unwrap_or_else(|| plan.retry.clone()),
            logs: settings.logs.unwrap_or(plan.keep_logs),
        };
        Ok(One {
            treatment,
            origin,
            runner,
        })
    }

    /// The same as routes of an empty mux.
    pub(super) fn routes(&self, mut mux: Mux) -> Mux {
        mux.unmatched = self.unmatched;
        for (pattern, one) in &self.each {
            let Treatment {
                settings,
                limit,
                retry,
                logs,
            } = &one.treatment;
            mux.add(Route {
                timeout: settings.timeout,
                retry: retry.clone(),
                concurrency: settings.concurrency,
                limit: limit.clone(),
                logs: *logs,
                ..Route::to(pattern, Arc::clone(&one.runner))
            });
        }
        mux
    }

    /// What is different in the next ones.
    pub(super) fn changes(&self, next: &Self) -> Changes {
        let is_same =
            |one: &One, next: &One| next.treatment == one.treatment && next.origin == one.origin;
        let mut changes = compared(&self.each, &next.each, is_same, str::to_owned);
        if self.unmatched != next.unmatched {
            changes.changed.push("worker.unmatched".to_owned());
        }
        changes
    }
}

/// What is different in the next ones, by pattern; `name` is what the log calls a pattern.
pub(super) fn compared<T>(
    before: &BTreeMap<String, T>,
    next: &BTreeMap<String, T>,
    is_same: impl Fn(&T, &T) -> bool,
    name: impl Fn(&str) -> String,
) -> Changes {
    let without = |these: &BTreeMap<String, T>, others: &BTreeMap<String, T>| {
        let patterns = these.keys();
        let gone = patterns.filter(|pattern| !others.contains_key(*pattern));
        gone.map(|pattern| name(pattern)).collect()
    };
    let differs = |(pattern, one): &(&String, &T)| {
        let next = next.get(*pattern);
        next.is_some_and(|next| !is_same(one, next))
    };
    let changed = before.iter().filter(differs);
    Changes {
        added: without(next, before),
        changed: changed.map(|(pattern, _)| name(pattern)).collect(),
        removed: without(before, next),
        needs_restart: Vec::new(),
    }
}

/// What runs the tasks of a handler. The error says why it cannot.
fn runner(pattern: &str, origin: &Origin, means: &Means) -> Result<Runner, String> {
    let surroundings = || origin.surroundings.clone();
    let guardian = || Arc::clone(&means.guardian);
    let gate = Gate::default();
    Ok(match &origin.kind {
        Kind::Command {
            program,
            exit_codes,
            grace,
        } => {
            let shell = Shell {
                program: program.clone(),
                exit_codes: exit_codes.clone(),
                grace: *grace,
                surroundings: surroundings(),
                guardian: guardian(),
            };
            Runner::new(shell, gate)
        }
        Kind::Pipe(plan) => {
            let settings = pipe::Settings {
                handler: pattern.to_owned(),
                plan: plan.clone(),
                surroundings: surroundings(),
                guardian: guardian(),
            };
            let pipe = Pipe::new(settings, gate.clone(), means.reporter.clone());
            Runner::new(pipe, gate)
        }
        Kind::Http(config) => http(pattern, config, &means.reporter)?,
        Kind::Discard => Runner::discard(),
    })
}

fn http(pattern: &str, config: &HttpConfig, reporter: &Reporter) -> Result<Runner, String> {
    let gate = Gate::default();
    let breaker = Breaker::new(
        config.breaker,
        gate.clone(),
        pattern.to_owned(),
        reporter.clone(),
    );
    Ok(Runner::new(Http::new(config.settings()?, breaker), gate))
}
