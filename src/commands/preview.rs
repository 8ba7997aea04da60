//! What a change would do: shown by a dry run, and before the question whether to do it.

use std::slice;

use super::{Context, confirm};
use crate::inspector::edit::{Edit, NewPayload};
use crate::inspector::{FoundTask, Inspector, Plan};
use crate::task::QueueName;
use crate::task::transition::Action;
use crate::view::edit::{becomes_no_object, changes, difference};
use crate::view::text;

pub(super) struct Preview<'a> {
    pub(super) action: Action,
    /// What to change, to edit tasks.
    pub(super) edit: Option<&'a Edit>,
    pub(super) plan: &'a Plan,
}

impl Preview<'_> {
    /// Shows a sample of the tasks, and what an edit makes of them.
    pub(super) async fn show(&self, cx: &Context, inspector: &Inspector) -> anyhow::Result<()> {
        let payload = self.edit.and_then(|edit| edit.payload.as_ref());
        for task in self.plan.sample() {
            cx.printer.note(&line(task));
            if let (Some(payload), Ok(message)) = (payload, &task.message) {
                show_payload(cx, payload, &message.payload).await;
            }
        }
        if self.plan.total() > self.plan.sample().len() as u64 {
            cx.printer.note("  …");
        }
        let queues = &self.plan.outcome().queues;
        if queues.len() > 1 {
            let queues = queues.iter();
            let queues = text::by_queue(queues.map(|(queue, tasks)| (queue.as_str(), *tasks)));
            cx.printer.note(&format!("  by queue: {queues}"));
        }
        let Some(edit) = self.edit else { return Ok(()) };
        let others = Edit {
            payload: None,
            ..edit.clone()
        };
        let set = changes(&others, &Edit::default());
        if !set.is_empty() {
            cx.printer.note(&format!("  set: {}", set.join(", ")));
        }
        match self.destination() {
            Some(to) => warn_of_unserved(cx, inspector, to).await,
            None => Ok(()),
        }
    }

    /// Warns of a queue that is not there: where nobody is asked, nobody sees that its name is misspelled.
    pub(super) async fn warn(&self, cx: &Context, inspector: &Inspector) -> anyhow::Result<()> {
        match self.destination() {
            Some(to) if !exists(inspector, to).await? => warn_of_unserved(cx, inspector, to).await,
            _ => Ok(()),
        }
    }

    /// The queue to which tasks of others are moved.
    fn destination(&self) -> Option<&QueueName> {
        let to = self.edit?.queue.as_ref()?;
        let mut queues = self.plan.outcome().queues.iter();
        queues.any(|(queue, _)| queue != to).then_some(to)
    }

    /// Asks whether to do it.
    pub(super) fn ask(&self, cx: &Context) -> anyhow::Result<()> {
        let tasks = text::plural(self.plan.total(), "task");
        let what = match self.edit.and_then(|edit| edit.queue.as_ref()) {
            Some(to) => format!("move {tasks} to queue {to}"),
            None => format!("{} {tasks}", self.action.verb()),
        };
        Ok(confirm::ask(cx, &what)?)
    }
}

fn line(task: &FoundTask) -> String {
    let kind = task.message.as_ref().map_or("?", |message| &message.kind);
    let queue = text::escape(task.queue.as_str());
    let (id, kind) = (text::escape(task.id.as_str()), text::escape(kind));
    format!("  {queue}  {}  {id}  {kind}", task.state)
}

/// Shows the old and the new payload of a task. That it gets none is reported by the change itself.
async fn show_payload(cx: &Context, payload: &NewPayload, old: &[u8]) {
    match payload.instead_of(old).await {
        Ok(new) if new == old => {}
        Ok(new) => {
            let (before, after) = difference(old, &new);
            cx.printer.note(&format!("    - {before}"));
            cx.printer.note(&format!("    + {after}"));
            if matches!(payload, NewPayload::Jq(_)) && becomes_no_object(old, &new) {
                let advice = "to change one field of it, write --jq '.field = VALUE'";
                cx.printer
                    .warn(&format!("this replaces a whole JSON object; {advice}"));
            }
        }
        Err(_) => {}
    }
}

async fn exists(inspector: &Inspector, queue: &QueueName) -> anyhow::Result<bool> {
    let found = inspector.existing_queues(slice::from_ref(queue)).await?;
    Ok(!found.is_empty())
}

async fn warn_of_unserved(
    cx: &Context,
    inspector: &Inspector,
    to: &QueueName,
) -> anyhow::Result<()> {
    if inspector.is_served(to, cx.now()).await? {
        return Ok(());
    }
    let what = if exists(inspector, to).await? {
        "is served by no server now"
    } else {
        "does not exist yet, and no server serves it"
    };
    cx.printer.warn(&format!("queue {to} {what}"));
    Ok(())
}
