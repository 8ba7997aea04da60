//! `qctl edit ID` without a change: the task is edited as text, in the user's editor or in a file.

use std::io::Read as _;
use std::path::Path;

use crate::commands::Context;
use crate::commands::change::{Change, ChangeArgs, Wait, run as run_change, run_after_editor};
use crate::commands::lines::{open, unreadable};
use crate::config;
use crate::editor::{self, Edited, Editor, TextFile};
use crate::error::{Code, Exit, Failure};
use crate::inspector::draft::{Draft, Purpose};
use crate::inspector::edit::Edit;
use crate::task::TaskId;
use crate::task::options::MAX_PAYLOAD;
use crate::task::transition::Action;

/// Where the new text comes from.
enum Source<'a> {
    Editor(Editor),
    File(&'a Path),
}

pub(super) async fn run(
    cx: &mut Context,
    args: &ChangeArgs,
    from: Option<&Path>,
) -> anyhow::Result<Exit> {
    let (id, source) = (only_id(args)?, source(cx, from)?);
    let selection = args.selection.selection().await?;
    selection.check()?;
    let inspector = cx
        .inspector_unless(args.dry_run, Action::Edit.verb())
        .await?;
    let draft = inspector
        .draft(Purpose::Edit, &selection.queues, &id)
        .await?;
    let (edit, file) = match source {
        Source::Editor(editor) => {
            let read = |text: &str| draft.read(text, inspector.now());
            let edited = editor::edit(&draft, &editor, cx.printer.can_ask(), read).await;
            match edited.map_err(Failure::from)? {
                Edited::Nothing => (None, None),
                Edited::Change(edit, file) => (Some(*edit), Some(file)),
            }
        }
        Source::File(path) => (read(cx, &draft, path).await?, None),
    };
    let Some(edit) = edit else {
        cx.printer
            .note("the text has no changes: nothing was changed");
        return Ok(Exit::Done);
    };
    apply(cx, args, (&draft, edit, file)).await
}

/// Makes the edit. The text stays in its file unless that succeeds.
async fn apply(
    cx: &mut Context,
    args: &ChangeArgs,
    (draft, edit, file): (&Draft, Edit, Option<TextFile>),
) -> anyhow::Result<Exit> {
    let change = Change {
        action: Action::Edit,
        edit: Some(edit),
        args,
        allow_trim: false,
        wait: Wait::No,
    };
    let ended = match file {
        Some(_) => run_after_editor(cx, &change).await,
        None => run_change(cx, &change).await,
    };
    let is_done = matches!(ended, Ok(Exit::Done)) && !args.dry_run;
    if let Some(file) = file.filter(|_| !is_done) {
        cx.printer.note(&editor::keep(draft, file));
    }
    ended
}

/// The task to be edited. Without one, there is nothing to do.
fn only_id(args: &ChangeArgs) -> anyhow::Result<TaskId> {
    let ids = &args.selection.ids;
    let is_one = !args.ignore_not_found && ids.len() == 1;
    match ids.first().filter(|id| is_one && *id != "-") {
        Some(id) => Ok(TaskId::new(id.as_str())?),
        None => Err(nothing().into()),
    }
}

fn nothing() -> Failure {
    let hint = "add --payload, --jq, --in, --at, --max-retry, --timeout, --deadline, --retention or --move-to; to edit one task as text, pass its id alone";
    Failure::usage("there is nothing to change", hint)
}

fn source<'a>(cx: &Context, from: Option<&'a Path>) -> Result<Source<'a>, Failure> {
    if let Some(path) = from {
        return Ok(Source::File(path));
    }
    let editor = Editor::new(config::editor()).filter(|_| cx.printer.may_ask());
    editor.map(Source::Editor).ok_or_else(|| {
        let hint = "add --payload, --jq, --in, --at, --max-retry, --timeout, --deadline, --retention or --move-to, or set EDITOR";
        Failure::usage("there is nothing to change, and no terminal for an editor", hint)
    })
}

/// The edit that the text of a file stands for.
async fn read(cx: &Context, draft: &Draft, path: &Path) -> anyhow::Result<Option<Edit>> {
    let name = path.to_string_lossy();
    // In base64, a payload takes a third more.
    let mut input = open(path.as_os_str()).await?.take(2 * MAX_PAYLOAD as u64);
    let mut text = String::new();
    let read = tokio::task::spawn_blocking(move || input.read_to_string(&mut text).map(|_| text));
    let text = read.await?.map_err(|error| unreadable(&name, &error))?;
    Ok(draft.read(&text, cx.now()).map_err(|error| {
        let what = format!("the text in {name:?} cannot be used ({error})");
        Failure::new(Code::Usage, what)
    })?)
}
