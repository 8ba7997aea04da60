//! The context of a command: settings, printer, and the connection to Redis once it is needed.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock;
use crate::config::{self, Config};
use crate::error::{Code, Exit, Failure, shell_word};
use crate::inspector::RESEND_LIMIT;
use crate::inspector::{self, Access, Actor, Inspector, Origin};
use crate::output::Printer;
use crate::view::{View, text};

/// The context of a command.
pub(crate) struct Context {
    pub config: Config,
    /// Prints results to stdout and messages to stderr.
    pub printer: Arc<Printer>,
    /// The whole command line, for completion scripts.
    pub grammar: fn() -> clap::Command,
    inspector: Option<Inspector>,
    /// Whether the name of a protected context was given.
    is_confirmed: AtomicBool,
    /// Notes of what is unknown that were printed.
    noted: Mutex<BTreeSet<String>>,
}

impl Context {
    /// A context that has not connected yet.
    pub(crate) fn new(config: Config, printer: Printer, grammar: fn() -> clap::Command) -> Self {
        Self {
            config,
            printer: Arc::new(printer),
            grammar,
            inspector: None,
            is_confirmed: AtomicBool::default(),
            noted: Mutex::default(),
        }
    }

    /// A context that prints to the same streams and has not connected yet.
    pub(crate) fn beside(&self, config: Config) -> Self {
        Self {
            config,
            printer: Arc::clone(&self.printer),
            grammar: self.grammar,
            inspector: None,
            is_confirmed: AtomicBool::default(),
            noted: Mutex::default(),
        }
    }

