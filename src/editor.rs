//! Runs the user's editor on the text of a task, as `git commit` does: for `qctl edit` and for the dashboard.
//!
//! What was typed is never lost: whatever goes wrong once the text has changed, it stays in a file, and the failure names it.

mod program;
mod text_file;

pub(crate) use program::Editor;
pub(crate) use text_file::TextFile;

use crate::failure::{Code, Exit, Failure, shell_word};
use crate::inspector::draft::{Draft, DraftError, Purpose, with_error};

/// What an editor was used for.
#[derive(Debug)]
pub(crate) enum Edited<T> {
    /// Nothing: the text is empty, or changes nothing.
    Nothing,
    /// To do this. The text is in the file until it is done.
    Change(Box<T>, TextFile),
}

/// Why a task was not edited.
#[derive(Debug)]
pub(crate) struct NotEdited {
    pub(crate) failure: Failure,
    /// Where the text is, if it was changed.
    pub(crate) kept: Option<String>,
}

impl From<Failure> for NotEdited {
    fn from(failure: Failure) -> Self {
        let kept = None;
        Self { failure, kept }
    }
}

impl From<NotEdited> for Failure {
    fn from(error: NotEdited) -> Self {
        match error.kept {
            Some(kept) => error.failure.with_hint(kept),
            None => error.failure,
        }
    }
}

/// How many texts that cannot be read are shown again: an editor that is a script may write another one each time.
const MAX_REFUSED: u32 = 10;

/// Lets the user write the text of a task, which `read` reads. A text that cannot be read is shown again with the error on top if `can_ask`, and is an
/// error otherwise, or if the editor saves it once more as it was, or after [`MAX_REFUSED`] such texts.
pub(crate) async fn edit<T>(
    draft: &Draft,
    editor: &Editor,
    can_ask: bool,
    read: impl Fn(&str) -> Result<Option<T>, DraftError>,
) -> Result<Edited<T>, NotEdited> {
    let original = draft.text();
    let mut shown = original.clone();
    let (mut refused, mut count) = (None, 0);
    let file = TextFile::new(&original).map_err(|error| {
        let what = format!("cannot create a file for the editor ({error})");
        Failure::new(Exit::Failed, what).with_hint("set TMPDIR to a folder that can be written to")
    })?;
    loop {
        let ended = editor.open(file.path()).await;
        let saved = file.read();
        let is_changed = saved.as_ref().map_or(true, |text| *text != original);
        let text = match (ended, saved) {
            (Ok(()), Ok(text)) => text,
            (Ok(()), Err(error)) => {
                let what = format!("cannot read what the editor has saved ({error})");
                return Err(kept(Failure::new(Exit::Failed, what), draft, file));
            }
            (Err(failure), _) if is_changed => return Err(kept(failure, draft, file)),
            (Err(failure), _) => return Err(failure.into()),
        };
        let error = match read(&text) {
            Ok(None) => return Ok(Edited::Nothing),
            Ok(Some(change)) => return Ok(Edited::Change(Box::new(change), file)),
            Err(error) => error.to_string(),
        };
        let is_repeated = text == shown || refused.as_ref() == Some(&text);
        count += 1;
        if !can_ask || is_repeated || count == MAX_REFUSED {
            let what = format!("the text cannot be used ({error}), and nothing was changed");
            return Err(kept(Failure::new(Code::Usage, what), draft, file));
        }
        shown = with_error(&text, &error);
        if let Err(error) = file.replace(&shown) {
            let what = format!("cannot write the text for the editor ({error})");
            return Err(kept(Failure::new(Exit::Failed, what), draft, file));
        }
        refused = Some(text);
    }
}

fn kept(failure: Failure, draft: &Draft, file: TextFile) -> NotEdited {
    let kept = Some(keep(draft, file));
    NotEdited { failure, kept }
}

/// Keeps the text, and says where it is and which command, if any, uses it again.
pub(crate) fn keep(draft: &Draft, file: TextFile) -> String {
    let path = file.keep();
    let path = shell_word(&path.to_string_lossy());
    match draft.purpose {
        Purpose::Edit => {
            let id = shell_word(draft.id.as_str());
            let queue = shell_word(draft.queue.as_str());
            format!("your text is in a file: qctl edit {id} --queue {queue} --from {path}")
        }
        Purpose::Copy => format!("your text is in the file {path}"),
    }
}
