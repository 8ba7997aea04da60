//! `/api/tasks`, `/api/task`, and payloads and results as files.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::warnings::warnings;
use crate::document::attempt_log::AttemptLogDocument;
use crate::document::task::TaskDocument;
use crate::failure::{self, Code};
use crate::inspector::browse::{Bounds, TaskPage};
use crate::inspector::query::{Query as TaskQuery, QueryError};
use crate::web::download;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::{Parameters, within};
use crate::web::remarks::remarks;
use crate::web::state::Shared;

/// The version of a task, for an edit.
const VERSION: HeaderName = HeaderName::from_static("qctl-version");

const DEFAULT_ROWS: u64 = 100;
const MAX_ROWS: u64 = 1_000;
/// Tasks that one request looks at, when few of them match, and how long.
const MAX_LOOKS: u64 = 20_000;
const MAX_TIME: Duration = Duration::from_secs(5);

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TasksParameters {
    /// The selection, as in the box of the page; empty: all tasks.
    q: String,
    /// The rows of one answer.
    limit: Option<u64>,
    /// Where the answer begins, from the link of the one before.
    from: Option<String>,
}

pub(super) async fn tasks(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<TasksParameters>,
) -> Result<(HeaderMap, Json<Vec<TaskDocument>>), Failure> {
    let query = TaskQuery::parse(&asked.q).map_err(unreadable)?;
    let rows = asked.limit.unwrap_or(DEFAULT_ROWS);
    let bounds = Bounds {
        rows: within("limit", rows, 1..=MAX_ROWS)?,
        looks: MAX_LOOKS,
        time: MAX_TIME,
    };
    let from = names::position(asked.from.as_deref())?;
    let inspector = shared.inspector();
    let page = inspector.page(query.selection(), from.as_ref(), bounds);
    let page = page.await?;
    let headers = beside(&shared, &asked, &page);
    let now = inspector.now();
    let documents = page.tasks.into_iter();
    let documents = documents.map(|task| TaskDocument::new(task, now));
    Ok((headers, Json(documents.collect())))
}

/// The headers of a list: where it goes on, and what it leaves out.
fn beside(shared: &Shared, asked: &TasksParameters, page: &TaskPage) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(next) = &page.next {
        let (next, limit) = (next.to_string(), asked.limit.map(|limit| limit.to_string()));
        let mut parameters = vec![("q", asked.q.as_str()), ("from", &next)];
        parameters.extend(limit.as_deref().map(|limit| ("limit", limit)));
        let link = format!("<{}>; rel=\"next\"", shared.link("/api/tasks", &parameters));
        headers.extend(HeaderValue::from_str(&link).map(|link| (header::LINK, link)));
    }
    headers.extend(warnings(&remarks(&page.judged)));
    headers
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct One {
    queue: String,
    id: String,
}

pub(super) async fn task(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<(HeaderMap, Json<TaskDocument>), Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &one.queue).await?;
    let id = names::id(&one.id);
    // Before the task: an edit of a task that changes in between is refused.
    let version = inspector.version(&queue, &id).await?;
    let found = inspector.task(&[queue], &id).await?;
    let now = inspector.now();
    let mut document = TaskDocument::new(found, now);
    let running = inspector.running(now).await?;
    running.describe(&mut document);
    let version = version.and_then(|version| HeaderValue::from_str(&version.to_string()).ok());
    let headers = version.map(|version| (VERSION, version)).into_iter();
    Ok((headers.collect(), Json(document)))
}

/// What the attempts of a task have printed. The task may be gone.
pub(super) async fn logs(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<(HeaderMap, Json<Vec<AttemptLogDocument>>), Failure> {
    let log = names::log(shared.inspector(), &one.queue, &one.id).await?;
    let attempts = log.attempts.iter().map(AttemptLogDocument::from);
    Ok((warnings(log.warning().as_slice()), Json(attempts.collect())))
}

pub(super) async fn payload(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Response, Failure> {
    let found = names::task(shared.inspector(), &one.queue, &one.id).await?;
    // Of a message that cannot be read, all of it.
    let bytes = found
        .message
        .map_or_else(|bytes| bytes, |message| message.payload);
    Ok(download::file(&one.id, "payload.bin", bytes))
}

pub(super) async fn result(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Response, Failure> {
    let found = names::task(shared.inspector(), &one.queue, &one.id).await?;
    let absent = || Failure::refused(StatusCode::NOT_FOUND, "the task has no result");
    let bytes = found.result.ok_or_else(absent)?;
    Ok(download::file(&one.id, "result.bin", bytes))
}

pub(super) fn unreadable(error: QueryError) -> Failure {
    let what = format!("column {}: {}", error.at, error.what);
    failure::Failure::new(Code::Filter, what)
        .with_hint(error.hint)
        .into()
}
