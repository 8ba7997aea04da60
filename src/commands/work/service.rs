//! Notices for a service manager that expects them, such as systemd with `Type=notify`.

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::interval;

use crate::worker::event::{Event, Phase, Report};

/// Tells the service manager of an event that matters to it. Without one, or if it does not listen, nothing happens.
pub(super) fn tell(report: &Report) {
    let state = if report.event == Event::Ready {
        NotifyState::Ready
    } else if let Event::Phase(Phase::Draining | Phase::Over) = report.event {
        // There is no draining without running tasks.
        NotifyState::Stopping
    } else {
        return;
    };
    if let Err(error) = notify(&[state]) {
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
