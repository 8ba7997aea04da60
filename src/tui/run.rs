//! The loop of the dashboard: waits for events, performs effects, draws.

use std::io;
use std::ops::ControlFlow;
use std::process::ExitStatus;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use ratatui::crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseEventKind};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::app::{App, Settings};
use super::draw;
use super::feed::Feed;
use super::message::{Effect, Event, Progress};
use super::screen::{self, Screen};
use crate::inspector::Inspector;
use crate::inspector::trouble::Thresholds;

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// Lines that a turn of the mouse wheel scrolls.
const WHEEL: i16 = 3;

/// A dashboard that can be run.
pub(crate) struct Dashboard<R> {
    pub inspector: Inspector,
    pub settings: Settings,
    /// What counts as trouble.
    pub thresholds: Thresholds,
    /// The user, as the history of schedules shows it.
    pub user: String,
    /// Runs a command of the program in the terminal.
    pub command: R,
}

/// Why the dashboard has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Quit,
    Interrupted,
    Terminated,
}

/// How the dashboard has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub why: Left,
    /// What a change that was stopped has done.
    pub outcome: Option<String>,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Left {
        tokio::select! {
            _ = self.interrupt.recv() => Left::Interrupted,
            _ = self.terminate.recv() => Left::Terminated,
            _ = self.hang_up.recv() => Left::Terminated,
        }
    }
}

/// Whether the dashboard can run here.
pub(crate) fn has_terminal() -> bool {
    screen::is_there()
}

impl<R, F> Dashboard<R>
where
    R: Fn(Vec<String>) -> F,
    F: Future<Output = io::Result<ExitStatus>>,
{
    /// Runs until the user quits or a signal arrives.
    ///
    /// # Errors
    /// Those of the terminal.
    pub(crate) async fn run(self) -> io::Result<Ended> {
        let signals = Signals::listen()?;
        let (events, arrived) = unbounded_channel();
        let now = self.inspector.now();
        let size = ratatui::crossterm::terminal::size()?;
        let mut running = Running {
            feed: Feed::new(self.inspector.clone(), self.thresholds, self.user, events),
            inspector: self.inspector,
            app: App::new(self.settings, size, now),
            command: self.command,
            screen: Screen::take()?,
            input: EventStream::new(),
            arrived,
            signals,
        };
        let why = running.until_left().await?;
        // A frame would be drawn over what follows.
        drop(running.screen);
        running.feed.finish().await;
        let mut outcome = None;
        while let Ok(event) = running.arrived.try_recv() {
            if let Event::Progress(Progress::Ended(done, _)) = event {
                outcome = Some(done);
            }
        }
        Ok(Ended { why, outcome })
    }
}

struct Running<R> {
    inspector: Inspector,
    app: App,
    feed: Feed,
    command: R,
    screen: Screen,
    input: EventStream,
    arrived: UnboundedReceiver<Event>,
    signals: Signals,
}

impl<R, F> Running<R>
where
    R: Fn(Vec<String>) -> F,
    F: Future<Output = io::Result<ExitStatus>>,
{
    async fn until_left(&mut self) -> io::Result<Left> {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut drawn = Instant::now() - FRAME;
        let mut changed = true;
        loop {
            let event = tokio::select! {
                why = self.signals.next() => return Ok(why),
                input = self.input.next() => match input {
                    Some(input) => translate(input?),
                    // The terminal is gone.
                    None => return Ok(Left::Terminated),
                },
                event = self.arrived.recv() => event,
                _ = ticks.tick() => Some(Event::Tick),
                ControlFlow::Continue(()) = self.feed.watch() => None,
                () = sleep_until(drawn + FRAME), if changed => {
                    let now = self.inspector.now();
                    self.screen.terminal.draw(|frame| draw::draw(&self.app, frame, now))?;
                    (drawn, changed) = (Instant::now(), false);
                    None
                }
            };
            if let Some(event) = event {
                changed = true;
                for effect in self.app.handle(event, self.inspector.now()) {
                    if let Some(why) = self.perform(effect).await? {
                        return Ok(why);
                    }
                }
            }
        }
    }

    async fn perform(&mut self, effect: Effect) -> io::Result<Option<Left>> {
        match effect {
            Effect::Load(place, rows) => self.feed.load(place, rows),
            Effect::Count(change) => self.feed.count(change),
            Effect::Start => self.feed.start(),
            Effect::Stop => self.feed.stop(),
            Effect::Perform(operation) => self.feed.perform(operation),
            Effect::Copy(text) => screen::copy(&text)?,
            Effect::Run(words) => self.run_command(words).await?,
            Effect::Quit => return Ok(Some(Left::Quit)),
        }
        Ok(None)
    }

    /// Gives the terminal to a command, and takes it back after a key.
    async fn run_command(&mut self, words: Vec<String>) -> io::Result<()> {
        // A stream that is dropped reads no more keys: they are for the command.
        self.input = EventStream::new();
        screen::restore()?;
        let ended = (self.command)(words).await;
        screen::wait_for_key(&mut self.input).await?;
        self.screen.resume()?;
        // Ctrl-C was for the command.
        self.signals.interrupt.recv().now_or_never();
        let result = ended
            .map(drop)
            .map_err(|error| format!("cannot run the command ({error})"));
        for effect in self
            .app
            .handle(Event::Returned(result), self.inspector.now())
        {
            if let Effect::Load(place, rows) = effect {
                self.feed.load(place, rows);
            }
        }
        Ok(())
    }
}

/// What an input of the terminal means.
fn translate(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind == KeyEventKind::Release => None,
        Input::Key(key) => Some(Event::Key(key)),
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        Input::FocusGained => Some(Event::Focus(true)),
        Input::FocusLost => Some(Event::Focus(false)),
        Input::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollDown => Some(Event::Scroll(WHEEL)),
            MouseEventKind::ScrollUp => Some(Event::Scroll(-WHEEL)),
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        },
    }
}
