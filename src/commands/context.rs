//! What every command is given: the settings, the printer, and Redis once it is needed.

use std::sync::Arc;

use crate::broker::Broker;
use crate::clock;
use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::output::Printer;
use crate::view::View;

/// What every command is given.
pub(crate) struct Context {
    pub config: Config,
    /// Prints results to stdout and messages to stderr.
    pub printer: Arc<Printer>,
    /// The whole command line, for completion scripts.
    pub grammar: fn() -> clap::Command,
    broker: Option<Broker>,
}

impl Context {
    /// A context that has not connected yet.
    pub(crate) fn new(config: Config, printer: Printer, grammar: fn() -> clap::Command) -> Self {
        Self {
            config,
            printer: Arc::new(printer),
            grammar,
            broker: None,
        }
    }

    /// Shows the result of a command that has succeeded.
    pub(crate) fn show<V: View>(&self, view: &V) -> anyhow::Result<Exit> {
        self.printer.show(view, clock::now())?;
        Ok(Exit::Done)
    }

    /// The broker, connected at the first call.
    pub(crate) async fn broker(&mut self) -> anyhow::Result<Broker> {
        if let Some(broker) = &self.broker {
            return Ok(broker.clone());
        }
        let broker = Broker::connect(self.config.redis.clone()).await?;
        Ok(self.broker.insert(broker).clone())
    }

    /// The broker, for a command that changes something; `verb` says what.
    pub(crate) async fn broker_to(&mut self, verb: &'static str) -> anyhow::Result<Broker> {
        if self.config.read_only {
            let failure =
                Failure::new(Exit::NotAllowed, format!("cannot {verb}: read-only is set"));
            return Err(failure
                .with_hint("leave out --read-only, and check QCTL_READ_ONLY")
                .into());
        }
        self.broker().await
    }

    /// The broker, for a command that changes something unless it is a dry run.
    pub(crate) async fn broker_unless(
        &mut self,
        dry_run: bool,
        verb: &'static str,
    ) -> anyhow::Result<Broker> {
        if dry_run {
            self.broker().await
        } else {
            self.broker_to(verb).await
        }
    }
}
