//! What `qctl enqueue` reports if the id of the task or its uniqueness lock is taken.

use chrono::{DateTime, Utc};

use super::args::OnConflict;
use crate::document::enqueued::EnqueuedDocument;
use crate::error::{Code, Failure, shell_word};
use crate::inspector::enqueue::Obstacle;
use crate::inspector::{Error, FoundTask, Inspector};
use crate::task::{NewTask, State};
use crate::view::text;

/// Returns the task that is there already if conflicts are ignored. Otherwise the failure describes it and the way out.
pub(super) async fn resolve(
    inspector: &Inspector,
    task: &NewTask,
    error: Error,
    (on_conflict, now): (OnConflict, DateTime<Utc>),
) -> Result<EnqueuedDocument, Failure> {
    let queue = task.options.queue.as_str();
    let mut failure = Failure::from(&error);
    // If the lookup fails, the original error is reported as it is.
    let obstacle = inspector.obstacle(task, &error).await;
    match obstacle {
        Ok(Some(Obstacle::Id(found) | Obstacle::Lock(_, Some(found))))
            if on_conflict == OnConflict::Ignore =>
        {
            return Ok(EnqueuedDocument::existing(found));
        }
        Ok(Some(Obstacle::Id(found))) => {
            let kind = found.message.as_ref().map(|message| message.kind.as_str());
            failure.what = format!(
                "a task with the id {:?} is already in queue {queue:?} (type {}, {})",
                found.id.as_str(),
                kind.unwrap_or("unknown"),
                state_and_age(&found, now),
            );
            failure.hint = Some(way_out(&found, "the id", now));
        }
        Ok(Some(Obstacle::Lock(lock, holder))) => {
            let expires = lock.expires_in.map_or_else(
                || "never expires".to_owned(),
                |left| format!("expires in {}", text::duration(left)),
            );
            failure.id = Some(lock.holder.to_string());
            if let Some(found) = holder {
                failure.what = format!(
                    "a unique task with the same type and payload is already in queue {queue:?} (held by {}, {}, {expires})",
                    found.id,
                    state_and_age(&found, now),
                );
                failure.hint = Some(way_out(&found, "the lock", now));
            } else {
                failure.what = format!(
                    "the unique lock of this type and payload in queue {queue:?} is held by task {:?}, which no longer exists ({expires})",
                    lock.holder.as_str(),
                );
                let queue = shell_word(queue);
                failure.hint = Some(format!(
                    "to free the lock: qctl doctor --fix --only stale-lock --queue {queue}"
                ));
            }
        }
        // A key of another program, or what a lost task has left; or the task is gone by now.
        Ok(None) if failure.code == Code::IdTaken => {
            failure.what = format!(
                "the id {:?} is taken in queue {queue:?}, but not by a task",
                task.id.as_str()
            );
            failure.hint = Some(format!(
                "try again; if that does not help: qctl doctor --queue {}",
                shell_word(queue)
            ));
        }
        Ok(None) | Err(_) => {}
    }
    Err(failure)
}

/// `pending for 3s`, `completed 2m ago`, `scheduled`.
fn state_and_age(found: &FoundTask, now: DateTime<Utc>) -> String {
    let state = found.state;
    if found.orphaned(now) {
        return "orphaned".to_owned();
    }
    match (state, found.since(now)) {
        (State::Completed | State::Archived, Some(at)) => format!("{state} {}", text::ago(at, now)),
        (State::Scheduled | State::Retry, _) => match found.next_process_at() {
            Some(at) if at > now => format!("{state}, due {}", text::ago(at, now)),
            Some(_) | None => state.to_string(),
        },
        (State::Pending | State::Aggregating, Some(_)) => {
            let age = text::duration(found.age(now).unwrap_or_default());
            format!("{state} for {age}")
        }
        (State::Active | State::Aside, _) | (_, None) => state.to_string(),
    }
}

/// How to free what a task has taken.
fn way_out(found: &FoundTask, taken: &str, now: DateTime<Utc>) -> String {
    let named = format!(
        "{} --queue {}",
        shell_word(found.id.as_str()),
        shell_word(found.queue.as_str())
    );
    match found.state {
        State::Active if !found.orphaned(now) => format!("it is running: qctl inspect {named}"),
        State::Archived => {
            format!("qctl retry {named} runs it again; qctl delete {named} frees {taken}")
        }
        State::Active
        | State::Pending
        | State::Scheduled
        | State::Retry
        | State::Completed
        | State::Aggregating
        | State::Aside => {
            format!("qctl inspect {named} shows it; qctl delete {named} frees {taken}")
        }
    }
}
