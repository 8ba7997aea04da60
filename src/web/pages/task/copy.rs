//! Enqueuing a copy of a task.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::edit::{Asked, in_the_way};
use super::form::{Form, Instead};
use super::typed::{Purpose, Typed};
use crate::failure::Code;
use crate::inspector::draft::Mistake;
use crate::task::NewTask;
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::{Body, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use crate::web::{links, names};

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

/// Shows the form again with the command that does the same, or with what is wrong.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(typed): Body<Typed>,
) -> Result<Response, Instead> {
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
    let task = read(&shared, &viewer, &typed).await?;
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
            let failure = Failure::from(error);
            // The id is that of the form. Its answer may have been lost when it was sent before.
            if failure.reason.code == Code::IdTaken {
                let another = typed.another();
                let form = Form::new(Purpose::Copy, &another, sent_before(&shared, &task));
                return Err(form.show(&shared, &viewer).into());
            }
            let mistakes: [Mistake; 1] = [("unique", in_the_way(failure)?)];
            let form = Form::new(Purpose::Copy, &typed, html! {});
            let form = Form {
                mistakes: &mistakes,
                ..form
            };
            Err(form.show(&shared, &viewer).into())
        }
    }
}

fn sent_before(shared: &Shared, copy: &NewTask) -> Markup {
    let (queue, id) = (copy.options.queue.as_str(), copy.id.as_str());
    let said = html! {
        "This form has enqueued a copy already: " a .mono href=(links::task(shared, queue, id)) { (line(id)) }
        ". Enqueue again for another one."
    };
    notice(Kind::Warning, &said)
}

async fn read(shared: &Shared, viewer: &Viewer, typed: &Typed) -> Result<NewTask, Instead> {
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
            return Err(form.show(shared, viewer).into());
        }
    };
    let options = typed.options();
    let read = original.copy(
        &typed.fields(&options),
        typed.copy_fields(),
        inspector.now(),
    );
    match read {
        Ok(task) => Ok(NewTask {
            id: names::new_id(&typed.copy_id)?,
            ..task
        }),
        Err(mistakes) => {
            let form = Form {
                mistakes: &mistakes,
                ..form(html! {})
            };
            Err(form.show(shared, viewer).into())
        }
    }
}
