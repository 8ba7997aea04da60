//! Live updates: pages as streams of the fragments that have changed.
//!
//! The sampler reads Redis once for all streams. A fragment is an element with an id, rendered by the template that made
//! the page; `assets/live.js` puts it in the place of the element with the same id.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use maud::Markup;
use serde::Serialize;
use tokio::sync::watch::Receiver;

use super::state::Shared;
use crate::inspector::overview::Sample;

/// Fragments of one event. What has changed beyond them follows in the next.
const MAX_FRAGMENTS: usize = 200;

/// An element of a page. Its HTML is one element with this id.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    pub(super) id: String,
    pub(super) html: Markup,
}

impl Fragment {
    pub(super) fn new(id: impl Into<String>, html: Markup) -> Self {
        Self {
            id: id.into(),
            html,
        }
    }
}

/// What makes the fragments of a page from a sample.
pub(super) trait LivePage: Send + 'static {
    fn fragments(&self, sample: &Sample) -> impl Future<Output = Vec<Fragment>> + Send;
}

/// The version of the sample that the browser shows, as a parameter of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Since {
    since: Option<String>,
}

impl Since {
    /// Absent if it is empty, or no number.
    fn version(&self) -> Option<i64> {
        self.since.as_deref()?.parse().ok()
    }
}

/// The stream of a page.
pub(super) fn stream<P: LivePage>(
    shared: &Shared,
    page: P,
    since: &Since,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<P>> {
    let updates = Updates {
        samples: shared.sampler().watch(),
        page,
        since: since.version(),
        sent: HashMap::new(),
        next: 0,
    };
    let events = stream::unfold(updates, async |mut updates| {
        let event = updates.next().await?;
        Some((Ok(event), updates))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// The version of a sample: when it was read, in milliseconds.
pub(super) fn version(sample: &Sample) -> Option<i64> {
    let overview = sample.overview.as_ref()?;
    let current = sample.outage.is_none();
    current.then(|| overview.sampled_at.timestamp_millis())
}

struct Updates<P> {
    samples: Receiver<Sample>,
    page: P,
    since: Option<i64>,
    /// The hash of each fragment that the browser has.
    sent: HashMap<String, u64>,
    /// The fragment with which the next event begins, so that each has its turn.
    next: usize,
}

/// An event.
#[derive(Debug, Serialize)]
struct Update {
    /// The HTML of each element. Together they could not be parsed: a row is lost outside of a table.
    html: Vec<String>,
    /// Ids of elements that are no longer there.
    gone: Vec<String>,
}

impl<P: LivePage> Updates<P> {
    /// The next event; `None` when the sampler has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            // While nobody watched, nothing was read: what is left of then is not news.
            let sample = self.samples.wait_for(Sample::is_fresh).await.ok()?.clone();
            let fragments = self.page.fragments(&sample).await;
            let shown = self.since.take();
            if shown.is_some() && shown == version(&sample) {
                self.sent = fragments
                    .iter()
                    .map(|each| (each.id.clone(), hash(each)))
                    .collect();
            }
            let update = self.changes(&fragments);
            if !update.html.is_empty() || !update.gone.is_empty() {
                return Event::default().event("update").json_data(&update).ok();
            }
            self.samples.changed().await.ok()?;
        }
    }

    /// What the browser does not have yet.
    fn changes(&mut self, fragments: &[Fragment]) -> Update {
        let there: HashSet<&str> = fragments.iter().map(|each| each.id.as_str()).collect();
        let gone: Vec<_> = self
            .sent
            .keys()
            .filter(|id| !there.contains(id.as_str()))
            .cloned()
            .collect();
        self.sent.retain(|id, _| there.contains(id.as_str()));
        let mut html = Vec::new();
        let first = self.next % fragments.len().max(1);
        self.next = 0;
        for place in (first..fragments.len()).chain(0..first) {
            let each = &fragments[place];
            let new = hash(each);
            if self.sent.get(&each.id) == Some(&new) {
                continue;
            }
            if html.len() == MAX_FRAGMENTS {
                self.next = place;
                break;
            }
            self.sent.insert(each.id.clone(), new);
            html.push(each.html.0.clone());
        }
        Update { html, gone }
    }
}

fn hash(fragment: &Fragment) -> u64 {
    let mut hasher = DefaultHasher::new();
    fragment.html.0.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use maud::html;
    use tokio::sync::watch;

    use super::*;

    struct OneFragment;

    impl LivePage for OneFragment {
        async fn fragments(&self, _: &Sample) -> Vec<Fragment> {
            fragments(1, "a")
        }
    }

    fn updates() -> Updates<OneFragment> {
        Updates {
            samples: watch::channel(Sample::default()).1,
            page: OneFragment,
            since: None,
            sent: HashMap::new(),
            next: 0,
        }
    }

    fn fragments(count: usize, text: &str) -> Vec<Fragment> {
        let each = |place| {
            Fragment::new(
                format!("f{place}"),
                html! { p id={ "f" (place) } { (text) } },
            )
        };
        (0..count).map(each).collect()
    }

    /// The last sample may be from the time of an earlier viewer.
    #[tokio::test]
    async fn a_stream_does_not_begin_with_an_old_sample() {
        let mut old = Sample::default();
        old.overview = Some(Arc::default());
        let (sender, samples) = watch::channel(old);
        let mut updates = Updates {
            samples,
            ..updates()
        };
        assert!(updates.next().now_or_never().is_none());
        drop(sender);
        assert!(updates.next().await.is_none());
    }

    #[test]
    fn only_what_has_changed_is_sent() {
        let mut updates = updates();
        let mut shown = fragments(3, "a");
        assert_eq!(updates.changes(&shown).html.len(), 3);
        assert!(updates.changes(&shown).html.is_empty());
        shown[1] = Fragment::new("f1", html! { p #f1 { "b" } });
        assert_eq!(updates.changes(&shown).html, ["<p id=\"f1\">b</p>"]);
        shown.remove(0);
        let update = updates.changes(&shown);
        assert_eq!(
            (update.html, update.gone),
            (Vec::new(), vec!["f0".to_owned()])
        );
    }

    /// However often everything changes, an event is bounded, and each fragment has its turn.
    #[test]
    fn an_event_is_bounded_and_every_fragment_has_its_turn() {
        let mut updates = updates();
        let mut seen = HashSet::new();
        for round in 0..5 {
            let shown = fragments(MAX_FRAGMENTS * 5, &format!("round {round}"));
            let html = updates.changes(&shown).html.concat();
            let ids: Vec<_> = html
                .split("id=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert_eq!(ids.len(), MAX_FRAGMENTS);
            seen.extend(ids.into_iter().map(str::to_owned));
        }
        assert_eq!(seen.len(), MAX_FRAGMENTS * 5);
    }
}
