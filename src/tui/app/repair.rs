//! Looks for what is wrong, and repairs it.

use super::change::BUSY;
use super::prompt::Yes;
use super::{App, equivalent};
use crate::inspector::doctor::Finding;
use crate::tui::exam::Stage;
use crate::tui::message::Effect;
use crate::tui::target::{FindingKey, Mark, Target};

impl App {
    /// Starts a look, unless one is under way.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        if self.exam.is_running() {
            return self.warn("a look is under way");
        }
        self.exam.begin();
        self.present();
        vec![Effect::Look]
    }

    /// Asks whether the finding at the cursor, or the marked ones, are to be repaired.
    pub(super) fn repair(&mut self) -> Vec<Effect> {
        if self.change.is_some() {
            return self.warn(BUSY);
        }
        match self.exam.stage {
            Stage::Done => {}
            Stage::Scanning { .. } | Stage::SeenOnce => {
                return self.warn("a repair has to wait for the end of the look");
            }
            Stage::Due | Stage::Failed(_) => {
                return self.warn("a repair needs a whole look first; r looks");
            }
        }
        let findings = self.repairable();
        if findings.is_empty() {
            return self.warn("the doctor does not repair this");
        }
        let (what, command) = equivalent::repair(&findings);
        let total = findings.iter().map(|finding| finding.count).sum();
        let keys = findings.into_iter().map(FindingKey::from).collect();
        self.ask(what, command, Yes::Repair(keys, total));
        Vec::new()
    }

    /// Whether there is something to repair, and a whole look has found it.
    pub(super) fn offers_repair(&self) -> bool {
        self.exam.stage == Stage::Done && !self.repairable().is_empty()
    }

    /// The findings that are marked, or the one at the cursor, without those that the doctor does not repair.
    fn repairable(&self) -> Vec<&Finding> {
        let level = self.level();
        let mut marks = level.marks.clone();
        if marks.is_empty() {
            marks.extend(level.target().and_then(Target::mark));
        }
        let finding = |mark: &Mark| match mark {
            Mark::Finding(key) => self.exam.finding(key),
            Mark::Task(..) => None,
        };
        let findings = marks.iter().filter_map(finding);
        findings
            .filter(|finding| finding.code.repair().is_some())
            .collect()
    }
}
