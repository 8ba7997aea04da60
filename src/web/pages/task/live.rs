//! What changes on the page of a task while it is open.

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use maud::html;

use super::shown::Shown;
use super::{attempts, panels};
use crate::inspector::Error;
use crate::inspector::overview::Sample;
use crate::task::QueueName;
use crate::web::live::{LivePage, Since, stream};
use crate::web::names;
use crate::web::pages::status;
use crate::web::parts::notice::{Kind, notice};
use crate::web::received::Parameters;
use crate::web::renderings::{Fragment, Subject};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    queue: String,
    id: String,
}

/// The page as a stream.
pub(super) async fn updates(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(named): Parameters<Named>,
    Parameters(since): Parameters<Since>,
) -> impl IntoResponse {
    let subject = Subject {
        page: "task",
        queue: Some(named.queue),
        task: Some(named.id),
        may_change: viewer.may_change,
    };
    stream::<Live>(&shared, subject, &since)
}

struct Live;

impl LivePage for Live {
    async fn fragments(shared: &Shared, subject: &Subject, sample: &Sample) -> Vec<Fragment> {
        let now = shared.inspector().now();
        let mut fragments = vec![status::fragment(sample, now)];
        // What was shown last stays, grayed, while Redis does not answer.
        if sample.outage.is_some() {
            return fragments;
        }
        match read(shared, subject).await {
            Ok(Some(shown)) => {
                let may_change = subject.may_change;
                fragments.extend([
                    Fragment::new("task-heading", panels::heading(shared, may_change, &shown)),
                    Fragment::new("task-error", panels::last_error(&shown.task)),
                    Fragment::new("task-result", panels::result(shared, &shown.task)),
                    Fragment::new("task-facts", panels::facts(shared, &shown)),
                ]);
                fragments.extend(attempts::fragments(shared, &shown));
            }
            Ok(None) => fragments.push(gone()),
            // The next sample says what is wrong.
            Err(_) => {}
        }
        fragments
    }
}

/// The task; `None` if it is no longer there.
async fn read(shared: &Shared, subject: &Subject) -> Result<Option<Shown>, Error> {
    let inspector = shared.inspector();
    let queue = subject.queue.as_deref().map(QueueName::new);
    let (Some(Ok(queue)), Some(id)) = (queue, &subject.task) else {
        return Ok(None);
    };
    let Ok(found) = inspector.find(&queue, &names::id(id)).await? else {
        return Ok(None);
    };
    Ok(Some(Shown::new(shared, found).await?))
}

fn gone() -> Fragment {
    let said = notice(
        Kind::Warning,
        &html! { "This task is no longer here: it has succeeded and is not kept, or was moved or deleted." },
    );
    Fragment::new("task-gone", html! { div #task-gone { (said) } })
}
