//! What may stand at the cursor in the selection box.

use std::time::Duration;

use axum::Json;
use axum::extract::State;

use crate::inspector::Selection;
use crate::inspector::browse::Bounds;
use crate::inspector::query::{self, Known};
use crate::web::received::Parameters;
use crate::web::state::Shared;

/// Queues that are suggested from; more would not help to choose.
const MAX_QUEUES: usize = 1_000;

/// Tasks that are looked at for their types and groups, besides those that pages list.
const BOUNDS: Bounds = Bounds {
    rows: 200,
    looks: 200,
    time: Duration::from_millis(300),
};

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Typed {
    q: String,
    /// The number of characters in front of the cursor.
    at: usize,
}

/// One suggestion.
#[derive(Debug, serde::Serialize)]
pub(super) struct Suggested {
    /// The characters that it replaces.
    from: usize,
    to: usize,
    text: String,
    meaning: &'static str,
}

pub(super) async fn complete(
    State(shared): State<Shared>,
    Parameters(typed): Parameters<Typed>,
) -> Json<Vec<Suggested>> {
    // One for all viewers: this is asked with each key.
    let sample = shared.sampler().fresh().await;
    let queues = sample.overview.iter().flat_map(|overview| &overview.queues);
    let names = queues.map(|row| row.name.to_string());
    let seen = shared.seen();
    if (typed.q.contains("type:") || typed.q.contains("group:")) && seen.is_due() {
        let all = Selection::default();
        let some = shared.inspector().page(&all, None, BOUNDS);
        // Without them, those that pages have listed are suggested.
        if let Ok(some) = some.await {
            seen.note(&some.tasks);
        }
    }
    let (kinds, groups) = seen.names();
    let known = Known {
        queues: &names.take(MAX_QUEUES).collect::<Vec<_>>(),
        types: &kinds,
        groups: &groups,
    };
    let suggestions = query::complete(&typed.q, typed.at, &known);
    let suggestions = suggestions.into_iter().map(|one| Suggested {
        from: one.replaces.start,
        to: one.replaces.end,
        text: one.text,
        meaning: one.meaning,
    });
    Json(suggestions.collect())
}
