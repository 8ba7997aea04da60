//! What changes on the page of a queue while it is open, from the figures of the overview.

use super::{figures, heading};
use crate::inspector::overview::Sample;
use crate::task::State as TaskState;
use crate::web::live::LivePage;
use crate::web::pages::status;
use crate::web::renderings::{Fragment, Subject};
use crate::web::state::Shared;

pub(super) struct Live;

impl LivePage for Live {
    const PAGE: &'static str = "queue";

    async fn fragments(shared: &Shared, subject: &Subject, sample: &Sample) -> Vec<Fragment> {
        let now = shared.inspector().now();
        let name = subject.queue.as_deref().unwrap_or_default();
        let mut fragments = vec![status::fragment(sample, now)];
        let queues = sample.overview.iter().flat_map(|overview| &overview.queues);
        let mut rows = queues.filter(|row| row.name.as_str() == name);
        // A queue that was deleted keeps its last figures until the next navigation.
        let Some(row) = rows.next() else {
            return fragments;
        };
        // Without these the last known figures stay, which say more.
        if row.sampled_at.is_none() {
            return fragments;
        }
        let queue = &row.figures;
        let paused = heading::paused(queue, now);
        fragments.push(Fragment::new("queue-paused", paused));
        if subject.may_change {
            let switch = heading::pause_or_resume(shared, name, queue.paused);
            fragments.push(Fragment::new("queue-switch", switch));
        }
        fragments.push(Fragment::new("figures", figures::figures(queue)));
        let tally = |state| Fragment::new(figures::tally_id(state), figures::tally(queue, state));
        fragments.extend(TaskState::ALL.into_iter().map(tally));
        fragments
    }
}
