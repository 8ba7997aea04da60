//! What the attempts of a task have printed, the newest attempt last and unfolded.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::shown::Shown;
use crate::document::serde_fmt::rfc3339;
use crate::inspector::logs::{AttemptLog, TaskLog};
use crate::task::State as TaskState;
use crate::view::attempt_log::{ending, everything, heading, why_absent};
use crate::view::text::bytes;
use crate::web::download;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::parts::time::span;
use crate::web::received::Parameters;
use crate::web::renderings::Fragment;
use crate::web::state::Shared;

/// Bytes of all attempts that the page shows, from the newest on.
const MAX_SHOWN: usize = 256 * 1024;

/// The element that holds the attempts.
const LIST: &str = "attempts-list";

pub(super) fn attempts(shared: &Shared, shown: &Shown) -> Markup {
    html! {
        section .panel.stack aria-labelledby="attempts" {
            div .row {
                h2 #attempts { "Attempts" }
                (as_text_link(shared, shown))
            }
            (remark(shown))
            div id=(LIST) { @for (_, attempt) in each(shared, shown) { (attempt) } }
        }
    }
}

/// The parts that change while the task runs.
pub(super) fn fragments(shared: &Shared, shown: &Shown) -> Vec<Fragment> {
    let mut fragments = vec![
        Fragment::new("attempts-text", as_text_link(shared, shown)),
        Fragment::new("attempts-remark", remark(shown)),
    ];
    let attempts = each(shared, shown).into_iter();
    fragments.extend(attempts.map(|(id, attempt)| Fragment::new(id, attempt)));
    fragments
}

fn as_text_link(shared: &Shared, shown: &Shown) -> Markup {
    html! {
        span #attempts-text .row.push hidden[shown.log.attempts.is_empty()] {
            a href=(link(shared, shown)) { "As text" }
        }
    }
}

/// Why there is no output, or what of it cannot be read.
fn remark(shown: &Shown) -> Markup {
    let log = &shown.log;
    html! {
        div #attempts-remark hidden[!log.attempts.is_empty() && log.unreadable == 0] {
            @if let Some(warning) = log.warning() {
                (notice(Kind::Warning, &line(&warning)))
            } @else if log.attempts.is_empty() {
                p .dim { (why_absent(&shown.task)) }
            }
        }
    }
}

/// Each attempt with its id, the oldest first.
fn each(shared: &Shared, shown: &Shown) -> Vec<(String, Markup)> {
    let mut room = MAX_SHOWN;
    let mut all = Vec::with_capacity(shown.log.attempts.len());
    for (age, log) in shown.log.attempts.iter().rev().enumerate() {
        let size = log.beginning.len() + log.end.len();
        let output = (size <= room).then(|| everything(log));
        room = room.saturating_sub(size);
        let id = format!(
            "attempt-{}-{}",
            log.number,
            log.started_at.timestamp_millis()
        );
        let is_newest = age == 0;
        let attempt = html! {
            details .attempt id=(id) data-within=(LIST) open[is_newest] {
                summary { (summary(shown, log, is_newest)) }
                @match output {
                    // HTML drops the first line break of an element of this kind.
                    Some(output) => { pre id={ (id) "-output" } .data.log tabindex="0" { "\n" (output) } }
                    None => {
                        p .dim { "The output of " (bytes(size as u64)) " is shown " a href=(link(shared, shown)) { "as text" } "." }
                    }
                }
            }
        };
        all.push((id, attempt));
    }
    all.reverse();
    all
}

/// Times are exact: relative ones would change, and send the output again, every second.
fn summary(shown: &Shown, log: &AttemptLog, is_newest: bool) -> Markup {
    let began = rfc3339(log.started_at);
    let runs = is_newest && shown.task.state == TaskState::Active;
    html! {
        strong { "Attempt " (log.label()) }
        " " (outcome(log, runs))
        " " span .dim {
            time datetime=(began) { (began) }
            @if let Some(ended_at) = log.ended_at {
                ", " (span((ended_at - log.started_at).to_std().unwrap_or_default()))
            }
            " on " (line(&log.worker))
        }
    }
}

fn outcome(log: &AttemptLog, runs: bool) -> Markup {
    match (log.outcome.as_str(), runs) {
        ("", true) => html! { span .tag { "running" } },
        ("", false) => html! { span .tag.warning { "no end known" } },
        ("done", _) => html! { span .tag.good { "done" } },
        (word @ ("failed" | "lease lost"), _) => html! { span .tag.error { (word) } },
        (word, _) => html! { span .tag { (line(word)) } },
    }
}

fn link(shared: &Shared, shown: &Shown) -> String {
    let task = [("queue", &*shown.task.queue), ("id", &*shown.task.id)];
    shared.link("/task/log", &task)
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    queue: String,
    id: String,
}

/// The whole log as `qctl logs` prints it. The task may be gone.
pub(super) async fn text(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let log = names::log(shared.inspector(), &asked.queue, &asked.id).await?;
    Ok(download::text(as_text(&log).into_bytes()))
}

fn as_text(log: &TaskLog) -> String {
    let attempts = log.attempts.iter().map(|log| {
        let ending = ending(log).unwrap_or_default();
        format!("{}{}{ending}", heading(log), everything(log))
    });
    attempts.collect()
}
