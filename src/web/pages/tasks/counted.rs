//! How many tasks match, for the bar below the list: counted for a limited time.

use std::time::Duration;

use axum::extract::State;
use maud::{Markup, html};

use super::asked::Asked;
use crate::inspector::browse::Matching;
use crate::inspector::query::Query;
use crate::web::failure::Failure;
use crate::web::parts::number::plural;
use crate::web::received::Parameters;
use crate::web::state::Shared;

/// How long tasks are counted. The preview of a change counts all of them.
const TIME: Duration = Duration::from_secs(2);

pub(super) async fn counted(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let query = Query::parse(&asked.q).map_err(|error| {
        let status = axum::http::StatusCode::BAD_REQUEST;
        Failure::refused(status, error.what).with_hint(error.hint)
    })?;
    let matching = shared.inspector().matching(query.selection(), TIME).await?;
    Ok(match matching {
        Matching::Exactly(1) => html! { strong { "1 task" } " matches" },
        Matching::Exactly(count) => html! { strong { (plural(count, "task")) } " match" },
        Matching::AtLeast(count) => {
            html! { "at least " strong { (plural(count, "task")) } " match" }
        }
    })
}
