//! Editing a task.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use tokio::task::JoinError;

use super::form::{Form, Instead};
use super::typed::{Purpose, Typed};
use crate::inspector::Selection;
use crate::inspector::draft::Draft;
use crate::inspector::edit::Edit;
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::{Body, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use crate::web::{links, names};

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    pub(super) queue: String,
    pub(super) id: String,
}

pub(super) async fn form(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &asked.queue).await?;
    let draft = inspector.draft(&[queue], &names::id(&asked.id)).await?;
    let typed = Typed::of(&draft, Purpose::Edit);
    Ok(Form::new(Purpose::Edit, &typed, html! {}).show(&shared, &viewer))
}

/// Shows the form again with the command that does the same, or with what is wrong.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Instead> {
    let (draft, edit) = compared(&shared, &viewer, &typed).await?;
    let selection = Selection::of_tasks(&[(draft.queue, draft.id)]);
    let equivalent = command_line::edit(&selection, &edit);
    let above = html! { p { "The equivalent command: " (command("equivalent", &equivalent)) } };
    Ok(Form::new(Purpose::Edit, &typed, above).show(&shared, &viewer))
}

/// Saves the task, or shows the form again with what keeps it from being saved.
pub(super) async fn save(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Instead> {
    let inspector = viewer
        .permitted(shared.inspector())
        .map_err(Failure::from)?;
    let (draft, edit) = compared(&shared, &viewer, &typed).await?;
    let queue = edit.queue.clone().unwrap_or_else(|| draft.queue.clone());
    let id = draft.id.clone();
    // It goes on if the browser goes away: a move that is cut short would have to be finished by somebody else.
    let edited = tokio::spawn(async move { inspector.edit(&draft, edit).await });
    match edited.await.map_err(|panicked| failed(&panicked))? {
        Ok(()) => {
            let task = [
                ("queue", queue.as_str()),
                ("id", id.as_str()),
                ("done", "saved"),
            ];
            Ok(Redirect::to(&shared.link("/task", &task)).into_response())
        }
        Err(error) => {
            let why = in_the_way(error.into())?;
            let above = notice(
                Kind::Error,
                &html! { "Nothing was saved: " (line(&why)) "." },
            );
            Ok(Form::new(Purpose::Edit, &typed, above).show(&shared, &viewer))
        }
    }
}

/// What was typed, compared with what is stored.
async fn compared(
    shared: &Shared,
    viewer: &Viewer,
    typed: &Typed,
) -> Result<(Draft, Edit), Instead> {
    let inspector = shared.inspector();
    let again = |form: Form<'_>| Err(form.show(shared, viewer).into());
    let form = |above| Form::new(Purpose::Edit, typed, above);
    let queue = names::any(&typed.queue)?;
    let draft = match inspector.draft(&[queue], &names::id(&typed.id)).await {
        Ok(draft) => draft,
        Err(error) => {
            let why = in_the_way(error.into())?;
            let said = html! {
                "The task cannot be edited any more: " (line(&why)) ". Nothing was saved; what you typed is below."
            };
            return again(form(notice(Kind::Error, &said)));
        }
    };
    if draft.version().to_string() != typed.version {
        let current = typed.about(&draft);
        let form = Form::new(Purpose::Edit, &current, changed(shared, typed));
        return again(Form {
            stored: Some(&draft),
            ..form
        });
    }
    let options = typed.edited_options();
    match draft.read_form(&typed.fields(&options), inspector.now()) {
        Ok(Some(edit)) => Ok((draft, edit)),
        Ok(None) => {
            let same = html! { "This is what is stored: there is nothing to save." };
            again(form(notice(Kind::Warning, &same)))
        }
        Err(mistakes) => again(Form {
            mistakes: &mistakes,
            ..form(html! {})
        }),
    }
}

/// Says that another has changed the task since it was shown.
fn changed(shared: &Shared, typed: &Typed) -> Markup {
    let task = links::task(shared, &typed.queue, &typed.id);
    let said = html! {
        "The task has changed since this form was opened. Nothing was saved; what you typed is below, and what differs from it is
        marked. Save again to replace what is stored, or " a href=(task) { "look at the task as it is" } "."
    };
    notice(Kind::Warning, &said)
}

/// What keeps a task from being written, to be shown above the form; other failures have a page of their own.
pub(super) fn in_the_way(failure: Failure) -> Result<String, Failure> {
    match failure.status {
        StatusCode::CONFLICT | StatusCode::NOT_FOUND => Ok(failure.reason.what),
        _ => Err(failure),
    }
}

fn failed(panicked: &JoinError) -> Failure {
    Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, panicked.to_string())
}
