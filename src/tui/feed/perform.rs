//! Changes of one queue or schedule, and copies.

use crate::document::change::Verb;
use crate::inspector::schedules::ChangedBy;
use crate::inspector::{Error, Inspector, RESEND_LIMIT};
use crate::tui::message::Operation;
use crate::view::text::escape;

/// Performs an operation. Returns what it has done in a sentence.
pub(super) async fn perform(
    inspector: &Inspector,
    operation: Operation,
    user: &str,
) -> Result<String, Error> {
    let now = inspector.now();
    match operation {
        Operation::EnqueueCopy(copy) => {
            let enqueued = inspector.enqueue_copy(&copy, RESEND_LIMIT).await?;
            let (id, queue) = (&enqueued.message.id, &enqueued.message.queue);
            Ok(format!(
                "enqueued task {} in queue {}",
                escape(id),
                escape(queue)
            ))
        }
        Operation::PauseQueue(queue) => {
            inspector.pause(std::slice::from_ref(&queue), now).await?;
            Ok(format!("paused queue {}", escape(queue.as_str())))
        }
        Operation::ResumeQueue(queue) => {
            inspector.resume(std::slice::from_ref(&queue)).await?;
            Ok(format!("resumed queue {}", escape(queue.as_str())))
        }
        Operation::RunSchedule(name) => {
            let ran = inspector.run_schedule(&name, user, now).await?;
            let id = &ran.enqueued.message.id;
            let done = format!("enqueued task {}", escape(id));
            Ok(match ran.warning() {
                None => done,
                Some(warning) => format!("{done}: {warning}"),
            })
        }
        Operation::PauseSchedule(name) => {
            set(inspector, &name, Verb::Pause, user).await?;
            Ok(format!("paused schedule {}", escape(&name)))
        }
        Operation::ResumeSchedule(name) => {
            set(inspector, &name, Verb::Resume, user).await?;
            Ok(format!("resumed schedule {}", escape(&name)))
        }
        Operation::RemoveSchedule(name) => {
            let found = inspector.stored_schedules(std::slice::from_ref(&name), now);
            inspector.remove_schedules(&found.await?, false).await?;
            Ok(format!("removed schedule {}", escape(&name)))
        }
    }
}

async fn set(inspector: &Inspector, name: &str, verb: Verb, user: &str) -> Result<(), Error> {
    let names = [name.to_owned()];
    let found = inspector.stored_schedules(&names, inspector.now()).await?;
    let by = ChangedBy::User(user.to_owned());
    inspector.pause_schedules(&found, verb, &by).await?;
    Ok(())
}
