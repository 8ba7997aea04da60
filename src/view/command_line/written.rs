//! What was written into a form: an edit, or a new task.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{CommandLine, Prompt, is_operand};
use crate::inspector::Selection;
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::parse::duration_text;
use crate::task::{NewTask, Start};
use crate::view::edit;

/// The largest payload that a command shows, in bytes.
const MAX_PAYLOAD: usize = 1_000;

/// Edits the tasks of a selection. A payload that is too large for a command line is left to the editor.
pub fn edit(selection: &Selection, edit: &Edit) -> String {
    let mut command = CommandLine::new(&["edit"]);
    match &edit.payload {
        Some(NewPayload::Bytes(bytes)) if bytes.len() > MAX_PAYLOAD => {
            return command.selection(selection, Prompt::Never).shell();
        }
        Some(NewPayload::Bytes(bytes)) => command = command.payload(Some(bytes)),
        Some(NewPayload::Jq(expression)) => {
            command = command.option("--jq", Some(expression.as_str()));
        }
        None => {}
    }
    // What comes from standard input leaves no room for ids, and none for the answer to a question.
    let has_input = command.input.is_some();
    let mut ids = selection.ids.iter().flatten();
    if has_input && ids.any(|id| !is_operand(id.as_str())) {
        return "# no command: neither the payload nor the id can be an argument".to_owned();
    }
    command = command.flag("--yes", has_input);
    for (name, value) in edit::options(edit) {
        command = command.option(&format!("--{name}"), Some(&value));
    }
    command.selection(selection, Prompt::Unless(false)).shell()
}

/// Enqueues a task like this one, with an id of its own. A payload that is too large for a command line is left to a file.
pub fn enqueue(task: &NewTask) -> String {
    let options = &task.options;
    let start = match task.start {
        Start::Now => None,
        Start::At(at) => Some(time(at)),
    };
    let span = |span: Option<Duration>| span.filter(|span| !span.is_zero()).map(duration_text);
    let command = CommandLine::new(&["enqueue"]);
    let command = match task.payload.as_deref() {
        Some(payload) if payload.len() > MAX_PAYLOAD => command.option("--payload", Some("@FILE")),
        payload => command.payload(payload),
    };
    let mut command = command
        .option("--queue", Some(options.queue.as_str()))
        .option("--max-retry", Some(&options.max_retry.to_string()))
        .option("--timeout", span(options.timeout).as_deref())
        .option("--deadline", options.deadline.map(time).as_deref())
        .option("--at", start.as_deref())
        .option("--unique", span(options.unique_for).as_deref())
        .option("--retention", span(Some(options.retention)).as_deref())
        .option("--group", options.group.as_deref());
    for (name, value) in &options.headers {
        command = command.option("--header", Some(&format!("{name}={value}")));
    }
    command.operands(&[task.kind.as_str()]).shell()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
