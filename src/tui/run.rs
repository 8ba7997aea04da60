//! The loop of the dashboard: waits for events, performs effects, draws.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use ratatui::crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseEventKind};
use rustix::process::{Pid, Signal as Sent, kill_process};
use tokio::process::Child;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::app::{App, Settings};
use super::draw;
use super::feed::Feed;
use super::message::{Effect, Event, Progress};
use super::screen::{self, Screen};
use crate::failure::{Exit, Failure};
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
    /// Starts a command of the program in the terminal.
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
    /// What was still under way, and has ended since.
    pub done: Vec<String>,
    /// What has failed since, and what the terminal failed with.
    pub failures: Vec<Failure>,
}

impl Ended {
    fn new(left: io::Result<Left>) -> Self {
        let (why, failures) = match left {
            Ok(why) => (why, Vec::new()),
            Err(error) => {
                let what = format!("the terminal cannot be used ({error})");
                (Left::Terminated, vec![Failure::new(Exit::Failed, what)])
            }
        };
        Self {
            why,
            done: Vec::new(),
            failures,
        }
    }

    /// Takes the result of what nobody has seen on the screen.
    fn note(&mut self, event: Event) {
        match event {
            Event::Progress(_, Progress::Ended(done, failure)) => {
                self.done.push(done);
                self.failures.extend(failure);
            }
            Event::Performed(Ok(done)) => self.done.push(done),
            Event::Performed(Err(failure)) => self.failures.push(failure),
            // A change that was not started has changed nothing.
            Event::Progress(
                _,
                Progress::Counted(..)
                | Progress::Planned(_)
                | Progress::WouldTrim(_)
                | Progress::Changed(..)
                | Progress::Away(_)
                | Progress::Failed(_),
            )
            | Event::Key(_)
            | Event::Paste(_)
            | Event::Scroll(_)
            | Event::Resize(..)
            | Event::Focus(_)
            | Event::Tick
            | Event::Loaded(..)
            | Event::Looked(_)
            | Event::Returned(_) => {}
        }
    }
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

impl<R: Fn(Vec<String>) -> io::Result<Child>> Dashboard<R> {
    /// Runs until the user quits or a signal arrives.
    ///
    /// # Errors
    /// If the terminal cannot be taken over.
    pub(crate) async fn run(self) -> io::Result<Ended> {
        let signals = Signals::listen()?;
        let (events, arrived) = unbounded_channel();
        let now = self.inspector.now();
        let size = ratatui::crossterm::terminal::size()?;
        let mut running = Running {
            feed: Feed::new(
                self.inspector.clone(),
                self.thresholds,
                self.user,
                events.clone(),
            ),
            inspector: self.inspector,
            app: App::new(self.settings, size, now),
            command: self.command,
            screen: Screen::take()?,
            input: EventStream::new(),
            events,
            arrived,
            signals,
        };
        let mut ended = Ended::new(running.until_left().await);
        // A frame would be drawn over what follows.
        drop(running.screen);
        running.feed.finish().await;
        while let Ok(event) = running.arrived.try_recv() {
            ended.note(event);
        }
        Ok(ended)
    }
}

struct Running<R> {
    inspector: Inspector,
    app: App,
    feed: Feed,
    command: R,
    screen: Screen,
    input: EventStream,
    events: UnboundedSender<Event>,
    arrived: UnboundedReceiver<Event>,
    signals: Signals,
}

impl<R: Fn(Vec<String>) -> io::Result<Child>> Running<R> {
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
            Effect::Count(number, change) => self.feed.count(number, change),
            Effect::Start => self.feed.start(),
            Effect::Stop => self.feed.stop(),
            Effect::Perform(operation) => self.feed.perform(operation),
            Effect::Look => self.feed.look(),
            Effect::Repair(number, findings) => self.feed.repair(number, findings),
            Effect::Copy(text) => screen::copy(&text)?,
            Effect::Run(words) => return self.run_command(words).await,
            Effect::Quit => return Ok(Some(Left::Quit)),
        }
        Ok(None)
    }

    /// Gives the terminal to a command, and takes it back after a key. Returns why the dashboard is to end, if it is.
    async fn run_command(&mut self, words: Vec<String>) -> io::Result<Option<Left>> {
        // A stream that is dropped reads no more keys: they are for the command.
        self.input = EventStream::new();
        screen::restore()?;
        let (result, left) = match (self.command)(words) {
            Ok(child) => self.until_ended(child).await,
            Err(error) => (Err(error), None),
        };
        // Ctrl-C was for the command.
        self.signals.interrupt.recv().now_or_never();
        if left.is_some() {
            return Ok(left);
        }
        let result = result.map_err(|error| format!("cannot run the command ({error})"));
        if result.is_ok() {
            let left = screen::wait_for_key(&mut self.input, self.signals.next()).await?;
            if left.is_some() {
                return Ok(left);
            }
        }
        self.screen.resume()?;
        // Fails only if nobody reads the events.
        self.events.send(Event::Returned(result)).ok();
        Ok(None)
    }

    /// Waits for the end of a command, and passes the signals on that end the dashboard.
    async fn until_ended(&mut self, mut child: Child) -> (io::Result<()>, Option<Left>) {
        let mut left = None;
        loop {
            let why = tokio::select! {
                ended = child.wait() => return (ended.map(drop), left),
                why = self.signals.next() => why,
            };
            // The terminal sends Ctrl-C to the command too.
            if why == Left::Terminated {
                left = Some(why);
                let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
                if let Some(pid) = pid {
                    // It may have ended in the meantime.
                    kill_process(pid, Sent::TERM).ok();
                }
            }
        }
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
