//! What a worker has done so far, for the last line of its log.

use std::time::Duration;

use crate::view::text;
use crate::worker::event::{Ended, Event};

/// How many attempts ended how, and more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    done: u64,
    retried: u64,
    archived: u64,
    released: u64,
    requeued: u64,
    /// Attempts whose outcome is not in Redis.
    lost: u64,
    discarded: u64,
    recovered: u64,
    /// Hooks that were not run, or did not end.
    hooks_lost: u64,
}

impl Totals {
    /// Counts an event.
    pub(crate) fn count(&mut self, event: &Event) {
        let (counter, by) = match event {
            Event::Finished { ended, .. } => match ended {
                Ended::Done | Ended::ResultTooLarge { .. } => (&mut self.done, 1),
                Ended::Retry { .. } => (&mut self.retried, 1),
                Ended::Archived { .. } => (&mut self.archived, 1),
                Ended::Released { .. } => (&mut self.released, 1),
                Ended::Requeued => (&mut self.requeued, 1),
                Ended::LeaseLost => (&mut self.lost, 1),
            },
            Event::OutcomeLost(_) => (&mut self.lost, 1),
            Event::Discarded { tasks, .. } => (&mut self.discarded, *tasks),
            Event::Recovered { .. } => (&mut self.recovered, 1),
            Event::HooksLost(lost) => (&mut self.hooks_lost, lost.hooks()),
            Event::Ready
            | Event::Phase(_)
            | Event::Started(_)
            | Event::Waited { .. }
            | Event::HandlerPaused { .. }
            | Event::HandlerResumed { .. }
            | Event::SetAside { .. }
            | Event::ClockDiffers { .. }
            | Event::Merged { .. }
            | Event::NotMerged { .. }
            | Event::Handler(_)
            | Event::Reloaded(_)
            | Event::ReloadRefused { .. }
            | Event::DutyFailed { .. }
            | Event::DutyRecovered { .. } => return,
        };
        *counter += by as u64;
    }

    /// Attempts that did not do their work.
    pub(crate) const fn failed(&self) -> u64 {
        self.retried + self.archived + self.lost
    }

    /// `12 done, 3 failed (2 retried, 1 archived) in 5m3s`.
    pub(crate) fn text(&self, after: Duration) -> String {
        let named = |counts: &[(u64, &str)]| {
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let words = counts.map(|(count, word)| format!("{} {word}", text::thousands(*count)));
            words.collect::<Vec<_>>().join(", ")
        };
        let failures = named(&[
            (self.retried, "to be retried"),
            (self.archived, "archived"),
            (self.lost, "lost"),
        ]);
        let others = named(&[
            (self.released, "released"),
            (self.requeued, "requeued"),
            (self.discarded, "discarded"),
            (self.recovered, "recovered"),
        ]);
        let [done, failed] = [self.done, self.failed()].map(text::thousands);
        let failed = match failures.as_str() {
            "" => format!("{failed} failed"),
            failures => format!("{failed} failed ({failures})"),
        };
        let mut words = vec![format!("{done} done"), failed];
        words.extend(Some(others).filter(|others| !others.is_empty()));
        if self.hooks_lost > 0 {
            words.push(format!("{} lost", text::plural(self.hooks_lost, "hook")));
        }
        format!("{} in {}", words.join(", "), text::duration(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_named() {
        let nothing = Totals::default();
        assert_eq!(
            nothing.text(Duration::from_secs(5)),
            "0 done, 0 failed in 5s"
        );
        let some = Totals {
            done: 1200,
            retried: 2,
            archived: 1,
            released: 1,
            discarded: 7,
            hooks_lost: 1,
            ..nothing
        };
        assert_eq!(
            some.text(Duration::from_secs(303)),
            "1,200 done, 3 failed (2 to be retried, 1 archived), 1 released, 7 discarded, 1 hook lost in 5m3s"
        );
        assert_eq!(some.failed(), 3);
    }
}
