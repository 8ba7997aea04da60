//! The payload or the result of a task, byte for byte.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::data::Part;
use super::find::find;
use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::web::failure::Failure;
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

pub(super) async fn download(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let found = find(&shared, &asked.queue, &asked.id).await?;
    let task = TaskDocument::new(found, shared.inspector().now());
    let data = asked.part.of(&task).cloned().ok_or_else(|| {
        let what = format!("the task has no {}", asked.part.name());
        Failure::refused(StatusCode::NOT_FOUND, what)
    })?;
    let extension = match data {
        Payload::Json(_) | Payload::OddJson(_) => "json",
        Payload::Text(_) => "txt",
        Payload::Bytes(_) => "bin",
    };
    let file = format!("{}-{}.{extension}", name_of(&task.id), asked.part.name());
    let (kind, place) = match asked.kind {
        Kind::File => (
            "application/octet-stream",
            format!("attachment; filename=\"{file}\""),
        ),
        Kind::Text => ("text/plain; charset=utf-8", "inline".to_owned()),
    };
    let mut response = data.into_bytes().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::CONTENT_DISPOSITION, place);
    }
    // Whatever the bytes are, a browser must neither guess their type nor run them.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let sandbox = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, sandbox);
    Ok(response)
}

/// The id as a part of a file name.
fn name_of(id: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = id.chars().take(80).map(|c| if safe(c) { c } else { '_' });
    name.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_harmless() {
        assert_eq!(name_of("../../\"x\r\n: é.sh"), "_______x______sh");
        assert_eq!(name_of("0d9b2c7e-58d1"), "0d9b2c7e-58d1");
        assert_eq!(name_of(&"a".repeat(1000)).len(), 80);
    }
}
