//! `/api/task/edit` and `/api/task/copy`: what the forms on the page of a task do.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Deserializer};

use crate::document::enqueued::EnqueuedDocument;
use crate::document::outcome::ChangeDocument;
use crate::document::payload::{Payload, PayloadEncoding, any_value};
use crate::inspector::Outcome;
use crate::inspector::draft::{Draft, Fields, Mistake, Purpose, TypedPayload};
use crate::task::transition::Action;
use crate::web::edits::{VIEWER_WAITS, edit_to_end};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Document;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A key that may be `null`, and then is another than one that is absent.
type Nullable<T> = Option<Option<T>>;

/// What a task is to have. What is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    queue: String,
    id: String,
    /// The version that is edited, from the header of `/api/task`. Absent: any.
    version: Option<String>,
    /// The id of a copy. Absent: a random one.
    copy_id: Option<String>,
    /// The queue where the task, or the copy, goes.
    move_to: Option<String>,
    #[serde(default, deserialize_with = "any_value")]
    payload: Option<Payload>,
    payload_encoding: Option<PayloadEncoding>,
    #[serde(default, deserialize_with = "present")]
    next_process_at: Nullable<String>,
    max_retry: Option<i64>,
    timeout_seconds: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    deadline: Nullable<String>,
    #[serde(default, deserialize_with = "present")]
    retention_seconds: Nullable<u64>,
    #[serde(default, deserialize_with = "present")]
    unique_seconds: Nullable<u64>,
    #[serde(default, deserialize_with = "present")]
    group: Nullable<String>,
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Nullable<T>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Wanted {
    /// The options by the keys of a draft, as they would be typed.
    fn options(&self) -> Vec<(&'static str, String)> {
        let text = |value: &Nullable<String>| value.clone().map(Option::unwrap_or_default);
        let span = |value: &Nullable<u64>| {
            let seconds = (*value)?.filter(|seconds| *seconds > 0);
            Some(seconds.map_or_else(String::new, |seconds| format!("{seconds}s")))
        };
        let options = [
            ("queue", self.move_to.clone()),
            ("at", text(&self.next_process_at)),
            ("max-retry", self.max_retry.map(|count| count.to_string())),
            ("timeout", span(&self.timeout_seconds.map(Some))),
            ("deadline", text(&self.deadline)),
            ("retention", span(&self.retention_seconds)),
            ("unique", span(&self.unique_seconds)),
            ("group", text(&self.group)),
        ];
        let options = options.into_iter();
        options
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// The new payload; `None` if it stays.
    fn payload(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let payload = Payload::decode(self.payload.take(), self.payload_encoding);
        match payload {
            Ok(payload) => Ok(payload.map(Payload::into_bytes)),
            Err(error) => Err(refused(format!("payload: the value {error}"))),
        }
    }

    /// Refuses what only a copy has.
    fn without_own(&self) -> Result<(), Failure> {
        let own = [
            ("copy_id", self.copy_id.is_some()),
            ("unique_seconds", self.unique_seconds.is_some()),
            ("group", self.group.is_some()),
        ];
        match own.iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(refused(format!("{key:?} is for copies"))),
            None => Ok(()),
        }
    }

    /// The task as it is stored.
    async fn draft(&self, shared: &Shared, purpose: Purpose) -> Result<Draft, Failure> {
        let inspector = shared.inspector();
        let queue = names::existing(inspector, &self.queue).await?;
        let id = names::id(&self.id);
        let draft = inspector.draft(purpose, &[queue], &id).await?;
        if let Some(version) = &self.version {
            draft.check_version(version)?;
        }
        Ok(draft)
    }
}

/// Edits a task.
pub(super) async fn edit(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(mut wanted): Document<Wanted>,
) -> Result<Json<ChangeDocument>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    wanted.without_own()?;
    let payload = wanted.payload()?;
    let draft = wanted.draft(&shared, Purpose::Edit).await?;
    let options = wanted.options();
    let read = draft.read_form(
        &fields(&typed(&options), payload.as_deref()),
        inspector.now(),
    );
    let outcome = match read.map_err(mistaken)? {
        Some(edit) => edit_to_end(inspector, draft, edit).await?,
        None => Outcome {
            matched: 1,
            ..Outcome::new(Action::Edit, false)
        },
    };
    Ok(Json(ChangeDocument::from(&outcome)))
}

/// Enqueues a copy of a task.
pub(super) async fn copy(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(mut wanted): Document<Wanted>,
) -> Result<Json<EnqueuedDocument>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let payload = wanted.payload()?;
    let original = wanted.draft(&shared, Purpose::Copy).await?;
    let options = wanted.options();
    let read = original.copy(
        &fields(&typed(&options), payload.as_deref()),
        inspector.now(),
    );
    let mut copy = read.map_err(mistaken)?;
    if let Some(id) = &wanted.copy_id {
        copy.id = names::new_id(id)?;
    }
    let enqueued = inspector.enqueue_copy(&copy, VIEWER_WAITS).await?;
    Ok(Json(EnqueuedDocument::from(enqueued)))
}

fn typed<'a>(options: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    let options = options.iter();
    options.map(|(key, value)| (*key, value.as_str())).collect()
}

fn fields<'a>(options: &'a [(&'static str, &'a str)], payload: Option<&'a [u8]>) -> Fields<'a> {
    Fields {
        options,
        payload: payload.map_or(TypedPayload::Same, TypedPayload::Bytes),
    }
}

/// All mistakes, by the keys of the document.
fn mistaken(mistakes: Vec<Mistake>) -> Failure {
    let key = |key| match key {
        "queue" => "move_to",
        "at" => "next_process_at",
        "max-retry" => "max_retry",
        "timeout" => "timeout_seconds",
        "retention" => "retention_seconds",
        "unique" => "unique_seconds",
        other => other,
    };
    let said = |(known, why): Mistake| match known {
        "" => why,
        known => format!("{}: {why}", key(known)),
    };
    let said: Vec<String> = mistakes.into_iter().map(said).collect();
    refused(said.join("; "))
}

fn refused(what: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, what)
}
