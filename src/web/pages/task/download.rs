//! The payload or the result of a task, byte for byte.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::data::Part;
use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::web::download;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Parameters;
use crate::web::state::Shared;

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    queue: String,
    id: String,
    part: Part,
    /// How it is sent.
    #[serde(rename = "as", default)]
    kind: Kind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// To be stored.
    #[default]
    File,
    /// To be shown as plain text.
    Text,
}

pub(super) async fn send(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let inspector = shared.inspector();
    let found = names::task(inspector, &asked.queue, &asked.id).await?;
    let task = TaskDocument::new(found, inspector.now());
    let data = asked.part.of(&task).cloned().ok_or_else(|| {
        let what = format!("the task has no {}", asked.part.name());
        Failure::refused(StatusCode::NOT_FOUND, what)
    })?;
    let extension = match data {
        Payload::Json(_) | Payload::OddJson(_) => "json",
        Payload::Text(_) => "txt",
        Payload::Bytes(_) => "bin",
    };
    Ok(match asked.kind {
        Kind::File => {
            let what = format!("{}.{extension}", asked.part.name());
            download::file(&task.id, &what, data.into_bytes())
        }
        Kind::Text => download::text(data.into_bytes()),
    })
}
