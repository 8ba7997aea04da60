//! `/api/doctor`: the findings of the last look, new looks, and what the codes mean.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::document::doctor::{ExplanationDocument, LookDocument};
use crate::inspector::doctor::{Code, Looks};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::{Document, Parameters};
use crate::web::state::Shared;

/// How thorough a look is.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Report what a running server may be about to resolve without a second look.
    #[serde(default)]
    quick: bool,
}

/// The parameters of an explanation.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    /// Absent: all codes.
    code: Option<String>,
}

/// What was found at the last look. It costs Redis nothing.
pub(super) async fn last(State(shared): State<Shared>) -> Result<Json<LookDocument>, Failure> {
    known(&shared)
}

/// Looks, and answers when the look is over. It goes on when the client is gone.
pub(super) async fn look(
    State(shared): State<Shared>,
    Document(asked): Document<Asked>,
) -> Result<Json<LookDocument>, Failure> {
    let examiner = shared.examiner();
    examiner.start(Looks::quick(asked.quick));
    examiner.ended().await;
    match examiner.examined().error {
        Some(error) => Err(error.into()),
        None => known(&shared),
    }
}

pub(super) async fn explain(Parameters(named): Parameters<Named>) -> Result<Response, Failure> {
    Ok(match named.code {
        Some(code) => Json(ExplanationDocument::from(names::code(&code)?)).into_response(),
        None => {
            let all = Code::ALL.iter().copied().map(ExplanationDocument::from);
            Json(all.collect::<Vec<_>>()).into_response()
        }
    })
}

fn known(shared: &Shared) -> Result<Json<LookDocument>, Failure> {
    let examined = shared.examiner().examined();
    match (&examined.last, &examined.error) {
        (None, Some(error)) => Err(error.clone().into()),
        (Some(_), _) | (None, None) => Ok(Json(examined.document(shared.inspector().now()))),
    }
}
