//! What is still under way when the dashboard ends, which may have to wait for Redis.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use super::signals::{Left, Signals};
use crate::tui::feed::Feed;
use crate::tui::screen;

/// A shorter wait is not worth a line.
const SILENCE: Duration = Duration::from_millis(300);

/// Waits for the end of what is under way. A signal ends the wait; returns which one, if it was not all done by then.
pub(super) async fn finish(feed: &mut Feed, signals: &mut Signals, what: &str) -> Option<Left> {
    let given_up = {
        let mut done = pin!(feed.finish());
        if timeout(SILENCE, &mut done).await.is_ok() {
            return None;
        }
        // A terminal that is gone cannot show it.
        screen::say(&format!("{what} Ctrl-C gives up")).ok();
        tokio::select! {
            () = done => None,
            why = signals.leave() => Some(why),
        }
    };
    if given_up.is_some() {
        feed.give_up().await;
    }
    given_up
}
