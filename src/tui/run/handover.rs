//! Gives the terminal to another program, or to the shell, and takes it back.

use std::io;
use std::pin::pin;

use futures_util::FutureExt as _;
use ratatui::crossterm::event::EventStream;
use ratatui::crossterm::terminal;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::Running;
use super::signals::{Caught, Left, can_be_continued, stop_job};
use crate::editor::{self, Edited};
use crate::failure::{Exit, Failure};
use crate::inspector::draft::{Draft, Purpose};
use crate::tui::message::{EditOf, Event, Written};
use crate::tui::screen;

impl<R: Fn(Vec<String>) -> io::Result<Child>> Running<R> {
    /// Gives the terminal to a command, and takes it back after a key. Returns why the dashboard is to end, if it is.
    pub(super) async fn run_command(&mut self, words: Vec<String>) -> io::Result<Option<Left>> {
        self.lend()?;
        let (result, left) = match (self.command)(words) {
            Ok(mut child) => {
                let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
                let terminate = || {
                    if let Some(pid) = pid {
                        // It may have ended in the meantime.
                        kill_process(pid, Signal::TERM).ok();
                    }
                };
                let (ended, left) = self.beside(child.wait(), terminate).await?;
                (ended.map(drop), left)
            }
            Err(error) => (Err(error), None),
        };
        self.screen.settle()?;
        if left.is_some() {
            return Ok(left);
        }
        let result = result.map_err(|error| format!("cannot run the command ({error})"));
        if result.is_ok() {
            let left = screen::wait_for_key(self.signals.leave()).await?;
            if left.is_some() {
                return Ok(left);
            }
        }
        self.take_back()?;
        self.report(Event::Returned(result));
        Ok(None)
    }

    /// Opens a task, or what a copy of it will be, in the editor of the user. Returns why the dashboard is to end, if it is.
    pub(super) async fn edit(&mut self, number: u64, draft: Draft) -> io::Result<Option<Left>> {
        let Some(editor) = self.editor.clone() else {
            let failure = Failure::new(Exit::Failed, "there is no editor");
            let failure = failure.with_hint("set VISUAL or EDITOR");
            self.report(Event::Edited(number, Err(failure)));
            return Ok(None);
        };
        self.lend()?;
        let inspector = self.inspector.clone();
        let edit = |edit| {
            let before = draft.before(&edit);
            Written::Edit(EditOf { edit, before })
        };
        let read = |text: &str| match draft.purpose {
            Purpose::Edit => draft.read(text, inspector.now()).map(|read| read.map(edit)),
            Purpose::Copy => draft
                .read_copy(text, inspector.now())
                .map(|read| read.map(Written::Copy)),
        };
        let edited = editor::edit(&draft, &editor, true, read);
        // The editor gets the signals that end the dashboard by itself.
        let (edited, left) = self.beside(edited, || {}).await?;
        self.screen.settle()?;
        if left.is_none() {
            if edited.is_err() {
                screen::reset()?;
            }
            self.take_back()?;
        }
        match edited {
            Ok(Edited::Nothing) => self.report(Event::Edited(number, Ok(None))),
            Ok(Edited::Change(written, file)) => {
                self.feed.hold(draft, file);
                self.report(Event::Edited(number, Ok(Some(written))));
            }
            // Nothing is lost.
            Err(error) if left.is_some() && error.kept.is_none() => {}
            Err(error) => {
                self.report(Event::Edited(number, Err(error.failure)));
                if let Some(kept) = error.kept {
                    self.report(Event::TextKept(kept));
                }
            }
        }
        Ok(left)
    }

    /// Stops the dashboard, and shows it again once it is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        if !can_be_continued() {
            let why = "there is no shell that could continue the dashboard";
            self.report(Event::Returned(Err(why.to_owned())));
            return Ok(());
        }
        self.input = None;
        screen::restore()?;
        stop_job()?;
        self.take_back()
    }

    fn lend(&mut self) -> io::Result<()> {
        self.input = None;
        self.screen.lend()
    }

    pub(super) fn take_back(&mut self) -> io::Result<()> {
        // A new stream waits until an old one has ended, so that must be dropped first.
        self.input = None;
        self.screen.resume()?;
        self.input = Some(EventStream::new());
        let (columns, rows) = terminal::size()?;
        self.report(Event::Resize(columns, rows));
        Ok(())
    }

    /// Waits for a program that has the terminal. A signal that ends the dashboard ends the program first, by `terminate`;
    /// returns which one it was.
    async fn beside<T>(
        &mut self,
        program: impl Future<Output = T>,
        terminate: impl Fn(),
    ) -> io::Result<(T, Option<Left>)> {
        let mut program = pin!(program);
        let mut left = None;
        let ended = loop {
            let caught = tokio::select! {
                ended = &mut program => break ended,
                caught = self.signals.next() => caught,
            };
            match caught {
                Caught::Leave(why @ Left::Terminated) => {
                    left = Some(why);
                    terminate();
                }
                // The terminal stops the whole job, of which this process is a part.
                Caught::Stop if can_be_continued() => stop_job()?,
                // Ctrl-C was for the program, and so is what is left.
                Caught::Leave(Left::Interrupted | Left::Quit)
                | Caught::Stop
                | Caught::Continued => {}
            }
        };
        self.signals.interrupt.recv().now_or_never();
        Ok((ended, left))
    }

    fn report(&self, event: Event) {
        // Fails only if nobody reads the events.
        self.events.send(event).ok();
    }
}
