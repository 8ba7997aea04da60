//! What changes on the page of a queue while it is open, from the figures of the overview.

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;

use super::{figures, heading};
use crate::inspector::overview::Sample;
use crate::web::live::{Fragment, LivePage, Since, stream};
use crate::web::pages::status;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    queue: String,
}

/// The page as a stream.
pub(super) async fn updates(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(named): Parameters<Named>,
    Parameters(since): Parameters<Since>,
) -> impl IntoResponse {
    let page = Live {
        shared: shared.clone(),
        viewer,
        queue: named.queue,
    };
    stream(&shared, page, &since)
}

struct Live {
    shared: Shared,
    viewer: Viewer,
    queue: String,
}

impl LivePage for Live {
    async fn fragments(&self, sample: &Sample) -> Vec<Fragment> {
        let now = self.shared.inspector().now();
        let mut fragments = vec![status::fragment(sample, now)];
        let queues = sample.overview.iter().flat_map(|overview| &overview.queues);
        let mut rows = queues.filter(|row| row.name.as_str() == self.queue);
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
        if self.viewer.may_change {
            let switch = heading::pause_or_resume(&self.shared, &self.queue, queue.paused);
            fragments.push(Fragment::new("queue-switch", switch));
        }
        fragments.push(Fragment::new("figures", figures::figures(queue)));
        fragments.push(Fragment::new(
            "states",
            figures::states(&self.shared, queue),
        ));
        fragments
    }
}
