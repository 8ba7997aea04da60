//! A draft as a form: a field for each option, the payload, and a mistake for each field that cannot be read.

use chrono::{DateTime, Utc};

use super::Draft;
use super::read::DraftError;
use super::typed::{Mistake, Typed};
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::NewTask;

/// What the fields of a form hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// By the keys of [`Draft::options`]. An option that is not set is empty.
    pub(crate) options: &'a [Typed<'a>],
    pub(crate) payload: TypedPayload<'a>,
}

/// The payload of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TypedPayload<'a> {
    /// As it is.
    Same,
    /// Typed into a browser, in this encoding.
    Text {
        encoding: &'a str,
        text: &'a str,
    },
    Bytes(&'a [u8]),
}

impl Draft {
    /// The edit that a form stands for, which applies only to the task as it was read; `None` if it changes nothing.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub(crate) fn read_form(
        &self,
        fields: &Fields<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Edit>, Vec<Mistake>> {
        let (mut edit, mut mistakes) = self.changes(fields.options, now);
        match self.form_payload(fields) {
            Ok(payload) => edit.payload = payload.map(NewPayload::Bytes),
            Err(mistake) => mistakes.push(mistake),
        }
        if edit.queue.is_some() && edit.start_at.is_some() {
            let what = "a move keeps the start: change either the queue or the start";
            mistakes.push(("queue", what.to_owned()));
        }
        if mistakes.is_empty() {
            Ok(self.only_if_the_same(edit))
        } else {
            Err(mistakes)
        }
    }

    /// The copy that a form stands for.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub(crate) fn copy(
        &self,
        fields: &Fields<'_>,
        now: DateTime<Utc>,
    ) -> Result<NewTask, Vec<Mistake>> {
        self.copied(fields.options, self.form_payload(fields), now)
    }

    /// The edit, for the task as it was read alone; `None` if it changes nothing.
    pub(super) fn only_if_the_same(&self, edit: Edit) -> Option<Edit> {
        let only_if = Some(self.version.clone());
        (!edit.is_empty()).then_some(Edit { only_if, ..edit })
    }

    /// The new payload; `None` if it stays.
    fn form_payload(&self, fields: &Fields<'_>) -> Result<Option<Vec<u8>>, Mistake> {
        let payload = match fields.payload {
            TypedPayload::Same => Ok(None),
            TypedPayload::Text { encoding, text } => {
                // Browsers send line breaks as CR LF; a text without a break at its end is not that of an editor.
                self.payload(encoding, &(text.replace("\r\n", "\n") + "\n"))
            }
            TypedPayload::Bytes(bytes) => self.new_payload(bytes.to_vec()),
        };
        payload.map_err(|error| match error {
            DraftError::NotJson(why) => {
                let what = format!("not JSON ({why}); for another kind, choose \"text\"");
                ("payload", what)
            }
            why => ("payload", why.to_string()),
        })
    }
}
