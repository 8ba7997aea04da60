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
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

/// Whether the terminal is taken over, so that it is restored once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the dashboard has it.
pub(super) struct Screen {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
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
        let mut screen = Self { terminal };
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
        )?;
        self.terminal.clear()
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
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let left = execute!(
        io::stdout(),
        DisableBracketedPaste,
        DisableFocusChange,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show,
    );
    disable_raw_mode()?;
    left
}

/// Waits for a key after a command has printed to the terminal.
pub(super) async fn wait_for_key(input: &mut EventStream) -> io::Result<()> {
    let mut out = io::stdout();
    write!(out, "\n[press a key to return to the dashboard]")?;
    out.flush()?;
    enable_raw_mode()?;
    while let Some(event) = input.next().await {
        if matches!(event?, Event::Key(key) if key.kind != KeyEventKind::Release) {
            break;
        }
    }
    write!(out, "\r\n")
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
