//! Enqueuing a copy of a task.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::edit::{Asked, mistaken};
use super::form::{Form, Instead};
use super::typed::Typed;
use crate::failure::Code;
use crate::inspector::draft::{Mistake, Purpose};
use crate::task::{NewTask, QueueName, TaskId};
use crate::view::command_line;
use crate::web::edits::VIEWER_WAITS;
use crate::web::failure::Failure;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice, why};
use crate::web::parts::text::line;
use crate::web::received::{Body, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use crate::web::{links, names};

pub(super) async fn form(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &asked.queue).await?;
    let id = names::id(&asked.id);
    let original = inspector.draft(Purpose::Copy, &[queue], &id).await?;
    let typed = Typed::of(&original);
    Ok(Form::new(Purpose::Copy, &typed, html! {}).show(&shared, &viewer))
}

/// Shows the form again with the command that does the same, or with what is wrong.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Markup, Instead> {
    let task = read(&shared, &viewer, &typed).await?;
    let equivalent = command_line::enqueue(&task);
    let above = html! { p { "The equivalent command: " (command("equivalent", &equivalent)) } };
    Ok(Form::new(Purpose::Copy, &typed, above).show(&shared, &viewer))
}

/// Enqueues the copy, or shows the form again with what keeps it from being enqueued.
pub(super) async fn enqueue(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Instead> {
    let inspector = viewer
        .permitted(shared.inspector())
        .map_err(Failure::from)?;
    if !typed.unconfirmed.is_empty()
        && let Some(response) = enqueued_before(&shared, &typed).await
    {
        return Ok(response);
    }
    let task = read(&shared, &viewer, &typed).await?;
    let Err(error) = inspector.enqueue_copy(&task, VIEWER_WAITS).await else {
        return Ok(enqueued(&shared, &task.options.queue, &task.id));
    };
    let said = error.to_string();
    let failure = Failure::from(error);
    let code = failure.reason.code;
    // The id is that of the form. Its answer may have been lost when it was sent before.
    let typed = if code == Code::IdTaken {
        typed.another()
    } else if code == Code::Unanswered {
        typed.unconfirmed()
    } else {
        typed
    };
    let mut form = Form::new(Purpose::Copy, &typed, html! {});
    let mistakes: [Mistake; 1] = [("unique", said)];
    if code == Code::IdTaken {
        form.above = sent_before(&shared, &task);
    } else if code == Code::Duplicate {
        form.mistakes = &mistakes;
    } else if code == Code::Unanswered {
        let said = html! {
            "It is not known whether this was enqueued: " (why(&failure.reason)) " Enqueue again: the same form enqueues no second task."
        };
        form.above = notice(Kind::Warning, &said);
    } else {
        form.above = notice(
            Kind::Error,
            &html! { "Nothing was enqueued: " (why(&failure.reason)) },
        );
    }
    Ok(form.refused(&failure, &shared, &viewer))
}

/// The answer to a form that was sent before without an answer, if its copy is there.
async fn enqueued_before(shared: &Shared, typed: &Typed) -> Option<Response> {
    let queue = QueueName::new(typed.move_to.trim()).ok()?;
    let id = names::id(&typed.copy_id);
    let found = shared.inspector().find(&queue, &id).await.ok()?;
    found.is_ok().then(|| enqueued(shared, &queue, &id))
}

fn enqueued(shared: &Shared, queue: &QueueName, id: &TaskId) -> Response {
    let copy = [
        ("queue", queue.as_str()),
        ("id", id.as_str()),
        ("done", "enqueued"),
    ];
    Redirect::to(&shared.link("/task", &copy)).into_response()
}

fn sent_before(shared: &Shared, copy: &NewTask) -> Markup {
    let (queue, id) = (copy.options.queue.as_str(), copy.id.as_str());
    let said = html! {
        "This form has enqueued a copy already: " a .mono href=(links::task(shared, queue, id)) { (line(id)) }
        ", which may be gone by now. Enqueue again for another one."
    };
    notice(Kind::Warning, &said)
}

async fn read(shared: &Shared, viewer: &Viewer, typed: &Typed) -> Result<NewTask, Instead> {
    let inspector = shared.inspector();
    let form = |above| Form::new(Purpose::Copy, typed, above);
    let queue = names::any(&typed.queue)?;
    let original = match inspector
        .draft(Purpose::Copy, &[queue], &names::id(&typed.id))
        .await
    {
        Ok(original) => original,
        Err(error) => {
            let failure = Failure::from(error);
            let said = html! {
                "The task cannot be copied now: " (why(&failure.reason)) " "
                @if typed.unconfirmed.is_empty() { "Nothing was enqueued" } @else { "It is not known whether this was enqueued before" }
                "; what you typed is below."
            };
            let form = form(notice(Kind::Error, &said));
            return Err(form.refused(&failure, shared, viewer).into());
        }
    };
    let options = typed.options();
    match original.copy(&typed.fields(&options), inspector.now()) {
        Ok(task) => Ok(NewTask {
            id: names::new_id(&typed.copy_id)?,
            ..task
        }),
        Err(mistakes) => {
            let form = Form {
                mistakes: &mistakes,
                ..form(html! {})
            };
            Err(form.refused(&mistaken(), shared, viewer).into())
        }
    }
}
