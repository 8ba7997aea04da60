//! The last look of the doctor, and the one under way.

use chrono::{DateTime, Utc};

use super::message::Look;
use super::target::FindingKey;
use crate::document::trouble::TroubleDocument;
use crate::failure::Failure;
use crate::inspector::doctor::{BETWEEN_LOOKS, Finding, Health};
use crate::view::text;

/// What the doctor has found so far.
#[derive(Debug, Default)]
pub(super) struct Exam {
    pub health: Option<Health>,
    seen_at: DateTime<Utc>,
    /// What the thresholds find, or why that is unknown.
    pub figures: Option<Result<Vec<TroubleDocument>, Failure>>,
    /// What could not be read for want of a right: a sentence for each.
    pub unknown: Vec<String>,
    pub stage: Stage,
}

/// How far a look is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// There was none yet.
    #[default]
    Due,
    /// So many of about so many keys were read, if their number is known.
    Scanning {
        read: u64,
        keys: Option<u64>,
    },
    /// The second look is awaited.
    SeenOnce,
    Done,
    Failed(Failure),
}

impl Exam {
    pub(super) fn begin(&mut self) {
        self.stage = Stage::Scanning {
            read: 0,
            keys: None,
        };
    }

    /// Whether a look is under way.
    pub(super) fn is_running(&self) -> bool {
        match self.stage {
            Stage::Scanning { .. } | Stage::SeenOnce => true,
            Stage::Due | Stage::Done | Stage::Failed(_) => false,
        }
    }

    pub(super) fn note(&mut self, look: Look, now: DateTime<Utc>) {
        match look {
            Look::Scanned { read, keys } => self.stage = Stage::Scanning { read, keys },
            Look::Unknown(unknown) => self.unknown = unknown,
            Look::Figures(figures) => self.figures = Some(figures),
            Look::SeenOnce(health) => {
                (self.health, self.seen_at) = (Some(health), now);
                self.stage = Stage::SeenOnce;
            }
            Look::Ended(Ok(health)) => {
                (self.health, self.seen_at) = (Some(health), now);
                self.stage = Stage::Done;
            }
            Look::Ended(Err(failure)) => self.stage = Stage::Failed(failure),
            // A look that has begun since sees for itself what is left.
            Look::Left(health) if self.stage == Stage::Done => self.health = Some(health),
            Look::Left(_) => {}
        }
    }

    pub(super) fn finding(&self, key: &FindingKey) -> Option<&Finding> {
        let mut findings = self.health.iter().flat_map(|health| &health.findings);
        findings.find(|finding| FindingKey::from(*finding) == *key)
    }

    /// How old what was seen is, and how the look under way goes on.
    pub(super) fn status(&self, now: DateTime<Utc>) -> String {
        let seen = || format!("looked {}", text::ago(self.seen_at, now));
        let before = self.health.as_ref().map(|_| seen() + "; ");
        let before = before.unwrap_or_default();
        match &self.stage {
            Stage::Due => String::new(),
            Stage::Scanning { read: 0, .. } => before + "looking…",
            Stage::Scanning { read, keys: None } => {
                format!("{before}looking: {}", text::plural(*read, "key"))
            }
            Stage::Scanning {
                read,
                keys: Some(keys),
            } => {
                let (read, keys) = (text::thousands(*read), text::plural(*keys, "key"));
                format!("{before}looking: {read} of {keys}")
            }
            Stage::SeenOnce => {
                let passed = (now - self.seen_at).to_std().unwrap_or_default();
                match BETWEEN_LOOKS.saturating_sub(passed).as_secs() {
                    0 => "second look…".to_owned(),
                    left => format!("second look in {left}s"),
                }
            }
            Stage::Done => seen(),
            Stage::Failed(_) => before + "the look has failed",
        }
    }
}