    /// The time by Redis's clock, which the times in Redis are compared with; before a connection is made, by the clock of
    /// this machine.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let inspector = self.inspector.as_ref();
        inspector.map_or_else(clock::now, Inspector::now)
    }

    /// Shows the result of a command that has succeeded.
    pub(crate) fn show<V: View>(&self, view: &V) -> anyhow::Result<Exit> {
        self.printer.show(view, self.now())?;
        Ok(Exit::Done)
    }

    /// Warns of what could not be read, in whatever format the rest was printed.
    pub(crate) fn warn_unreadable<'a>(&self, reasons: impl Iterator<Item = &'a String>) -> Exit {
        reasons.fold(Exit::Done, |_, reason| {
            self.printer.warn(reason);
            Exit::Partly
        })
    }

    /// The inspector, connected at the first call.
    pub(crate) async fn inspector(&mut self) -> anyhow::Result<Inspector> {
        if let Some(inspector) = &self.inspector {
            return Ok(inspector.clone());
        }
        let inspector = Inspector::connect(self.config.redis.clone(), self.access()).await?;
        let inspector = inspector.acting_as(operator());
        Ok(self.inspector.insert(inspector).clone())
    }

    /// The inspector, for a program that goes on while Redis does not answer. Only an outage at the start is no error.
    pub(crate) async fn lasting_inspector(&mut self) -> anyhow::Result<Inspector> {
        let settings = self.config.redis.clone();
        match Inspector::connect(settings.clone(), self.access()).await {
            Err(error) if error.passing() => {
                self.printer
                    .warn(&format!("{error}; trying again when needed"));
                Ok(Inspector::connect_later(settings, self.access())?)
            }
            connected => Ok(connected?),
        }
    }

    /// Notes that changes are missing from the audit stream, and why.
    fn note_audit_gap(&self) {
        let gap = self.inspector.as_ref().and_then(Inspector::audit_gap);
        if let Some(error) = gap {
            self.printer
                .note(&format!("the change is not in the audit log ({error})"));
        }
    }

    /// Notes what could not be read for want of a right: a line for each missing right, once.
    pub(crate) fn note_unknowns(&self, inspector: &Inspector) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        for sentence in inspector.unknowns() {
            if noted.insert(sentence.clone()) {
                self.printer.note(&sentence);
            }
        }
    }

    /// What remains to be said at the end of a command. An error speaks for itself.
    pub(crate) fn note_gaps(&self, succeeded: bool) {
        if let Some(inspector) = self.inspector.as_ref().filter(|_| succeeded) {
            self.note_unknowns(inspector);
        }
        self.note_audit_gap();
    }

    /// Warns if the clock of this machine differs from Redis's by a second or more.
    pub(crate) fn warn_of_clock(&self, inspector: &Inspector) {
        let ahead = inspector.broker().clock_ahead();
        if ahead.abs() >= TimeDelta::seconds(1) {
            let differs = text::clock_differs(ahead);
            self.printer.warn(&format!(
                "the clock of this machine is {differs}; Redis's clock is used"
            ));
        }
    }

    /// The inspector, for a command that changes something; `verb` says what. `--read-only` is refused
    /// before anything is asked of Redis or of the user.
    pub(crate) async fn inspector_to(&mut self, verb: &'static str) -> anyhow::Result<Inspector> {
        self.allow(verb)?;
        self.inspector().await
    }

    /// The inspector, for a command that waits for a Redis that does not answer, and changes something unless it is a dry run.
    pub(crate) async fn patient_inspector_unless(
        &self,
        dry_run: bool,
        verb: &'static str,
    ) -> anyhow::Result<Inspector> {
        if !dry_run {
            self.allow(verb)?;
        }
        let warn = |error: &inspector::Error| warn_of_outage(&self.printer, error);
        let settings = self.config.redis.clone();
        Ok(Inspector::connect_patiently(settings, self.access(), warn).await?)
    }

    /// The inspector, for a command that changes something unless it is a dry run.
    pub(crate) async fn inspector_unless(
        &mut self,
        dry_run: bool,
        verb: &'static str,
    ) -> anyhow::Result<Inspector> {
        if dry_run {
            self.inspector().await
        } else {
            self.inspector_to(verb).await
        }
    }

    /// The name of the protected context in use, unless `--confirm` has it.
    pub(crate) fn unconfirmed_context(&self) -> Option<&str> {
        let context = self.config.context.as_ref()?;
        let asks = context.protected && self.config.confirmed.as_ref() != Some(&context.name);
        asks.then_some(&context.name)
    }

    /// Refuses a change where only reading is allowed, and in a protected context unless its name is given.
    fn allow(&self, verb: &'static str) -> anyhow::Result<()> {
        self.access().allow(verb)?;
        Ok(self.confirm_context(verb)?)
    }

    /// Asks for the name of a protected context, unless `--confirm` has it.
    fn confirm_context(&self, verb: &str) -> Result<(), Failure> {
        if self.is_confirmed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let context = self.config.context.as_ref();
        let Some(context) = context.filter(|context| context.protected) else {
            return Ok(());
        };
        let name = &context.name;
        let answer = match &self.config.confirmed {
            Some(confirmed) => Some(confirmed.clone()),
            None => self.printer.ask(&format!(
                "The context {name} is protected. To {verb}, type its name:"
            )),
        };
        if answer.as_ref() == Some(name) {
            self.is_confirmed.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let what = format!("the context {name:?} is protected, and nothing was changed");
        let hint = format!("to {verb} nevertheless, add --confirm {}", shell_word(name));
        Err(Failure::new(Code::NotConfirmed, what).with_hint(hint))
    }

    fn access(&self) -> Access {
        if self.config.read_only {
            Access::ReadOnly
        } else {
            Access::Full
        }
    }
}

/// Warns that Redis does not answer, and says how long the command keeps trying.
pub(crate) fn warn_of_outage(printer: &Printer, error: &impl Display) {
    let seconds = RESEND_LIMIT.as_secs();
    printer.warn(&format!("{error}; trying again for {seconds} seconds"));
}

/// The user of this program, for the audit stream.
fn operator() -> Actor {
    Actor {
        who: config::user(),
        from: Origin::Cli,
    }
}
