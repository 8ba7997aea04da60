//! What is wrong, the worst first: a sentence for each finding, where to look, and what to do.

use maud::{Markup, html};

use crate::document::serde_fmt::rfc3339;
use crate::document::trouble::{Severity, Suggestion, TroubleDocument};
use crate::inspector::doctor::Code;
use crate::task::QueueName;
use crate::view::command_line;
use crate::web::links;
use crate::web::parts::icon::{Icon, icon};
use crate::web::parts::number::plural;
use crate::web::parts::text::{line, short};
use crate::web::state::Shared;

/// Findings that are always shown. The others are behind a line that counts them.
const SHOWN: usize = 6;

/// Findings in all: a page with more would help nobody.
const MAX_FINDINGS: usize = 200;

pub(super) fn trouble(shared: &Shared, may_change: bool, findings: &[TroubleDocument]) -> Markup {
    let (first, more) = findings.split_at(findings.len().min(SHOWN));
    let listed = &more[..more.len().min(MAX_FINDINGS)];
    html! {
        section #trouble aria-labelledby="trouble-title" hidden[findings.is_empty()] {
            div .row {
                h2 #trouble-title { "Trouble" }
                span .dim { (plural(findings.len() as u64, "finding")) }
            }
            div .findings {
                ul { @for each in first { (finding(shared, may_change, each)) } }
                @if !listed.is_empty() {
                    details #trouble-more {
                        summary .dim { (plural(more.len() as u64, "more finding")) }
                        ul { @for each in listed { (finding(shared, may_change, each)) } }
                    }
                }
            }
        }
    }
}

fn finding(shared: &Shared, may_change: bool, finding: &TroubleDocument) -> Markup {
    let (class, sign) = match finding.severity {
        Severity::Error => ("error", Icon::Error),
        Severity::Warning => ("warning", Icon::Warning),
    };
    html! {
        li .finding {
            span class=(class) title=(finding.severity.name()) { (icon(sign)) }
            p {
                @if let Some(queue) = &finding.queue {
                    a href=(links::queue(shared, queue)) { strong { (short(queue, 60)) } } ": "
                }
                span title=[finding.since.map(|at| format!("since {}", rfc3339(at)))] { (line(&finding.sentence)) }
                @if let Some(code) = Code::of_trouble(finding.code) {
                    " " a href=(links::explanation(shared, code)) { "Explain" }
                }
            }
            div .row {
                @if let Some(selection) = &finding.selection {
                    a .button.short href=(shared.link("/tasks", &[("q", selection)])) { "Show tasks" }
                }
                @if may_change { (action(shared, finding)) }
            }
        }
    }
}

/// The button of what is suggested. Changes of tasks are previewed first.
fn action(shared: &Shared, finding: &TroubleDocument) -> Markup {
    let queue = finding.queue.as_deref().unwrap_or_default();
    let selection = finding.selection.as_deref().unwrap_or_default();
    html! {
        @match finding.action {
            Some(Suggestion::Pause) => { (of_queue(shared, "/queue/pause", queue, "Pause queue")) }
            Some(Suggestion::Resume) => { (of_queue(shared, "/queue/resume", queue, "Resume queue")) }
            Some(Suggestion::Retry) => { (of_tasks(shared, "retry", selection, "Retry…")) }
            Some(Suggestion::Delete) => { (of_tasks(shared, "delete", selection, "Delete…")) }
            Some(Suggestion::Work) => {
                @if let Ok(name) = QueueName::new(queue) { code .dim.clip { (command_line::work(&name)) } }
            }
            None => {}
        }
    }
}

fn of_queue(shared: &Shared, path: &str, queue: &str, word: &str) -> Markup {
    html! {
        form method="post" action=(shared.link(path, &[])) {
            input type="hidden" name="queue" value=(queue);
            button .button.short { (word) }
        }
    }
}

fn of_tasks(shared: &Shared, action: &str, selection: &str, word: &str) -> Markup {
    html! {
        form method="post" action=(shared.link("/changes", &[])) {
            input type="hidden" name="action" value=(action);
            input type="hidden" name="all" value="1";
            input type="hidden" name="q" value=(selection);
            button .button.short { (word) }
        }
    }
}
