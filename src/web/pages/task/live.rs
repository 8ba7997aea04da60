//! What changes on the page of a task while it is open.

use maud::html;

use super::shown::Shown;
use super::{attempts, panels};
use crate::inspector::Error;
use crate::inspector::overview::Sample;
use crate::task::QueueName;
use crate::web::live::LivePage;
use crate::web::names;
use crate::web::pages::status;
use crate::web::parts::notice::{Kind, notice};
use crate::web::renderings::{Fragment, Subject};
use crate::web::state::Shared;

pub(super) struct Live;

impl LivePage for Live {
    const PAGE: &'static str = "task";

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
    let room = shared.renderings().room(subject);
    let log = room.log().current(inspector, &found.queue, &found.id);
    let log = log.await?;
    Ok(Some(Shown::with_log(shared, found, log).await))
}

fn gone() -> Fragment {
    let said = notice(
        Kind::Warning,
        &html! { "This task is no longer here: it has succeeded and is not kept, or was moved or deleted." },
    );
    Fragment::new("task-gone", html! { div #task-gone { (said) } })
}
