//! Live updates: pages as streams of the fragments that have changed.
//!
//! The sampler reads Redis once for all streams, and a page is rendered once for all who look at it. A fragment is an
//! element with an id, rendered by the template that made the page; `assets/live.js` puts it in the place of the element
//! with the same id.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::watch::Receiver;

use super::received::Parameters;
use super::renderings::{Fragment, Rendered, Room, Subject};
use super::state::Shared;
use super::viewer::Viewer;
use crate::inspector::overview::Sample;

/// Fragments of one event. What has changed beyond them follows in the next.
const MAX_FRAGMENTS: usize = 200;

/// What makes the fragments of a page from a sample.
pub(super) trait LivePage: Send + 'static {
    /// The page, by the word in its address.
    const PAGE: &'static str;

    fn fragments(
        shared: &Shared,
        subject: &Subject,
        sample: &Sample,
    ) -> impl Future<Output = Vec<Fragment>> + Send;
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    /// The queue, of a page that is about one.
    queue: Option<String>,
    /// The task.
    id: Option<String>,
    /// The version of the sample that the browser shows.
    since: Option<String>,
}

/// A page as a stream.
pub(super) async fn updates<P: LivePage>(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<P>> {
    let subject = Subject {
        page: P::PAGE,
        queue: asked.queue,
        task: asked.id,
        may_change: viewer.may_change,
    };
    let updates = Updates::<P> {
        samples: shared.sampler().watch(),
        room: shared.renderings().room(&subject),
        shared: shared.clone(),
        subject,
        // It may be empty.
        since: asked.since.and_then(|since| since.parse().ok()),
        sent: Sent::default(),
        page: PhantomData,
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
    shared: Shared,
    subject: Subject,
    room: Arc<Room>,
    since: Option<i64>,
    sent: Sent,
    page: PhantomData<P>,
}

/// The sample, or the next one: while nobody watched, nothing was read, and what is left of then is not news. `None` when
/// the sampler has ended.
async fn fresh(samples: &mut Receiver<Sample>) -> Option<Sample> {
    samples
        .wait_for(Sample::is_fresh)
        .await
        .ok()
        .map(|sample| sample.clone())
}

/// What the browser has.
#[derive(Debug, Default)]
struct Sent {
    /// The hash of each fragment.
    hashes: HashMap<Arc<str>, u64>,
    /// The fragment with which the next event begins, so that each has its turn.
    next: usize,
}

/// An event.
#[derive(Debug, Serialize)]
struct Update<'a> {
    /// The HTML of each element. Together they could not be parsed: a row is lost outside of a table.
    html: Vec<&'a RawValue>,
    /// Ids of elements that are no longer there.
    gone: Vec<String>,
}

impl<P: LivePage> Updates<P> {
    /// The next event; `None` when the sampler has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let sample = fresh(&mut self.samples).await?;
            let fragments = P::fragments(&self.shared, &self.subject, &sample);
            let rendered = self.room.rendered(&sample, fragments).await;
            let shown = self.since.take();
            if shown.is_some() && shown == version(&sample) {
                self.sent.all(&rendered);
            }
            let update = self.sent.changes(&rendered);
            if !update.html.is_empty() || !update.gone.is_empty() {
                return Event::default().event("update").json_data(&update).ok();
            }
            self.samples.changed().await.ok()?;
        }
    }
}

impl Sent {
    /// The browser has them all.
    fn all(&mut self, rendered: &[Rendered]) {
        let hash = |each: &Rendered| (Arc::clone(&each.id), each.hash);
        self.hashes = rendered.iter().map(hash).collect();
    }

    /// What the browser does not have yet.
    fn changes<'a>(&mut self, rendered: &'a [Rendered]) -> Update<'a> {
        let there: HashSet<&str> = rendered.iter().map(|each| &*each.id).collect();
        let gone = self.hashes.extract_if(|id, _| !there.contains(&**id));
        let gone = gone.map(|(id, _)| id.to_string()).collect();
        let mut html = Vec::new();
        let first = self.next % rendered.len().max(1);
        self.next = 0;
        for place in (first..rendered.len()).chain(0..first) {
            let each = &rendered[place];
            if self.hashes.get(&each.id) == Some(&each.hash) {
                continue;
            }
            if html.len() == MAX_FRAGMENTS {
                self.next = place;
                break;
            }
            self.hashes.insert(Arc::clone(&each.id), each.hash);
            html.push(&*each.json);
        }
        Update { html, gone }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use maud::html;
    use tokio::sync::watch;

    use super::*;

    fn rendered(count: usize, text: &str) -> Vec<Rendered> {
        let each = |place| {
            let html = html! { p id={ "f" (place) } { (text) } };
            Rendered::new(&Fragment::new(format!("f{place}"), html)).unwrap()
        };
        (0..count).map(each).collect()
    }

    fn texts(update: &Update<'_>) -> Vec<String> {
        let text = |json: &&RawValue| serde_json::from_str(json.get()).unwrap();
        update.html.iter().map(text).collect()
    }

    /// The last sample may be from the time of an earlier viewer.
    #[tokio::test]
    async fn a_stream_does_not_begin_with_an_old_sample() {
        let mut old = Sample::default();
        old.overview = Some(Arc::default());
        let (sender, mut samples) = watch::channel(old);
        assert!(fresh(&mut samples).now_or_never().is_none());
        drop(sender);
        assert!(fresh(&mut samples).await.is_none());
    }

    #[test]
    fn only_what_has_changed_is_sent() {
        let mut sent = Sent::default();
        let mut shown = rendered(3, "a");
        assert_eq!(sent.changes(&shown).html.len(), 3);
        assert!(sent.changes(&shown).html.is_empty());
        shown[1] = rendered(2, "b").remove(1);
        assert_eq!(texts(&sent.changes(&shown)), ["<p id=\"f1\">b</p>"]);
        shown.remove(0);
        let update = sent.changes(&shown);
        assert!(update.html.is_empty());
        assert_eq!(update.gone, ["f0"]);
    }

    /// However often everything changes, an event is bounded, and each fragment has its turn.
    #[test]
    fn an_event_is_bounded_and_every_fragment_has_its_turn() {
        let mut sent = Sent::default();
        let mut seen = HashSet::new();
        for round in 0..5 {
            let shown = rendered(MAX_FRAGMENTS * 5, &format!("round {round}"));
            let html = texts(&sent.changes(&shown)).concat();
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
