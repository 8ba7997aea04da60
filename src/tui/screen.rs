//! Takes over the terminal, and restores it: at the end, after a panic, and while a command runs in it.

use std::io::{self, IsTerminal as _, Stdout, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, Event, EventStream, KeyEventKind,
};
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Whether the dashboard is on the screen, so that it is taken away once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the dashboard has it.
pub(super) struct Screen {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
    /// The settings that another program got.
    lent: Option<Termios>,
}

/// Whether stdin and stdout are a terminal.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

impl Screen {
    /// Takes over the terminal. From now on a panic restores it before it is reported.
    pub(super) fn take() -> io::Result<Self> {
        restore_after_panic();
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        let mut screen = Self {
            terminal,
            lent: None,
        };
        screen.resume()?;
        Ok(screen)
    }

    /// Takes the terminal over again.
    pub(super) fn resume(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableMouseCapture,
            EnableFocusChange,
            EnableBracketedPaste,
            cursor::Hide,
            Clear(ClearType::All),
        )?;
        // Nothing is left of what was drawn before. `Terminal::clear` would ask for the position of the cursor, and wait for
        // the answer.
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }

    /// Gives the terminal to another program.
    pub(super) fn lend(&mut self) -> io::Result<()> {
        restore()?;
        self.lent = Some(tcgetattr(io::stdin())?);
        Ok(())
    }

    /// Restores the settings that the program got: it may have been killed before it did.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if let Some(settings) = self.lent.take() {
            tcsetattr(io::stdin(), OptionalActions::Drain, &settings)?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        restore().ok();
    }
}

/// Gives the terminal back as it was. Does nothing if that was done already.
pub(super) fn restore() -> io::Result<()> {
    let left = if TAKEN.swap(false, Ordering::SeqCst) {
        execute!(
            io::stdout(),
            DisableBracketedPaste,
            DisableFocusChange,
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show,
        )
    } else {
        Ok(())
    };
    // Raw mode is also on while a key is awaited. Without effect if it is off.
    disable_raw_mode()?;
    left
}

/// Undoes what a program has done to the terminal that was killed (DECSTR): attributes, margins, modes of the keys.
pub(super) fn reset() -> io::Result<()> {
    let mut out = io::stdout();
    write!(out, "\u{1b}[!p")?;
    out.flush()
}

/// Writes a line after the dashboard has left the screen.
pub(super) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Waits for a key after a command has printed to the terminal, or for something else, and returns what that gives.
pub(super) async fn wait_for_key<T>(other: impl Future<Output = T>) -> io::Result<Option<T>> {
    let mut out = io::stdout();
    write!(out, "\n[press a key to return to the dashboard]")?;
    out.flush()?;
    enable_raw_mode()?;
    let mut input = EventStream::new();
    let ended = tokio::select! {
        other = other => Some(other),
        pressed = pressed(&mut input) => {
            pressed?;
            None
        }
    };
    write!(out, "\r\n")?;
    Ok(ended)
}

/// Waits until a key is pressed, or the terminal is gone.
async fn pressed(input: &mut EventStream) -> io::Result<()> {
    while let Some(event) = input.next().await {
        if matches!(event?, Event::Key(key) if key.kind != KeyEventKind::Release) {
            break;
        }
    }
    Ok(())
}

/// Copies a text into the clipboard, if the terminal allows it (OSC 52).
pub(super) fn copy(text: &str) -> io::Result<()> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    let mut out = io::stdout();
    write!(out, "\u{1b}]52;c;{text}\u{7}")?;
    out.flush()
}

fn restore_after_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore().ok();
            report(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Read as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::process::{Command, Stdio};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    use super::*;

    /// Set in the process that panics.
    const PANICS: &str = "QCTL_TEST_PANICS";

    /// A terminal: the side of the person, and that of the program.
    fn terminal() -> (File, File) {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let name = std::ffi::OsStr::from_bytes(name.as_bytes());
        let program = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name)
            .unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&program, size).unwrap();
        (person.into(), program)
    }

    /// What the program prints, until it has ended.
    fn printed(mut person: File) -> String {
        let mut printed = Vec::new();
        let mut some = [0; 4096];
        // Linux reports the end as an error.
        while let Ok(count @ 1..) = person.read(&mut some) {
            printed.extend(&some[..count]);
        }
        String::from_utf8_lossy(&printed).into_owned()
    }

    /// The test runs itself again, in a terminal.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the variable is for this test alone"
    )]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        if std::env::var_os(PANICS).is_some() {
            let screen = Screen::take().unwrap();
            let thread = std::thread::spawn(|| panic!("as expected"));
            thread.join().unwrap_err();
            // What the hook has not restored stays as it is.
            std::mem::forget(screen);
            return;
        }
        let (person, program) = terminal();
        let before = tcgetattr(&program).unwrap();
        let stdio = || Stdio::from(program.try_clone().unwrap());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tui::screen::tests::a_panic_gives_the_terminal_back_before_it_is_reported",
            ])
            .args(["--nocapture"])
            .env(PANICS, "1")
            .env("RUST_BACKTRACE", "0")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let settings = program.try_clone().unwrap();
        drop(program);
        let reader = std::thread::spawn(|| printed(person));
        assert!(child.wait().unwrap().success());
        let after = tcgetattr(&settings).unwrap();
        drop(settings);
        let printed = reader.join().unwrap();
        let places = ["\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "as expected"].map(|text| {
            printed
                .find(text)
                .unwrap_or_else(|| panic!("{text:?}: {printed:?}"))
        });
        assert!(places.is_sorted(), "{printed:?}");
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
    }
}
