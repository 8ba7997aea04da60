//! The findings: what was seen, counted by code and queue.

use std::collections::BTreeMap;

use super::Doctor;
use super::code::{Code, Explained};
use super::explain::sentence;
use crate::document::doctor::{ExplanationDocument, FindingDocument, HealthDocument};
use crate::document::trouble::TroubleDocument;
use crate::task::QueueName;

/// Ids or keys that are shown of a finding.
const SAMPLE: usize = 3;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) queue: Option<QueueName>,
    pub(crate) count: u64,
    pub(crate) sample: Vec<String>,
    /// There was no second look, and one might not see it again.
    pub(crate) seen_once: bool,
}

/// The result of an examination.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    pub(crate) findings: Vec<Finding>,
    /// There is more of the same, which was not looked at.
    pub(crate) incomplete: bool,
}

impl Doctor {
    /// What was seen, the worst first.
    pub(crate) fn health(&self) -> Health {
        let mut findings: BTreeMap<(Code, Option<QueueName>), Finding> = BTreeMap::new();
        for seen in &self.sighted {
            let new = || Finding {
                code: seen.code,
                queue: seen.queue.clone(),
                count: 0,
                sample: Vec::new(),
                seen_once: self.looks == 1
                    && seen.code.lasting() == super::code::Lasting::LooksTwice,
            };
            let key = (seen.code, seen.queue.clone());
            let finding = findings.entry(key).or_insert_with(new);
            finding.count += 1;
            let shown = seen.subject.shown();
            if finding.sample.len() < SAMPLE && !shown.is_empty() {
                finding.sample.push(shown);
            }
        }
        Health {
            findings: findings.into_values().collect(),
            incomplete: self.suspects.is_cut(),
        }
    }
}

impl From<Code> for ExplanationDocument {
    fn from(code: Code) -> Self {
        let text = code.explanation();
        Self {
            code: code.name(),
            severity: code.severity().name(),
            cause: text.cause,
            effect: text.effect,
            repair: code.repair(),
            fix: text.repair,
            safe: text.safe,
        }
    }
}

impl From<Explained> for ExplanationDocument {
    fn from(explained: Explained) -> Self {
        match explained {
            Explained::Damage(code) => code.into(),
            Explained::Trouble(code) => code.into(),
        }
    }
}

impl Health {
    /// The findings, and those of the thresholds behind them, as a document.
    pub(crate) fn document(&self, trouble: &[TroubleDocument]) -> HealthDocument {
        let ours = self.findings.iter().map(FindingDocument::from);
        let all = ours.chain(trouble.iter().map(FindingDocument::from));
        HealthDocument {
            findings: all.collect(),
            incomplete: self.incomplete,
        }
    }
}

impl From<&Finding> for FindingDocument {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.name(),
            severity: finding.code.severity().name(),
            queue: finding.queue.as_ref().map(ToString::to_string),
            count: Some(finding.count),
            sentence: sentence(finding.code, finding.count),
            sample: finding.sample.clone(),
            repair: finding.code.repair(),
            seen_once: finding.seen_once,
        }
    }
}

impl From<&TroubleDocument> for FindingDocument {
    fn from(trouble: &TroubleDocument) -> Self {
        Self {
            code: trouble.code.name(),
            severity: trouble.severity.name(),
            queue: trouble.queue.clone(),
            count: trouble.count,
            sentence: trouble.sentence.clone(),
            sample: Vec::new(),
            repair: None,
            seen_once: false,
        }
    }
}
