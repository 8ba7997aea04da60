//! What a change would do: shown by a dry run, and before the question whether to do it.

use super::change::Change;
use super::{Context, confirm};
use crate::inspector::edit::{Edit, NewPayload};
use crate::inspector::{FoundTask, Inspector, Plan};
use crate::task::QueueName;
use crate::view::edit::{becomes_no_object, difference, options};
use crate::view::text;

/// Shows a sample of the tasks and asks for confirmation where it is needed.
pub(super) async fn show(
    cx: &Context,
    inspector: &Inspector,
    change: &Change<'_>,
    plan: &Plan,
) -> anyhow::Result<()> {
    if change.is_sure() && !change.args.dry_run {
        return Ok(());
    }
    let mut lost_object = false;
    for task in plan.sample() {
        cx.printer.note(&line(task));
        let old = task.message.as_ref().ok().map(|message| &message.payload);
        let (Some(old), Some(new)) = (old, plan.new_payload(task).await) else {
            continue;
        };
        match new {
            Ok(new) if new == *old => cx.printer.note("    payload unchanged"),
            Ok(new) => {
                lost_object |= becomes_no_object(old, &new);
                let (old, new) = difference(old, &new);
                cx.printer.note(&format!("    - {old}"));
                cx.printer.note(&format!("    + {new}"));
            }
            Err(error) => cx.printer.note(&format!("    payload: {error}")),
        }
    }
    if plan.total() > plan.sample().len() as u64 {
        cx.printer.note("  …");
    }
    let queues = &plan.outcome().queues;
    if queues.len() > 1 {
        let queues = queues.iter();
        let queues = text::by_queue(queues.map(|(queue, tasks)| (queue.as_str(), *tasks)));
        cx.printer.note(&format!("  by queue: {queues}"));
    }
    if let Some(edit) = &change.edit {
        explain(cx, inspector, edit).await?;
        if lost_object && matches!(edit.payload, Some(NewPayload::Jq(_))) {
            let hint = "to change one field and keep the others, write --jq '.field = VALUE'";
            cx.printer.warn(&format!(
                "the new payload is no JSON object any more: {hint}"
            ));
        }
    }
    if change.args.dry_run {
        return Ok(());
    }
    let tasks = text::plural(plan.total(), "task");
    let to = change.edit.as_ref().and_then(|edit| edit.queue.as_ref());
    let what = match to {
        Some(to) => format!("move {tasks} to queue {to}"),
        None => format!("{} {tasks}", change.action.verb()),
    };
    Ok(confirm::ask(cx, &what)?)
}

/// Shows what an edit sets besides the payload, and whether anybody takes tasks from the queue that it moves them to.
async fn explain(cx: &Context, inspector: &Inspector, edit: &Edit) -> anyhow::Result<()> {
    let set: Vec<String> = options(edit)
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if !set.is_empty() {
        cx.printer.note(&format!("  set: {}", set.join(", ")));
    }
    if let Some(to) = &edit.queue {
        warn_of_unserved(cx, inspector, to).await?;
    }
    Ok(())
}

async fn warn_of_unserved(
    cx: &Context,
    inspector: &Inspector,
    to: &QueueName,
) -> anyhow::Result<()> {
    let is_new = inspector
        .existing_queues(std::slice::from_ref(to))
        .await?
        .is_empty();
    let is_served = inspector.is_served(to, cx.now()).await?;
    let what = match (is_new, is_served) {
        (_, true) => return Ok(()),
        (true, false) => format!("queue {to} does not exist yet, and no server serves it"),
        (false, false) => format!("no server serves queue {to} now"),
    };
    cx.printer.warn(&what);
    Ok(())
}

fn line(task: &FoundTask) -> String {
    let kind = task.message.as_ref().map_or("?", |message| &message.kind);
    let queue = text::escape(task.queue.as_str());
    let (id, kind) = (text::escape(task.id.as_str()), text::escape(kind));
    format!("  {queue}  {}  {id}  {kind}", task.state)
}
