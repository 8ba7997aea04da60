//! A selection, a search or a command that is being typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::prompt::{Hint, Prompt, Typing, What};
use super::{App, Line};
use crate::inspector::query::{self, Known, Query};
use crate::task::QueueName;
use crate::tui::message::Effect;
use crate::tui::place::Place;

/// Suggestions that are shown.
const MAX_SUGGESTIONS: usize = 12;

/// Commands that are kept.
const MAX_COMMANDS: usize = 100;

impl Typing {
    pub(super) fn new(what: What, text: String) -> Self {
        Self {
            what,
            line: Line::new(text),
            hint: Hint::None,
        }
    }
}

impl App {
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        // Text that is pasted anywhere else must not be taken for keys.
        match &mut self.prompt {
            Some(Prompt::Typing(typing)) => {
                typing.line.insert(text);
                typing.hint = Hint::None;
            }
            Some(Prompt::Question(question)) => {
                if let Some(naming) = &mut question.naming {
                    naming.line.insert(text);
                    naming.wrong = false;
                }
            }
            None => {}
        }
        Vec::new()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other keys edit the line, or do nothing"
    )]
    pub(super) fn typed(&mut self, mut typing: Typing, key: KeyEvent) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => return self.entered(typing),
            KeyCode::Tab => self.complete(&mut typing),
            KeyCode::Up if typing.what == What::Command => {
                if let Some(command) = self.earlier(typing.line.text()) {
                    typing.line = Line::new(command);
                }
            }
            KeyCode::Backspace if typing.line.text().is_empty() => return Vec::new(),
            _ => {
                typing.line.key(key);
                typing.hint = Hint::None;
            }
        }
        self.prompt = Some(Prompt::Typing(typing));
        Vec::new()
    }

    /// The command before this one.
    fn earlier(&self, text: &str) -> Option<String> {
        let place = self.commands.iter().rposition(|command| command == text);
        let before = &self.commands[..place.unwrap_or(self.commands.len())];
        before.last().cloned()
    }

    fn entered(&mut self, mut typing: Typing) -> Vec<Effect> {
        let text = typing.line.text().trim().to_owned();
        match typing.what {
            What::Search => {
                self.level_mut().search = Some(text).filter(|text| !text.is_empty());
                let from = self.level().top;
                self.find(from);
            }
            What::Selection => match Query::parse(&text) {
                Ok(query) => self.select(query),
                Err(error) => {
                    typing.hint = Hint::Mistake(format!(
                        "column {}: {}; {}",
                        error.at, error.what, error.hint
                    ));
                    self.prompt = Some(Prompt::Typing(typing));
                }
            },
            What::Command => return self.command(typing, &text),
            What::Queue => match QueueName::new(text) {
                Ok(queue) => return self.move_to(queue),
                Err(error) => {
                    typing.hint = Hint::Mistake(error.to_string());
                    self.prompt = Some(Prompt::Typing(typing));
                }
            },
        }
        Vec::new()
    }

    /// Shows the tasks of a selection: in place of other tasks, or on top of another list.
    fn select(&mut self, query: Query) {
        let place = Place::Tasks(Box::new(query));
        if self.level().place.query().is_some() {
            let stack = &mut self.stacks[self.tab as usize];
            stack.pop();
        }
        self.open(place);
    }

    fn command(&mut self, mut typing: Typing, text: &str) -> Vec<Effect> {
        let mistake = match shlex::split(text) {
            Some(words) if words.is_empty() => return Vec::new(),
            Some(mut words) => {
                if words.first().is_some_and(|word| word == "qctl") {
                    words.remove(0);
                }
                match words.first() {
                    None => return Vec::new(),
                    Some(word) if matches!(word.as_str(), "q" | "quit" | "exit") => {
                        return vec![Effect::Quit];
                    }
                    Some(word) if self.knows(word) => {
                        self.commands.retain(|command| command != text);
                        self.commands.push(text.to_owned());
                        let many = self.commands.len().saturating_sub(MAX_COMMANDS);
                        self.commands.drain(..many);
                        return vec![Effect::Run(words)];
                    }
                    Some(word) => format!("there is no command {word:?}; Tab lists them"),
                }
            }
            None => "a quote is not closed".to_owned(),
        };
        typing.hint = Hint::Mistake(mistake);
        self.prompt = Some(Prompt::Typing(typing));
        Vec::new()
    }

    /// Whether a word begins a command.
    fn knows(&self, word: &str) -> bool {
        let mut names = self.settings.verbs.iter().map(|verb| verb.name.as_str());
        names.any(|name| name.split(' ').next() == Some(word))
    }

    /// Inserts what can follow, as far as that is certain, and shows the rest.
    fn complete(&self, typing: &mut Typing) {
        let (before, _) = typing.line.split();
        let (start, words): (usize, Vec<String>) = match typing.what {
            What::Search => return,
            What::Selection => {
                let queues = self.queue_names();
                let known = Known {
                    queues: &queues,
                    ..Known::default()
                };
                let cursor = before.chars().count();
                let found = query::complete(typing.line.text(), cursor, &known);
                let start = found.first().map_or(cursor, |first| first.replaces.start);
                let start = before.char_indices().nth(start);
                let start = start.map_or(before.len(), |(place, _)| place);
                (start, found.into_iter().map(|one| one.text).collect())
            }
            What::Queue => {
                let mut names = self.queue_names();
                names.retain(|name| name.starts_with(before));
                (0, names)
            }
            What::Command => {
                let start = before.rfind(' ').map_or(0, |space| space + 1);
                (start, self.next_words(&before[..start], &before[start..]))
            }
        };
        let typed = before[start.min(before.len())..].to_owned();
        let common = common_start(&words);
        if words.len() == 1 || common.len() > typed.len() {
            typing.line.complete(start, &common);
        }
        typing.hint = match words.len() {
            0 => Hint::Mistake("nothing begins like this".to_owned()),
            1 => Hint::None,
            _ => Hint::Suggestions(words.into_iter().take(MAX_SUGGESTIONS).collect()),
        };
    }

    /// The words that may follow `before` in a command and begin with `start`, with the space behind them.
    fn next_words(&self, before: &str, start: &str) -> Vec<String> {
        let before = before.trim_start_matches("qctl ").trim_start();
        let mut words: Vec<String> = Vec::new();
        for verb in &self.settings.verbs {
            if start.starts_with('-') {
                if before.starts_with(&format!("{} ", verb.name)) {
                    words.extend(verb.options.iter().cloned());
                }
            } else if let Some(rest) = verb.name.strip_prefix(before) {
                words.extend(rest.split(' ').next().map(str::to_owned));
            }
        }
        words.retain(|word| !word.is_empty() && word.starts_with(start));
        words.sort();
        words.dedup();
        words.iter().map(|word| format!("{word} ")).collect()
    }

    /// The queues that exist, as far as that is known.
    pub(super) fn queue_names(&self) -> Vec<String> {
        let queues = self.overview.iter().flat_map(|overview| &overview.queues);
        queues.map(|queue| queue.name.to_string()).collect()
    }
}

/// What all words begin with.
fn common_start(words: &[String]) -> String {
    let Some((first, rest)) = words.split_first() else {
        return String::new();
    };
    let same = |place: usize, c: char| rest.iter().all(|word| word[place..].starts_with(c));
    let end = first.char_indices().find(|&(place, c)| {
        !rest.iter().all(|word| word.is_char_boundary(place)) || !same(place, c)
    });
    first[..end.map_or(first.len(), |(place, _)| place)].to_owned()
}
