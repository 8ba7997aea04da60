//! One change: what was asked for, its phase, the wishes of its viewers.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use super::phase::Phase;
use super::request::Request;

/// The id of a change: random, so that nobody finds or starts a change of others by guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChangeId(Uuid);

/// The largest number of tasks per second; `None` for as many as possible.
pub(crate) type Rate = Option<NonZeroU32>;

/// What the viewers want a change to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Wait for the start.
    Wait,
    /// Change tasks, at most so many per second.
    Run(Rate),
    Pause(Rate),
    Stop,
    /// The server process ends.
    Quit,
}

/// A change that is being counted, waits to be started, is under way, or is over.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) id: ChangeId,
    pub(crate) request: Request,
    pub(crate) made_at: DateTime<Utc>,
    phase: watch::Receiver<Phase>,
    wish: watch::Sender<Wish>,
}

impl ChangeId {
    fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl FromStr for ChangeId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl Change {
    pub(super) fn new(
        request: Request,
        made_at: DateTime<Utc>,
        phase: watch::Receiver<Phase>,
        wish: watch::Sender<Wish>,
    ) -> Self {
        Self {
            id: ChangeId::new(),
            request,
            made_at,
            phase,
            wish,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// Whether it counts or changes tasks, is about to, or would without a pause. A runner that has panicked does nothing
    /// more.
    pub(super) fn is_active(&self) -> bool {
        let phase = self.phase.borrow();
        let begins = matches!(*phase, Phase::Ready(_)) && self.was_started();
        self.phase.has_changed().is_ok() && (phase.is_active() || begins)
    }

    /// Whether it was counted and waits for its start, or was and will never be.
    pub(super) fn is_preview(&self) -> bool {
        match *self.phase.borrow() {
            Phase::Ready(_) => !self.was_started(),
            Phase::Refused(_) | Phase::Dropped => true,
            Phase::Counting { .. }
            | Phase::Running(_)
            | Phase::Paused(_)
            | Phase::Away(..)
            | Phase::Over(_) => false,
        }
    }

    /// Whether somebody has started it; its runner may not have noticed yet.
    fn was_started(&self) -> bool {
        match *self.wish.borrow() {
            Wish::Run(_) | Wish::Pause(_) => true,
            Wish::Wait | Wish::Stop | Wish::Quit => false,
        }
    }

    /// Waits until its phase fits, or will not change any more.
    pub(crate) async fn wait_for(&self, fits: impl FnMut(&Phase) -> bool) {
        let mut phase = self.phase.clone();
        // An error says that the runner is gone.
        phase.wait_for(fits).await.map(drop).ok();
    }

    pub(super) fn start(&self, rate: Rate) {
        self.wish.send_if_modified(|wish| {
            let waits = *wish == Wish::Wait;
            if waits {
                *wish = Wish::Run(rate);
            }
            waits
        });
    }

    pub(crate) fn pause(&self) {
        self.wish.send_if_modified(|wish| match *wish {
            Wish::Run(rate) => {
                *wish = Wish::Pause(rate);
                true
            }
            Wish::Wait | Wish::Pause(_) | Wish::Stop | Wish::Quit => false,
        });
    }

    pub(crate) fn resume(&self) {
        self.wish.send_if_modified(|wish| match *wish {
            Wish::Pause(rate) => {
                *wish = Wish::Run(rate);
                true
            }
            Wish::Wait | Wish::Run(_) | Wish::Stop | Wish::Quit => false,
        });
    }

    /// Stops it between two steps. One that was not started never will be.
    pub(crate) fn stop(&self) {
        self.end(Wish::Stop);
    }

    /// Stops it because the process ends.
    pub(super) fn quit(&self) {
        self.end(Wish::Quit);
    }

    fn end(&self, how: Wish) {
        self.wish.send_if_modified(|wish| {
            let first = !matches!(wish, Wish::Stop | Wish::Quit);
            if first {
                *wish = how;
            }
            first
        });
    }
}
