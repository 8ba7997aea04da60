//! The loop of the dashboard: waits for events, performs effects, draws.

mod handover;
mod leaving;
mod signals;

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use ratatui::Frame;
use ratatui::crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseEventKind};
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

pub(crate) use self::signals::Left;
use self::signals::{Caught, Signals};
use super::app::{App, Settings};
use super::draw;
use super::feed::Feed;
use super::message::{Effect, Event, Progress};
use super::screen::{self, Screen};
use crate::editor::Editor;
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
    pub editor: Option<Editor>,
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
            Event::Performed(_, Ok(done)) => self.done.push(done),
            Event::Performed(_, Err(failure)) | Event::Edited(_, Err(failure)) => {
                self.failures.push(failure);
            }
            Event::TextKept(kept) => self.done.push(kept),
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
            | Event::Drafted(..)
            | Event::Edited(_, Ok(_))
            | Event::Returned(_) => {}
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
            editor: self.editor,
            screen: Screen::take()?,
            input: Some(EventStream::new()),
            events,
            arrived,
            signals,
        };
        let mut ended = Ended::new(running.until_left().await);
        // A frame would be drawn over what follows.
        drop(running.screen);
        let what = running.app.under_way();
        ended.done.extend(running.app.kept);
        let given_up = leaving::finish(&mut running.feed, &mut running.signals, what).await;
        while let Ok(event) = running.arrived.try_recv() {
            ended.note(event);
        }
        if let Some(why) = given_up {
            ended.why = why;
            let fate = "what was begun may have been done, qctl ls audit says so";
            ended
                .done
                .push(format!("left without the answer of Redis: {fate}"));
        }
        Ok(ended)
    }
}

struct Running<R> {
    inspector: Inspector,
    app: App,
    feed: Feed,
    command: R,
    editor: Option<Editor>,
    screen: Screen,
    /// Nothing while another program has the terminal: keys are for that.
    input: Option<EventStream>,
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
                caught = self.signals.next() => match caught {
                    Caught::Leave(why) => return Ok(why),
                    Caught::Stop => {
                        self.suspend()?;
                        None
                    }
                    // The shell may have used the terminal.
                    Caught::Continued => {
                        screen::restore()?;
                        self.take_back()?;
                        None
                    }
                },
                input = next(&mut self.input) => match input {
                    Some(input) => translate(input?),
                    // The terminal is gone.
                    None => return Ok(Left::Terminated),
                },
                event = self.arrived.recv() => event,
                _ = ticks.tick() => Some(Event::Tick),
                ControlFlow::Continue(()) = self.feed.watch() => None,
                () = sleep_until(drawn + FRAME), if changed => {
                    let now = self.inspector.now();
                    let drawing = |frame: &mut Frame<'_>| draw::draw(&self.app, frame, now);
                    let size = self.screen.terminal.draw(drawing)?.area.as_size();
                    (drawn, changed) = (Instant::now(), false);
                    // The stream of inputs loses a new size that comes together with a key.
                    let is_new = (size.width, size.height) != self.app.size;
                    is_new.then_some(Event::Resize(size.width, size.height))
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
            Effect::Perform(number, operation) => self.feed.perform(number, operation),
            Effect::Look => self.feed.look(),
            Effect::Repair(number, findings) => self.feed.repair(number, findings),
            Effect::Copy(text) => screen::copy(&text)?,
            Effect::Run(words) => return self.run_command(words).await,
            Effect::Draft(number, purpose, queue, id) => {
                self.feed.draft(number, purpose, (queue, id));
            }
            Effect::OpenEditor(number, draft) => return self.edit(number, *draft).await,
            Effect::KeepText => self.feed.keep_text(),
            Effect::Suspend => self.suspend()?,
            Effect::Quit => return Ok(Some(Left::Quit)),
        }
        Ok(None)
    }
}

/// The next input of the terminal, if it is read; `None` if the terminal is gone.
async fn next(input: &mut Option<EventStream>) -> Option<io::Result<Input>> {
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
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
