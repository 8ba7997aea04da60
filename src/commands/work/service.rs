//! Notices for a service manager that expects them, such as systemd with `Type=notify`.

use std::sync::atomic::{AtomicBool, Ordering};

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::interval;

use crate::worker::event::{Event, Phase, Report};

/// The service manager. Without one, or if it does not listen, nothing happens.
#[derive(Default)]
pub(super) struct Service {
    is_ready: AtomicBool,
}

impl Service {
    /// Tells it of an event that matters to it.
    pub(super) fn tell(&self, report: &Report) {
        if report.event == Event::Ready {
            self.is_ready.store(true, Ordering::Relaxed);
            tell(&[NotifyState::Ready]);
        } else if let Event::Phase(Phase::Draining | Phase::Over) = report.event {
            // There is no draining without running tasks.
            tell(&[NotifyState::Stopping]);
        }
    }

    /// Tells it that the configuration is being read again, as it has asked for.
    pub(super) fn reloading(&self) {
        // With `Type=notify-reload`, systemd compares the time with that of its signal.
        if let Ok(now) = NotifyState::monotonic_usec_now()
            && self.is_ready.load(Ordering::Relaxed)
        {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// Tells it that this is over.
    pub(super) fn reloaded(&self) {
        if self.is_ready.load(Ordering::Relaxed) {
            tell(&[NotifyState::Ready]);
        }
    }
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = notify(states) {
        tracing::debug!(%error, "the service manager was not told");
    }
}

/// Shows the service manager that the worker runs, twice in the time after which it would end it. Never returns.
pub(super) async fn keep_watchdog() {
    let Some(limit) = watchdog_enabled().filter(|limit| !limit.is_zero()) else {
        return std::future::pending().await;
    };
    let mut ticks = interval(limit / 2);
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]).ok();
    }
}
