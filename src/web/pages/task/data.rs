//! The payload or the result of a task: the beginning laid out, and links to the whole.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::view::text::{bytes, escape};
use crate::web::parts::command::copy;
use crate::web::parts::hex::hex;
use crate::web::parts::json::json;
use crate::web::parts::text::beginning;
use crate::web::state::Shared;

/// Bytes that the page shows.
const MAX_SHOWN: usize = 256 * 1024;

/// Bytes that are shown as hexadecimal digits, which take five times the room.
const MAX_HEX: usize = 64 * 1024;

/// Which data of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    Payload,
    Result,
}

impl Part {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Result => "result",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Payload => "Payload",
            Self::Result => "Result",
        }
    }

    pub(super) fn of(self, task: &TaskDocument) -> Option<&Payload> {
        match self {
            Self::Payload => task.payload.as_ref(),
            Self::Result => task.result.as_ref(),
        }
    }
}

pub(super) fn data(shared: &Shared, task: &TaskDocument, part: Part) -> Markup {
    let name = part.name();
    let link = |how: &str| {
        let parameters = [
            ("queue", &*task.queue),
            ("id", &*task.id),
            ("part", name),
            ("as", how),
        ];
        shared.link("/task/data", &parameters)
    };
    let id = format!("{name}-text");
    let size = part.of(task).map_or(0, Payload::len);
    html! {
        section .panel.stack aria-labelledby=(name) {
            div .row {
                h2 #(name) { (part.title()) }
                @if size > 0 {
                    span .dim { (bytes(size as u64)) }
                    span .row.push {
                        a href=(link("text")) { "Raw" }
                        a href=(link("file")) download { "Download" }
                        (copy(&id, "Copy what is shown"))
                    }
                }
            }
            @match part.of(task) {
                Some(data) if !data.is_empty() => { (shown(data, &id)) }
                Some(_) => { p .dim { "empty" } }
                None => { p .dim { "unreadable" } }
            }
        }
    }
}

/// The beginning of the data.
fn shown(data: &Payload, id: &str) -> Markup {
    let size = data.len();
    let (content, shown) = match data {
        Payload::Json(raw) => laid_out(raw.get()),
        Payload::OddJson(text) => laid_out(text),
        Payload::Text(text) => {
            let some = start(text);
            (html! { (plain(some)) }, some.len())
        }
        Payload::Bytes(bytes) => {
            let some = &bytes[..bytes.len().min(MAX_HEX)];
            (html! { (hex(some)) }, some.len())
        }
    };
    html! {
        pre #(id) .data { (content) }
        @if shown < size {
            p .dim { "These are the first " (bytes(shown as u64)) " of " (bytes(size as u64)) ". The download has all of it." }
        }
    }
}

fn laid_out(text: &str) -> (Markup, usize) {
    let some = start(text);
    (json(some), some.len())
}

fn start(text: &str) -> &str {
    beginning(text, MAX_SHOWN)
}

/// Text line by line, with characters escaped that would not be seen or would disturb the others.
pub(super) fn plain(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.lines().map(|line| tabs(line)).collect();
    lines.join("\n")
}

/// Tabs stay tabs.
fn tabs(line: &str) -> Cow<'_, str> {
    if line.contains('\t') {
        let cells: Vec<_> = line.split('\t').map(escape).collect();
        Cow::Owned(cells.join("\t"))
    } else {
        escape(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_lines_and_tabs_and_shows_what_hides() {
        assert_eq!(
            plain("a\tb\r\nc\u{1b}[2J\u{202e}"),
            "a\tb\nc\\u{1b}[2J\\u{202e}"
        );
    }

    #[test]
    fn only_the_beginning_of_large_data_is_shown() {
        let large = Payload::new("é".repeat(MAX_SHOWN).into_bytes());
        let html = shown(&large, "x").into_string();
        assert!(html.len() < MAX_SHOWN + 1_000, "{}", html.len());
        assert!(
            html.contains("the first 256.0 KiB of 512.0 KiB"),
            "{}",
            &html[html.len() - 300..]
        );
        let binary = Payload::new(vec![0xff; 200 * 1024]);
        let html = shown(&binary, "x").into_string();
        assert!(html.contains("the first 64.0 KiB of 200.0 KiB"));
        assert!(html.contains("0000fff0  ff ff"));
    }
}
