//! Pages as their fragments, rendered once per sample for all viewers.
//!
//! A viewer holds the [`Room`] of the page that it looks at, and a room ends with the last of its viewers. The fragments
//! are kept as they are sent, as JSON, with a hash by which each viewer finds what is new to it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use maud::Markup;
use serde_json::value::RawValue;

use super::kept_log::KeptLog;
use crate::inspector::overview::Sample;

/// What the fragments of a page depend on, besides the sample.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    /// The page, by the word in its address.
    pub(super) page: &'static str,
    /// The queue, of a page that is about one.
    pub(super) queue: Option<String>,
    /// The id of the task, of a page that is about one.
    pub(super) task: Option<String>,
    /// Whether changes are offered.
    pub(super) may_change: bool,
}

/// An element of a page. Its HTML is one element with this id.
#[derive(Debug)]
pub(super) struct Fragment {
    id: String,
    html: Markup,
}

impl Fragment {
    pub(super) fn new(id: impl Into<String>, html: Markup) -> Self {
        Self {
            id: id.into(),
            html,
        }
    }
}

/// A fragment as it is sent.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) id: Arc<str>,
    /// The HTML as a JSON string.
    pub(super) json: Box<RawValue>,
    pub(super) hash: u64,
}

impl Rendered {
    /// `None` cannot happen: each text is a JSON string.
    pub(super) fn new(fragment: &Fragment) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        fragment.html.0.hash(&mut hasher);
        Some(Self {
            id: fragment.id.as_str().into(),
            json: serde_json::value::to_raw_value(&fragment.html.0).ok()?,
            hash: hasher.finish(),
        })
    }
}

/// The pages that somebody looks at.
#[derive(Debug, Default)]
pub(super) struct Renderings(Mutex<HashMap<Subject, Weak<Room>>>);

impl Renderings {
    /// The room of those who look at this page.
    pub(super) fn room(&self, subject: &Subject) -> Arc<Room> {
        let mut rooms = self.lock();
        rooms.retain(|_, room| room.strong_count() > 0);
        if let Some(room) = rooms.get(subject).and_then(Weak::upgrade) {
            return room;
        }
        let room = Arc::default();
        rooms.insert(subject.clone(), Arc::downgrade(&room));
        room
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, Weak<Room>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page, and those who look at it.
#[derive(Debug, Default)]
pub(super) struct Room {
    last: tokio::sync::Mutex<Last>,
    log: KeptLog,
}

/// The last rendering.
#[derive(Debug, Default)]
struct Last {
    /// When its sample was taken; absent before the first.
    taken_at: Option<Instant>,
    rendered: Arc<[Rendered]>,
}

impl Room {
    /// The log of the task, of a page that is about one.
    pub(super) const fn log(&self) -> &KeptLog {
        &self.log
    }

    /// The page as it is in a sample. The first who asks renders it; those who ask meanwhile wait for the same.
    pub(super) async fn rendered(
        &self,
        sample: &Sample,
        render: impl Future<Output = Vec<Fragment>>,
    ) -> Arc<[Rendered]> {
        let mut last = self.last.lock().await;
        if last.taken_at.is_none() || last.taken_at < sample.taken_at() {
            let rendered = render.await;
            last.rendered = rendered.iter().filter_map(Rendered::new).collect();
            last.taken_at = sample.taken_at();
        }
        Arc::clone(&last.rendered)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use maud::html;

    use super::*;

    fn subject(queue: &str) -> Subject {
        Subject {
            page: "queue",
            queue: Some(queue.to_owned()),
            task: None,
            may_change: true,
        }
    }

    /// Asks as one of the viewers of a queue; renderings are counted.
    async fn look(renderings: &Renderings, sample: &Sample, renders: &AtomicUsize) -> String {
        let room = renderings.room(&subject("a"));
        let rendered = room.rendered(sample, async {
            tokio::task::yield_now().await;
            let count = renders.fetch_add(1, Ordering::Relaxed);
            vec![Fragment::new("f", html! { p #f { (count) } })]
        });
        let rendered = rendered.await;
        // What follows is awaited while the room is held, as a stream does.
        tokio::task::yield_now().await;
        rendered[0].json.get().to_owned()
    }

    #[tokio::test]
    async fn a_page_is_rendered_once_per_sample_for_all_viewers() {
        let renderings = Renderings::default();
        let renders = AtomicUsize::new(0);
        let viewer = renderings.room(&subject("a"));
        for round in 0..3 {
            let sample = Sample::taken_now();
            let looks = join_all((0..20).map(|_| look(&renderings, &sample, &renders))).await;
            let expected = format!("\"<p id=\\\"f\\\">{round}</p>\"");
            assert!(looks.iter().all(|json| *json == expected), "{looks:?}");
        }
        assert_eq!(renders.load(Ordering::Relaxed), 3);
        drop(viewer);
    }

    #[test]
    fn pages_without_viewers_are_forgotten() {
        let renderings = Renderings::default();
        let viewers = [
            renderings.room(&subject("a")),
            renderings.room(&subject("a")),
        ];
        assert!(Arc::ptr_eq(&viewers[0], &viewers[1]));
        let other = renderings.room(&subject("b"));
        assert!(!Arc::ptr_eq(&viewers[0], &other));
        drop(viewers);
        drop(renderings.room(&subject("c")));
        drop(renderings.room(&subject("b")));
        assert_eq!(renderings.lock().len(), 1);
    }
}
