//! The findings of `doctor`, and the explanation of a code.

use super::{Cell, Column, Page, Role, Row, Table, View};
use crate::document::Document as _;
use crate::document::doctor::{
    ExplanationDocument, FindingDocument, HealthDocument, RepairDocument,
};

impl Row for FindingDocument {
    const PLURAL: &'static str = "findings";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("SEVERITY", |finding: &Self| {
                let role = match finding.severity {
                    "error" => Role::Error,
                    "warning" => Role::Warning,
                    _ => Role::Dim,
                };
                Cell::text(finding.severity).role(role)
            }),
            Column::whole("CODE", |finding: &Self| Cell::text(finding.code)),
            Column::text("QUEUE", |finding: &Self| Cell::maybe(finding.queue.clone())).reserve(7),
            Column::text("FINDING", |finding: &Self| {
                let once = if finding.seen_once {
                    " (seen once)"
                } else {
                    ""
                };
                Cell::text(format!("{}{once}", finding.sentence))
            })
            // On a narrow terminal, the sentence says more than the sample.
            .reserve(48),
            Column::text("SAMPLE", |finding: &Self| {
                Cell::maybe(Some(finding.sample.join(" ")))
            })
            .rank(1),
            Column::text("--FIX", |finding: &Self| Cell::maybe(finding.repair)).wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(self.code)
    }
}

impl FindingDocument {
    /// The finding and the explanation of its code.
    pub(crate) fn details(&self, code: &ExplanationDocument) -> Page {
        let mut page = Page::new().facts([
            ("finding", Cell::text(&self.sentence)),
            ("queue", Cell::maybe(self.queue.as_deref())),
        ]);
        if self.seen_once {
            let once = "seen once: a running server may be about to resolve it, so that a second look decides";
            page = page.sentence(Cell::text(once).role(Role::Warning));
        }
        if !self.sample.is_empty() {
            page = page.block("sample", &self.sample.join("\n"), Role::Plain);
        }
        page.parts.extend(code.page().parts);
        page
    }
}

impl View for HealthDocument {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        Some(("findings", FindingDocument::FIELDS))
    }

    fn page(&self) -> Page {
        let mut page = Page::new().table(Table::list(&self.findings));
        if self.findings.is_empty() {
            page = page.note("no findings");
        }
        if self.incomplete {
            page =
                page.note("more is suspicious than can be looked at; repair this, and look again");
        }
        let repairable = self.findings.iter().any(|finding| finding.repair.is_some());
        let remark = if repairable {
            "qctl doctor explain CODE explains a finding; --fix repairs what can be repaired"
        } else {
            "qctl doctor explain CODE explains a finding"
        };
        if self.findings.is_empty() {
            return page;
        }
        page.footer(Cell::text(remark).role(Role::Dim))
    }

    fn ids(&self) -> Vec<&str> {
        self.findings.iter().filter_map(Row::id).collect()
    }
}

impl Row for ExplanationDocument {
    const PLURAL: &'static str = "codes";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("CODE", |code: &Self| Cell::text(code.code)),
            Column::whole("SEVERITY", |code: &Self| Cell::text(code.severity)),
            Column::text("--FIX", |code: &Self| Cell::maybe(code.repair)),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(self.code)
    }
}

impl View for ExplanationDocument {
    fn page(&self) -> Page {
        let todo = if self.repair.is_some() {
            "--fix"
        } else {
            "what to do"
        };
        let page = Page::new()
            .facts([
                ("code", Cell::text(self.code)),
                ("severity", Cell::text(self.severity)),
                ("repair", Cell::maybe(self.repair)),
            ])
            .block("cause", self.cause, Role::Plain)
            .block("effect", self.effect, Role::Plain)
            .block(todo, self.fix, Role::Plain);
        if self.safe.is_empty() {
            return page;
        }
        page.block("safe beside running servers", self.safe, Role::Plain)
    }

    fn ids(&self) -> Vec<&str> {
        vec![self.code]
    }
}

impl Row for RepairDocument {
    const PLURAL: &'static str = "repairs";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("CODE", |repair: &Self| Cell::text(repair.code)),
            Column::text("QUEUE", |repair: &Self| Cell::maybe(repair.queue.clone())).reserve(7),
            Column::number("FOUND", |repair: &Self| Cell::count(repair.found)),
            Column::number("REPAIRED", |repair: &Self| {
                let repaired = Some(repair.repaired).filter(|_| !repair.dry_run);
                repaired.map_or_else(Cell::none, Cell::count)
            }),
            Column::text("WHAT", |repair: &Self| {
                let would = if repair.dry_run { "would " } else { "" };
                Cell::text(format!("{would}{}", repair.what()))
            }),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(self.code)
    }
}
