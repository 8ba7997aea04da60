//! Shows a view again and again, until interrupted.

use std::time::Duration;

use super::Context;
use crate::error::{self, Exit, Failure};
use crate::interrupt::Interrupt;
use crate::view::View;

/// More frames than anybody can read would only load Redis.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// What is shown until the next one.
pub(super) struct Frame<V> {
    pub(super) view: V,
    /// What could not be read.
    pub(super) troubles: Vec<String>,
}

/// Refuses an interval that is too short.
pub(super) fn check_interval(interval: Duration) -> Result<(), Failure> {
    if interval < MIN_INTERVAL {
        let what = "the interval is too short";
        return Err(Failure::usage(what, "use 100ms or more"));
    }
    Ok(())
}

/// Draws a frame per interval. If Redis does not answer, the frame says so, and the next one tries again. After the first
/// frame the request was right, so a refusal, such as of a right that was revoked, is not the end either.
pub(super) async fn watch<V: View>(
    cx: &Context,
    interval: Duration,
    mut next: impl AsyncFnMut() -> anyhow::Result<Frame<V>>,
) -> anyhow::Result<Exit> {
    let mut ticks = tokio::time::interval(interval);
    let mut interrupt = Interrupt::listen()?;
    let mut frames = cx.printer.watch();
    let mut begun = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            exit = interrupt.caught() => return Ok(match exit {
                // Ctrl-C is the usual way to stop watching.
                Exit::Interrupted => Exit::Done,
                exit => exit,
            }),
        }
        match next().await {
            Ok(frame) => {
                begun = true;
                frames.frame(&frame.view, cx.now())?;
                if !frame.troubles.is_empty() {
                    frames.trouble(&frame.troubles.join("; "))?;
                }
            }
            Err(error) if begun || error::is_passing(&error) => {
                frames.trouble(&error::line(&error))?;
            }
            Err(error) => return Err(error),
        }
    }
}
