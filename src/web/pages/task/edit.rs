//! Editing a task.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::form::{Form, Instead};
use super::typed::Typed;
use crate::inspector::draft::{Draft, Purpose};
use crate::inspector::edit::Edit;
use crate::inspector::{Error, Selection};
use crate::task::QueueName;
use crate::view::command_line;
use crate::web::edits::edit_to_end;
use crate::web::failure::Failure;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice, why};
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
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &asked.queue).await?;
    let id = names::id(&asked.id);
    let draft = inspector.draft(Purpose::Edit, &[queue], &id).await?;
    let typed = Typed::of(&draft);
    Ok(Form::new(Purpose::Edit, &typed, html! {}).show(&shared, &viewer))
}

/// Shows the form again with the command that does the same, or with what is wrong.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Markup, Instead> {
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
    if !typed.unconfirmed.is_empty()
        && let Some(queue) = saved_before(&shared, &typed).await
    {
        return Ok(saved(&shared, &queue, &typed.id));
    }
    let (draft, edit) = compared(&shared, &viewer, &typed).await?;
    let queue = edit.queue.clone().unwrap_or_else(|| draft.queue.clone());
    let sent = typed.as_read(&edit);
    let Err(error) = edit_to_end(inspector, draft, edit).await else {
        return Ok(saved(&shared, &queue, &typed.id));
    };
    let is_unknown = matches!(error, Error::Unconfirmed { .. });
    let failure = Failure::from(error);
    if is_unknown {
        let said = html! {
            "It is not known whether this was saved: " (why(&failure.reason)) " What you typed is below. Save again: if it was saved
            already, nothing is changed, and you see the task."
        };
        let sent = sent.unconfirmed();
        let form = Form::new(Purpose::Edit, &sent, notice(Kind::Warning, &said));
        return Ok(form.refused(&failure, &shared, &viewer));
    }
    let said = html! { "Nothing was saved: " (why(&failure.reason)) };
    let form = Form::new(Purpose::Edit, &typed, notice(Kind::Error, &said));
    Ok(form.refused(&failure, &shared, &viewer))
}

/// The queue of the task, if the task is as this form wants it, but not as it was when the form was opened.
async fn saved_before(shared: &Shared, typed: &Typed) -> Option<QueueName> {
    let inspector = shared.inspector();
    let queue = QueueName::new(typed.move_to.trim()).ok()?;
    let id = names::id(&typed.id);
    let draft = inspector.draft(Purpose::Edit, std::slice::from_ref(&queue), &id);
    let draft = draft.await.ok()?;
    let options = typed.options();
    let read = draft.read_form(&typed.fields(&options), inspector.now());
    let is_another = draft.version().to_string() != typed.version;
    (is_another && matches!(read, Ok(None))).then_some(queue)
}

fn saved(shared: &Shared, queue: &QueueName, id: &str) -> Response {
    let task = [("queue", queue.as_str()), ("id", id), ("done", "saved")];
    Redirect::to(&shared.link("/task", &task)).into_response()
}

/// What was typed, compared with what is stored.
async fn compared(
    shared: &Shared,
    viewer: &Viewer,
    typed: &Typed,
) -> Result<(Draft, Edit), Instead> {
    let inspector = shared.inspector();
    let again = |form: Form<'_>, why: &Failure| Err(form.refused(why, shared, viewer).into());
    let form = |above| Form::new(Purpose::Edit, typed, above);
    let queue = names::any(&typed.queue)?;
    let id = names::id(&typed.id);
    let draft = match inspector.draft(Purpose::Edit, &[queue], &id).await {
        Ok(draft) => draft,
        Err(error) => {
            let failure = Failure::from(error);
            let said = html! {
                "The task cannot be edited now: " (why(&failure.reason)) " " (nothing_saved(typed)) "; what you typed is below."
            };
            return again(form(notice(Kind::Error, &said)), &failure);
        }
    };
    if draft.version().to_string() != typed.version {
        let current = typed.about(&draft);
        let form = Form::new(Purpose::Edit, &current, changed(shared, typed));
        let form = Form {
            stored: Some(&draft),
            ..form
        };
        let why = Failure::refused(StatusCode::CONFLICT, "the task has changed");
        return again(form, &why);
    }
    let options = typed.edited_options();
    match draft.read_form(&typed.fields(&options), inspector.now()) {
        Ok(Some(edit)) => Ok((draft, edit)),
        Ok(None) => {
            let same = html! { "This is what is stored: there is nothing to save." };
            let form = form(notice(Kind::Warning, &same));
            Err(form.show(shared, viewer).into_response().into())
        }
        Err(mistakes) => {
            let form = Form {
                mistakes: &mistakes,
                ..form(html! {})
            };
            again(form, &mistaken())
        }
    }
}

/// Fields of a form that cannot be read.
pub(super) fn mistaken() -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, "the form has mistakes")
}

/// Says that another has changed the task since it was shown.
fn changed(shared: &Shared, typed: &Typed) -> Markup {
    let task = links::task(shared, &typed.queue, &typed.id);
    let said = html! {
        "The task has changed since this form was opened. " (nothing_saved(typed)) "; what you typed is below, and what differs from
        it is marked. Save again to replace what is stored, or " a href=(task) { "look at the task as it is" } "."
    };
    notice(Kind::Warning, &said)
}

/// What is known of a form that is not saved now.
fn nothing_saved(typed: &Typed) -> &'static str {
    if typed.unconfirmed.is_empty() {
        "Nothing was saved"
    } else {
        "It is not known whether this was saved before"
    }
}
