//! `/api/tasks`, `/api/task`, and payloads and results as files.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::document::task::TaskDocument;
use crate::failure::{self, Code};
use crate::inspector::FoundTask;
use crate::inspector::query::{Query as TaskQuery, QueryError};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Parameters;
use crate::web::state::Shared;

const DEFAULT_ROWS: u64 = 100;
const MAX_ROWS: u64 = 1_000;
/// Tasks that one request looks at, when few of them match.
const MAX_LOOKS: u64 = 20_000;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TasksParameters {
    /// The selection, as in the box of the page; empty: all tasks.
    q: String,
    limit: Option<u64>,
}

pub(super) async fn tasks(
    State(shared): State<Shared>,
    Parameters(parameters): Parameters<TasksParameters>,
) -> Result<Json<Vec<TaskDocument>>, Failure> {
    let query = TaskQuery::parse(&parameters.q).map_err(unreadable)?;
    let mut selection = query.selection().clone();
    let limit = parameters.limit.unwrap_or(DEFAULT_ROWS);
    selection.limit = Some(limit.min(MAX_ROWS));
    let inspector = shared.inspector();
    let mut listing = inspector.list(&selection).await?;
    let mut documents = Vec::new();
    while listing.judged().tasks < MAX_LOOKS {
        let now = inspector.now();
        let Some(found) = listing.next(now).await? else {
            break;
        };
        documents.extend(found.into_iter().map(|task| TaskDocument::new(task, now)));
    }
    Ok(Json(documents))
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct One {
    queue: String,
    id: String,
}

pub(super) async fn task(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Json<TaskDocument>, Failure> {
    let found = find(&shared, &one).await?;
    let now = shared.inspector().now();
    let mut document = TaskDocument::new(found, now);
    let running = shared.inspector().running(now).await?;
    running.describe(&mut document);
    Ok(Json(document))
}

pub(super) async fn payload(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Response, Failure> {
    let found = find(&shared, &one).await?;
    // Of a message that cannot be read, all of it.
    let bytes = found
        .message
        .map_or_else(|bytes| bytes, |message| message.payload);
    Ok(download(&one.id, "payload", bytes))
}

pub(super) async fn result(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Response, Failure> {
    let found = find(&shared, &one).await?;
    let absent = || Failure::refused(StatusCode::NOT_FOUND, "the task has no result");
    Ok(download(
        &one.id,
        "result",
        found.result.ok_or_else(absent)?,
    ))
}

async fn find(shared: &Shared, one: &One) -> Result<FoundTask, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &one.queue).await?;
    let id = names::id(&one.id)?;
    Ok(inspector.task(std::slice::from_ref(&queue), &id).await?)
}

/// A file that browsers keep and never show: it comes from strangers.
fn download(id: &str, what: &str, bytes: Vec<u8>) -> Response {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = id.chars().filter(|c| plain(*c)).take(100).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{what}\""),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; frame-ancestors 'none'".to_owned(),
        ),
    ];
    (headers, bytes).into_response()
}

fn unreadable(error: QueryError) -> Failure {
    let what = format!("column {}: {}", error.at, error.what);
    failure::Failure::new(Code::Filter, what)
        .with_hint(error.hint)
        .into()
}
