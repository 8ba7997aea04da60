//! Reads the configuration again while the worker runs: on SIGHUP, and when its files change.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::groups::Merges;
use super::hooks::Hooks;
use super::plan::{Asked, Planned};
use super::service::Service;
use super::warnings::{Warning, warnings};
use crate::commands::handlers::{Handlers, Means};
use crate::config::Kind;
use crate::file_change;
use crate::view::log::LogLine;
use crate::worker::event::{Changes, Event};
use crate::worker::{Control, CurrentGroups, CurrentMux, Phase};

/// SIGHUP, as a request to read the configuration again, or as the end of the terminal.
pub(super) struct Hangups {
    signals: Signal,
    on_terminal: bool,
}

impl Hangups {
    /// From now on, the signal no longer ends the program by itself.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            signals: signal(SignalKind::hangup())?,
            on_terminal: io::stdin().is_terminal(),
        })
    }

    /// The terminal was closed, which also makes the kernel send the signal.
    fn terminal_is_gone(&self) -> bool {
        self.on_terminal && !io::stdin().is_terminal()
    }
}

/// Why the configuration is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Signal,
    Change,
}

/// What follows the configuration.
pub(super) struct Reload {
    /// Absent: there is no file.
    pub(super) path: Option<PathBuf>,
    pub(super) asked: Arc<Asked>,
    /// What the worker was started with.
    pub(super) at_start: Planned,
    pub(super) handlers: Handlers,
    pub(super) merges: Merges,
    pub(super) means: Means,
    pub(super) mux: CurrentMux,
    pub(super) groups: CurrentGroups,
    pub(super) hooks: Arc<Hooks>,
    pub(super) service: Arc<Service>,
    /// Takes lines of the log that no event has.
    pub(super) warn: Box<dyn Fn(LogLine) + Send + Sync>,
}

impl Reload {
    /// Follows until the worker ends. If that is while new handlers start, they are not used.
    pub(super) async fn run(self, hangups: Hangups, control: Control) {
        let mut phases = control.phases();
        tokio::select! {
            () = phases.reached(Phase::Draining) => {}
            () = self.follow(hangups, &control) => {}
        }
    }

    async fn follow(mut self, mut hangups: Hangups, control: &Control) {
        let mut files = self.files(&self.at_start);
        let mut seen = file_change::fingerprints(&files).await;
        // They may have changed between the start of the program and now.
        let mut cause = Cause::Change;
        loop {
            if cause == Cause::Signal {
                self.service.reloading();
            }
            match self.reload(cause).await {
                Ok(Some((planned, changes))) => {
                    files = self.files(&planned);
                    self.report(Event::Reloaded(changes));
                    let slots = self.at_start.plan.concurrency;
                    let warnings = warnings(&planned.plan.handlers, slots).into_iter();
                    warnings.map(Warning::line).for_each(&self.warn);
                }
                Ok(None) => {}
                Err(error) => self.report(Event::ReloadRefused {
                    path: self.path.clone(),
                    error,
                }),
            }
            if cause == Cause::Signal {
                self.service.reloaded();
            }
            tokio::select! {
                now = file_change::change(&files, &seen) => {
                    seen = now;
                    cause = Cause::Change;
                }
                _ = hangups.signals.recv() => cause = Cause::Signal,
            }
            if hangups.terminal_is_gone() {
                return control.advance(Phase::Draining);
            }
        }
    }

    fn report(&self, event: Event) {
        self.means.reporter.report(event);
    }

    /// The configuration file, and the files that its handlers name.
    fn files(&self, planned: &Planned) -> Vec<PathBuf> {
        let named = planned.plan.handlers.iter().flat_map(|handler| {
            let http = match &handler.settings.kind {
                Kind::Http(http) => Some(http),
                Kind::Command { .. } | Kind::Pipe(_) | Kind::Discard => None,
            };
            http.into_iter().flat_map(|http| http.files().cloned())
        });
        self.path.iter().cloned().chain(named).collect()
    }

    /// Reads the configuration and puts it into effect. Returns what has changed; `None`: nothing, and nobody has asked.
    async fn reload(&mut self, cause: Cause) -> Result<Option<(Planned, Changes)>, String> {
        let planned = match (&self.path, cause) {
            (Some(path), _) => self.read(path).await?,
            (None, Cause::Change) => return Ok(None),
            (None, Cause::Signal) => return Err("there is no configuration file".to_owned()),
        };
        let next = self.handlers.next(&planned.plan, &self.means);
        let next = next.map_err(|failure| failure.to_string())?;
        let merges = Merges::new(&planned.plan.groups).map_err(|failure| failure.to_string())?;
        let of_handlers = self.handlers.changes(&next);
        let of_groups = self.merges.changes(&merges);
        let has_changed = of_handlers.clone().and(of_groups.clone()) != Changes::default();
        if !has_changed
            && cause == Cause::Change
            && planned.needs_restart(&self.at_start).is_empty()
        {
            return Ok(None);
        }
        if of_handlers != Changes::default() {
            let hooks = self
                .hooks
                .of(&planned.plan)
                .map_err(|error| format!("{error:#}"))?;
            let routes = next.routes(self.mux.get().successor());
            let replaced = self.mux.replace(routes).await;
            replaced.map_err(|error| error.to_string())?;
            self.hooks.set(hooks);
            self.handlers = next;
        }
        if of_groups != Changes::default() {
            self.groups.replace(merges.groups(&self.means.guardian));
            self.merges = merges;
        }
        let mut changes = of_handlers.and(of_groups);
        changes.needs_restart = planned.needs_restart(&self.at_start);
        Ok(Some((planned, changes)))
    }

    async fn read(&self, path: &Path) -> Result<Planned, String> {
        let asked = Arc::clone(&self.asked);
        file_change::read(path, move |path| asked.read(path)).await
    }
}
