//! Enqueuing a copy of a task.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::html;

use super::edit::{Asked, in_the_way};
use super::form::Form;
use super::typed::{Purpose, Typed};
use crate::inspector::draft::Mistake;
use crate::task::NewTask;
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::{Body, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) async fn form(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &asked.queue).await?;
    let original = inspector.original(&[queue], &names::id(&asked.id)).await?;
    let typed = Typed::of(&original, Purpose::Copy);
    Ok(Form::new(Purpose::Copy, &typed, html! {}).show(&shared, &viewer))
}

/// What was typed, read.
enum Read {
    Task(Box<NewTask>),
    /// The form again, with what is wrong.
    Again(Response),
}

/// Shows the form again with the command that does the same, or with what is wrong.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Failure> {
    let task = match read(&shared, &viewer, &typed).await? {
        Read::Task(task) => task,
        Read::Again(response) => return Ok(response),
    };
    let equivalent = command_line::enqueue(&task);
    let above = html! { p { "The equivalent command: " (command("equivalent", &equivalent)) } };
    Ok(Form::new(Purpose::Copy, &typed, above).show(&shared, &viewer))
}

/// Enqueues the copy, or shows the form again with what keeps it from being enqueued.
pub(super) async fn enqueue(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let task = match read(&shared, &viewer, &typed).await? {
        Read::Task(task) => task,
        Read::Again(response) => return Ok(response),
    };
    match inspector.enqueue(&task, inspector.now()).await {
        Ok(_) => {
            let queue = task.options.queue.as_str();
            let copy = [
                ("queue", queue),
                ("id", task.id.as_str()),
                ("done", "enqueued"),
            ];
            Ok(Redirect::to(&shared.link("/task", &copy)).into_response())
        }
        Err(error) => {
            // A new id is never taken, so an identical task has the lock.
            let mistakes: [Mistake; 1] = [("unique", in_the_way(error.into())?)];
            let form = Form::new(Purpose::Copy, &typed, html! {});
            let form = Form {
                mistakes: &mistakes,
                ..form
            };
            Ok(form.show(&shared, &viewer))
        }
    }
}

async fn read(shared: &Shared, viewer: &Viewer, typed: &Typed) -> Result<Read, Failure> {
    let inspector = shared.inspector();
    let form = |above| Form::new(Purpose::Copy, typed, above);
    let queue = names::any(&typed.queue)?;
    let original = match inspector.original(&[queue], &names::id(&typed.id)).await {
        Ok(original) => original,
        Err(error) => {
            let why = in_the_way(error.into())?;
            let said = html! {
                "The task cannot be copied any more: " (line(&why)) ". Nothing was enqueued; what you typed is below."
            };
            let form = form(notice(Kind::Error, &said));
            return Ok(Read::Again(form.show(shared, viewer)));
        }
    };
    let options = typed.options();
    let read = original.copy(
        &typed.fields(&options),
        typed.copy_fields(),
        inspector.now(),
    );
    Ok(match read {
        Ok(task) => Read::Task(Box::new(task)),
        Err(mistakes) => {
            let form = Form {
                mistakes: &mistakes,
                ..form(html! {})
            };
            Read::Again(form.show(shared, viewer))
        }
    })
}
