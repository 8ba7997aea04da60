//! Progress bars on stderr. Nothing is drawn if stderr is not a terminal.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Printer, lock};

/// A progress bar, cleared on drop.
#[must_use = "the bar is cleared when this is dropped"]
pub(crate) struct Progress<'a> {
    printer: &'a Printer,
    bar: ProgressBar,
}

impl Printer {
    /// Shows a bar of this many steps, or a count if the number is unknown.
    ///
    /// Notes and data may be printed meanwhile; the bar is hidden while they are written.
    pub(crate) fn progress(&self, total: Option<u64>) -> Progress<'_> {
        let target = if self.err_terminal && !self.settings.quiet {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let template = match total {
            Some(_) => "{bar:30} {human_pos}/{human_len}  {speed}  {eta} left",
            None => "{human_pos}  {speed}",
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            // indicatif prints speeds with four decimals.
            .with_key("speed", |state: &ProgressState, to: &mut dyn Write| {
                write!(to, "{:.0}/s", state.per_sec()).ok();
            });
        let bar = ProgressBar::with_draw_target(total, target).with_style(style);
        *lock(&self.bar) = Some(bar.clone());
        Progress { printer: self, bar }
    }
}

impl Progress<'_> {
    /// Advances by this many steps.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Advances to this many steps.
    pub(crate) fn advance_to(&self, steps: u64) {
        self.bar.set_position(steps);
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        *lock(&self.printer.bar) = None;
    }
}
