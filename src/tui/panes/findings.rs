//! What the doctor has found, and one finding.

use std::collections::BTreeSet;

use super::queues::trouble;
use super::section;
use crate::document::doctor::FindingDocument;
use crate::inspector::doctor::Code;
use crate::tui::exam::{Exam, Stage};
use crate::tui::message::sentence;
use crate::tui::place::{List, Sheet};
use crate::tui::target::{FindingKey, Target};
use crate::view::{Cell, Page, Role, text};

pub(in crate::tui) fn list(exam: &Exam) -> List {
    let mut list = List {
        notes: notes(exam),
        ..List::default()
    };
    let Some(health) = &exam.health else {
        return list;
    };
    if !health.findings.is_empty() {
        let documents: Vec<_> = health.findings.iter().map(FindingDocument::from).collect();
        let mut found = section(None, &documents, |_| Target::Nothing);
        let keys = health.findings.iter().map(FindingKey::from);
        found.targets = keys.map(Target::Finding).collect();
        list.sections.push(found);
    }
    if let Some(Ok(figures)) = &exam.figures
        && !figures.is_empty()
    {
        // Queues are paused elsewhere.
        list.sections.push(trouble(figures, |_| false));
    }
    if list.sections.is_empty() {
        let note = Cell::text("No findings.").role(Role::Good);
        list.notes.insert(0, note);
    }
    list.count = text::plural(list.len() as u64, "finding");
    list
}

/// What is not certain.
fn notes(exam: &Exam) -> Vec<Cell> {
    let mut notes = Vec::new();
    let mut note = |text: String, role| notes.push(Cell::text(text).role(role));
    if let Stage::Failed(failure) = &exam.stage {
        let why = format!("The look has failed: {}", sentence(failure));
        note(why, Role::Error);
    }
    if let Some(Err(failure)) = &exam.figures {
        let why = format!("The figures are unknown: {}", sentence(failure));
        note(why, Role::Warning);
    }
    for unknown in &exam.unknown {
        note(unknown.clone(), Role::Warning);
    }
    let Some(health) = &exam.health else {
        return notes;
    };
    let once = health.findings.iter().filter(|finding| finding.seen_once);
    let once: BTreeSet<_> = once.map(|finding| finding.code).collect();
    if !once.is_empty() {
        let codes: Vec<_> = once.into_iter().map(Code::name).collect();
        let codes = text::listed(&codes);
        let why = format!("Seen once, so that a second look is awaited: {codes}");
        note(why, Role::Warning);
    }
    if health.incomplete {
        let more = "More is suspicious than can be looked at. Repair this, and look again.";
        note(more.to_owned(), Role::Warning);
    }
    notes
}

/// A finding, with the explanation of its code.
pub(in crate::tui) fn sheet(key: &FindingKey, exam: &Exam) -> Sheet {
    let page = match exam.finding(key) {
        Some(finding) => FindingDocument::from(finding).details(&key.code.into()),
        None => Page::new().sentence("This is gone: the last look has not found it."),
    };
    Sheet {
        page,
        target: Target::Finding(key.clone()),
    }
}
