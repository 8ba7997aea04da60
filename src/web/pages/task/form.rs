//! The form that edits a task, or enqueues a copy of it.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::data::plain;
use super::typed::{MAX_PAYLOAD_BYTES, Typed, shown};
use crate::document::payload::PayloadEncoding;
use crate::inspector::draft::{Draft, Mistake, Purpose, encoding_name};
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::context_name;
use crate::web::parts::text::{beginning, line};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A form as it is shown.
pub(super) struct Form<'a> {
    pub(super) purpose: Purpose,
    pub(super) typed: &'a Typed,
    pub(super) mistakes: &'a [Mistake],
    /// The task as it is stored now, if it is another than the one that was shown.
    pub(super) stored: Option<&'a Draft>,
    /// What happened.
    pub(super) above: Markup,
}

/// What answers a form that did not do its work: the form again, or the page of a failure.
pub(super) struct Instead(Box<Response>);

impl From<Failure> for Instead {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure.into_response()))
    }
}

impl From<Response> for Instead {
    fn from(form: Response) -> Self {
        Self(Box::new(form))
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl<'a> Form<'a> {
    pub(super) fn new(purpose: Purpose, typed: &'a Typed, above: Markup) -> Self {
        Self {
            purpose,
            typed,
            mistakes: &[],
            stored: None,
            above,
        }
    }

    /// The form in place of what it did not do.
    pub(super) fn refused(&self, why: &Failure, shared: &Shared, viewer: &Viewer) -> Response {
        why.shown_as(self.show(shared, viewer))
    }

    pub(super) fn show(&self, shared: &Shared, viewer: &Viewer) -> Markup {
        let (title, save, preview) = match self.purpose {
            Purpose::Edit => ("Edit task", "/task/save", "/task/preview"),
            Purpose::Copy => ("Clone task", "/task/enqueue", "/task/enqueue/preview"),
        };
        let typed = self.typed;
        let protected = shared.settings().protected.as_deref();
        let body = html! {
            section {
                h1 { (title) }
                p .dim {
                    @if self.purpose == Purpose::Copy { "A new task with an id of its own, like " } @else { "Task " }
                    a .mono href=(links::task(shared, &typed.queue, &typed.id)) { (line(&typed.id)) }
                    " in " a href=(links::queue(shared, &typed.queue)) { (line(&typed.queue)) }
                }
                (self.above)
                @for (_, why) in self.of("") { p .error role="alert" { (line(why)) } }
                form .task.edit method="post" action=(shared.link(save, &[])) {
                    @for (name, value) in [
                        ("queue", &typed.queue), ("id", &typed.id), ("copy_id", &typed.copy_id), ("version", &typed.version),
                        ("unconfirmed", &typed.unconfirmed)
                    ] {
                        input type="hidden" name=(name) value=(value);
                    }
                    @if let Some(at) = &typed.at_shown { input type="hidden" name="at_shown" value=(at); }
                    div .panel.stack { (self.payload()) }
                    div .panel.stack {
                        (self.fields())
                        (context_name::field(protected))
                        div .row {
                            button .button.primary { @if self.purpose == Purpose::Edit { "Save" } @else { "Enqueue" } }
                            button .button formaction=(shared.link(preview, &[])) formnovalidate { "Preview" }
                            a .button href=(links::task(shared, &typed.queue, &typed.id)) { "Cancel" }
                        }
                    }
                }
            }
        };
        let frame = Frame {
            title,
            tab: Some(Tab::Tasks),
            ..Frame::default()
        };
        page(shared, viewer, &frame, &body)
    }

    fn of(&self, key: &str) -> impl Iterator<Item = &Mistake> {
        self.mistakes.iter().filter(move |(known, _)| *known == key)
    }

    fn payload(&self) -> Markup {
        let Some(payload) = &self.typed.payload else {
            return html! {
                h2 { "Payload" }
                p .dim {
                    "It is too large for this form, and stays as it is. To change it: " code { "qctl edit --payload @FILE" }
                }
            };
        };
        let encodings = [
            PayloadEncoding::Json,
            PayloadEncoding::Text,
            PayloadEncoding::Base64,
        ];
        let rows = payload.lines().count().clamp(8, 30);
        html! {
            div .field {
                label for="payload" { "Payload" }
                // HTML drops the first line break of a text area.
                textarea #payload .mono name="payload" rows=(rows) spellcheck="false" autocapitalize="off"
                    aria-describedby="payload-said" aria-invalid=[self.wrong("payload")] { "\n" (payload) }
                (self.said("payload", "payload", None))
                (self.stored_payload(payload))
            }
            div .field {
                label for="encoding" { "Written as" }
                select #encoding name="encoding" {
                    @for name in encodings.map(encoding_name) {
                        option value=(name) selected[name == self.typed.encoding] { (name) }
                    }
                }
                span .dim { "JSON is stored without the spaces between values." }
            }
        }
    }

    /// The payload that is stored now in place of the one that was shown.
    fn stored_payload(&self, typed: &str) -> Markup {
        let stored = self.stored.map(|draft| draft.body().1);
        let stored = stored.filter(|stored| *stored != typed.replace("\r\n", "\n"));
        html! {
            @if let Some(stored) = stored {
                span .warning { "Stored now:" }
                pre .data { (plain(beginning(&stored, MAX_PAYLOAD_BYTES))) }
            }
        }
    }

    fn fields(&self) -> Markup {
        let typed = self.typed;
        let start = match self.purpose {
            Purpose::Copy => "at once",
            Purpose::Edit => "now, now+10m or 2026-12-01T09:00:00Z",
        };
        html! {
            (self.field(("queue", "move_to"), "Queue", &typed.move_to, "default"))
            @if let Some(at) = &typed.at { (self.field(("at", "at"), "Start", at, start)) }
            (self.field(("max-retry", "max_retry"), "Retries", &typed.max_retry, "25"))
            (self.field(("timeout", "timeout"), "Timeout of an attempt", &typed.timeout, "none"))
            (self.field(("deadline", "deadline"), "Deadline", &typed.deadline, "none"))
            (self.field(("retention", "retention"), "Kept after success", &typed.retention, "not kept"))
            @if let Some(unique) = &typed.unique { (self.field(("unique", "unique"), "Unique for", unique, "not unique")) }
            @if let Some(group) = &typed.group { (self.field(("group", "group"), "Group", group, "none")) }
        }
    }

    /// A field, by its key in a draft and its name in the form.
    fn field(&self, (key, name): (&str, &str), label: &str, value: &str, hint: &str) -> Markup {
        html! {
            div .field {
                label for=(name) { (label) }
                input #(name) name=(name) value=(value) placeholder=(hint) autocomplete="off" spellcheck="false"
                    autocapitalize="off" aria-describedby={ (name) "-said" } aria-invalid=[self.wrong(key)];
                (self.said(key, name, Some(value)))
            }
        }
    }

    fn wrong(&self, key: &str) -> Option<&'static str> {
        self.of(key).next().map(|_| "true")
    }

    /// Below a field: what is wrong with it, or what is stored now in place of what was shown.
    fn said(&self, key: &str, name: &str, value: Option<&str>) -> Markup {
        let stored = self.stored.map(Draft::options).unwrap_or_default();
        let stored = stored.iter().find(|(known, _)| *known == key);
        let stored = stored
            .map(|(key, stored)| shown(key, stored))
            .filter(|stored| value.is_some_and(|value| value != *stored));
        html! {
            span id={ (name) "-said" } {
                @for (_, why) in self.of(key) { span .error role="alert" { (line(why)) } }
                @if let Some(stored) = stored {
                    span .warning { "Stored now: " @if stored.is_empty() { "none" } @else { (line(stored)) } }
                }
            }
        }
    }
}
