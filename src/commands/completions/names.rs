//! Names that exist in the Redis that the command line being typed would use.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::time::Duration;

use clap::{ArgMatches, Command, FromArgMatches as _};
use clap_complete::CompletionCandidate;

use crate::config::{Config, Flags};
use crate::inspector::known::{Known, NameKind, Whereabouts};
use crate::inspector::{Access, Inspector, StateFilter};
use crate::task::action::Action;
use crate::task::{QueueName, State};

/// How long a shell waits for Redis. Somebody is typing.
const LIMIT: Duration = Duration::from_millis(200);

/// The command line in front of the cursor.
pub(super) struct Asked {
    words: Vec<String>,
    grammar: fn() -> Command,
}

impl Asked {
    pub(super) fn new(words: &[String], grammar: fn() -> Command) -> Self {
        Self {
            words: words.to_vec(),
            grammar,
        }
    }

    /// The names of a kind that begin with what is typed. Without an answer, there are none.
    pub(super) fn names(&self, kind: NameKind, typed: &OsStr) -> Vec<CompletionCandidate> {
        let typed = typed.to_string_lossy();
        // An option is being typed. The engine asks for what else may stand there all the same.
        if typed.starts_with('-') {
            return Vec::new();
        }
        // Queues may be separated by commas.
        let at = if kind == NameKind::Queue {
            typed.rfind(',').map_or(0, |at| at + 1)
        } else {
            0
        };
        let (before, prefix) = typed.split_at(at);
        let found = self.find(kind, prefix).unwrap_or_default().into_iter();
        let found = found.filter(|known| !known.name.starts_with('-'));
        found
            .map(|known| {
                let about = Some(known.about).filter(|about| !about.is_empty());
                CompletionCandidate::new(format!("{before}{}", known.name))
                    .help(about.map(Into::into))
            })
            .collect()
    }

    fn find(&self, kind: NameKind, prefix: &str) -> Option<BTreeSet<Known>> {
        let grammar = (self.grammar)().ignore_errors(true);
        let matches = grammar.try_get_matches_from(&self.words).ok()?;
        let flags = Flags::from_arg_matches(&matches)
            .ok()?
            .or_variables()
            .ok()?;
        let mut settings = Config::resolve(&flags, true).ok()?.redis;
        settings.timeout = settings.timeout.min(LIMIT);
        let wanted = whereabouts(&matches, prefix);
        let mut found = BTreeSet::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        runtime.block_on(async {
            let read = async {
                let inspector = Inspector::connect_later(settings, Access::ReadOnly)?;
                inspector.find_names(kind, &wanted, &mut found).await
            };
            // What was found until then is offered.
            drop(tokio::time::timeout(LIMIT, read).await);
        });
        // A thread that still looks up a host name must not delay the exit.
        runtime.shutdown_background();
        Some(found)
    }
}

/// Where the command that is being typed looks for tasks.
fn whereabouts(matches: &ArgMatches, prefix: &str) -> Whereabouts {
    let (mut command, mut matches) = ("", matches);
    while let Some((name, under)) = matches.subcommand() {
        (command, matches) = (name, under);
    }
    let action = Action::ALL
        .into_iter()
        .find(|action| action.verb() == command);
    let possible = |state: &State| action.is_none_or(|action| state.after(action).is_ok());
    let states: Vec<State> = typed(matches, &["states", "state"])
        .iter()
        .filter_map(|word| word.parse::<StateFilter>().ok())
        .map(StateFilter::state)
        .collect();
    let states = if states.is_empty() {
        State::ALL.into_iter().filter(possible).collect()
    } else {
        states
    };
    Whereabouts {
        queues: typed(matches, &["queues", "queue"])
            .into_iter()
            .filter_map(|name| QueueName::new(name).ok())
            .collect(),
        states,
        prefix: prefix.to_owned(),
    }
}

/// The values of the first of these arguments that the command has.
fn typed(matches: &ArgMatches, names: &[&str]) -> Vec<String> {
    let values = names
        .iter()
        .find_map(|name| matches.try_get_raw(name).ok().flatten());
    let values = values.into_iter().flatten();
    values
        .flat_map(|value| {
            value
                .to_string_lossy()
                .split(',')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}
