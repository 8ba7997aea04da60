//! A row of the table of keys.

use ratatui::crossterm::event::KeyCode;

use super::App;
use crate::tui::message::Effect;
use crate::tui::place::Kind;

/// What keys do, where, and how the key bar and the help call it.
#[derive(Debug)]
pub(in crate::tui) struct Binding {
    pub keys: &'static [KeyCode],
    /// For the key bar; empty: only in the help.
    pub short: &'static str,
    /// For the help.
    pub about: &'static str,
    /// Where it applies; empty: everywhere.
    places: &'static [Kind],
    pub purpose: Purpose,
    /// Whether it is worth a place in the key bar now.
    pub offered: fn(&App) -> bool,
    /// Places that have more important keys: here it comes behind them in the key bar.
    minor: &'static [Kind],
    /// The same everywhere, so that the keys of the place are more important.
    common: bool,
    /// Whether it is in the key bar, however little room there is.
    pub always: fn(&App) -> bool,
    pub run: fn(&mut App) -> Vec<Effect>,
}

/// What an action is for. The help has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Purpose {
    /// It changes data, after a question that shows the equivalent command. It is not there in read-only mode.
    Change,
    /// It looks or navigates.
    Look,
    /// It shows another tab.
    Tab,
}

impl Binding {
    /// An action that looks or navigates, everywhere.
    pub(super) const fn look(
        keys: &'static [KeyCode],
        (short, about): (&'static str, &'static str),
        run: fn(&mut App) -> Vec<Effect>,
    ) -> Self {
        Self {
            keys,
            short,
            about,
            places: &[],
            purpose: Purpose::Look,
            offered: |_| true,
            minor: &[],
            common: false,
            always: |_| false,
            run,
        }
    }

    /// An action that changes data.
    pub(super) const fn change(
        keys: &'static [KeyCode],
        words: (&'static str, &'static str),
        run: fn(&mut App) -> Vec<Effect>,
    ) -> Self {
        Self {
            purpose: Purpose::Change,
            ..Self::look(keys, words, run)
        }
    }

    /// An action that shows another tab.
    pub(super) const fn tab(
        keys: &'static [KeyCode],
        about: &'static str,
        run: fn(&mut App) -> Vec<Effect>,
    ) -> Self {
        Self {
            purpose: Purpose::Tab,
            ..Self::look(keys, ("", about), run)
        }
    }

    /// The same, in these places alone.
    pub(super) const fn at(self, places: &'static [Kind]) -> Self {
        Self { places, ..self }
    }

    /// The same, in the key bar only if this holds.
    pub(super) const fn offered(self, offered: fn(&App) -> bool) -> Self {
        Self { offered, ..self }
    }

    /// The same, behind the other keys of these places in the key bar.
    pub(super) const fn minor_at(self, minor: &'static [Kind]) -> Self {
        Self { minor, ..self }
    }

    /// The same, always in the key bar if this holds.
    pub(super) const fn always(self, always: fn(&App) -> bool) -> Self {
        Self { always, ..self }
    }

    /// The same, behind the keys of the place in the key bar.
    pub(super) const fn common(self) -> Self {
        Self {
            common: true,
            ..self
        }
    }

    /// Its place in the key bar: lower ones come first.
    pub(in crate::tui) fn rank(&self, kind: Kind) -> u8 {
        if self.common {
            2
        } else {
            u8::from(self.minor.contains(&kind))
        }
    }

    /// Whether it changes data.
    pub(in crate::tui) fn changes(&self) -> bool {
        self.purpose == Purpose::Change
    }

    /// Whether it is the same everywhere.
    pub(in crate::tui) const fn is_common(&self) -> bool {
        self.common
    }

    /// Whether it applies to a place of this kind.
    pub(super) fn applies(&self, kind: Kind) -> bool {
        self.places.is_empty() || self.places.contains(&kind)
    }

    /// Its keys, as the help shows them.
    pub(super) fn label(&self) -> String {
        let names = self.keys.iter().map(|key| name(*key));
        names.collect::<Vec<_>>().join(" ")
    }

    /// Its first key, as the key bar shows it.
    pub(in crate::tui) fn key(&self) -> String {
        self.keys.first().map(|key| name(*key)).unwrap_or_default()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "keys that the program names as crossterm does"
)]
fn name(key: KeyCode) -> String {
    match key {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        other => other.to_string(),
    }
}
