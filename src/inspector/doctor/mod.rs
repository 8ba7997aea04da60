//! Finds what is wrong in Redis, explains it, and repairs it.
//!
//! A scan reads all names of keys and all containers page by page, and notes what is suspicious. What is suspicious is then
//! looked at by its id. A Go server moves tasks in several commands, so what it may be about to resolve is looked at again
//! after a lease, and only what is still there is a finding.
//!
//! | file | holds |
//! | --- | --- |
//! | `code`, `explain`, `explain_tasks`, `explain_parts`, `explanation` | what a finding is about, and why its repair is safe |
//! | `scan`, `walk`, `fingerprints`, `suspects` | the scan, and what it notes |
//! | `examine` | the scan and the looks, one after the other |
//! | `subject`, `evidence`, `judge`, `announced`, `look` | looks at what is suspicious |
//! | `repair`, `steps` | repairs what was found, step by step |
//! | `finding` | the findings, counted |

mod announced;
mod code;
mod evidence;
mod examine;
mod explain;
mod explain_parts;
mod explain_tasks;
mod explanation;
mod finding;
mod fingerprints;
mod judge;
mod look;
mod repair;
mod scan;
mod steps;
mod subject;
mod suspects;
mod walk;

pub(crate) use code::{Code, Explained, Severity, UnknownCode};
pub(crate) use examine::{Looks, Stage};
pub(crate) use finding::{Finding, Health};
pub(crate) use repair::Repairs;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::trouble::Thresholds;
use super::{Error, Inspector};
use crate::document::trouble::TroubleDocument;
use crate::inspector::overview::{Sample, Sampler};
use crate::task::QueueName;
use subject::Sighting;
use suspects::Suspects;

/// The time between the two looks: as long as a lease.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// What is examined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Empty: all queues, and what belongs to no queue.
    pub(crate) queues: Vec<QueueName>,
    /// Empty: all codes.
    pub(crate) only: Vec<Code>,
}

/// An examination: what is suspicious, and what was seen of it.
#[derive(Debug, Clone)]
pub(crate) struct Doctor {
    inspector: Inspector,
    scope: Scope,
    suspects: Suspects,
    sighted: BTreeSet<Sighting>,
    looks: u8,
    /// Without the right to `SCAN`, only what queues list was read.
    incomplete: bool,
}

impl Inspector {
    /// Prepares an examination.
    pub(crate) fn doctor(&self, scope: Scope) -> Doctor {
        Doctor {
            inspector: self.clone(),
            suspects: Suspects::new(scope.only.clone()),
            scope,
            sighted: BTreeSet::new(),
            looks: 0,
            incomplete: false,
        }
    }

    /// Starts to read the figures that the thresholds judge. It must be called within a Tokio runtime.
    pub(crate) fn watch_trouble(&self, thresholds: Thresholds) -> TroubleWatch {
        TroubleWatch::new(&Sampler::new(self.clone(), thresholds))
    }
}

/// Figures that are read in the background.
pub(crate) struct TroubleWatch {
    sampler: Sampler,
    /// While it exists, figures are read.
    watched: Receiver<Sample>,
}

impl TroubleWatch {
    /// Reads the figures from this sampler, which may have other viewers.
    pub(crate) fn new(sampler: &Sampler) -> Self {
        Self {
            sampler: sampler.clone(),
            watched: sampler.watch(),
        }
    }

    /// What the thresholds say about queues and workers. What has a code of the doctor is left to the doctor itself.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn found(self, queues: &[QueueName]) -> Result<Vec<TroubleDocument>, Error> {
        let overview = match self.sampler.fresh().await.current() {
            // The scan finds the list of queues by its type.
            Err(Error::Broker(error)) if error.is_wrong_type() => return Ok(Vec::new()),
            overview => overview?,
        };
        drop(self.watched);
        let concerned = |queue: &Option<String>| {
            let of = |name: &QueueName| queue.as_deref() == Some(name.as_str());
            queues.is_empty() || queues.iter().any(of)
        };
        let found = overview
            .trouble
            .iter()
            .filter(|found| Code::of_trouble(found.code).is_none() && concerned(&found.queue));
        Ok(found.cloned().collect())
    }
}

impl Doctor {
    /// Whether the scan could not read everything.
    pub(crate) const fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Looks at what the scan has noted.
    ///
    /// # Errors
    /// Those of Redis.
    async fn look(&mut self) -> Result<(), Error> {
        self.sighted = self.look_at(&self.suspects).await?;
        self.looks = 1;
        Ok(())
    }

    /// Whether a running server may be about to resolve something that was seen.
    fn is_passing(&self) -> bool {
        let lasting = |seen: &Sighting| seen.code.lasting();
        self.sighted
            .iter()
            .any(|seen| lasting(seen) == code::Lasting::LooksTwice)
    }

    /// Looks at what was seen once more. What is gone meanwhile is not a finding.
    ///
    /// # Errors
    /// Those of Redis.
    async fn look_again(&mut self) -> Result<(), Error> {
        self.forget_gone().await?;
        self.looks = 2;
        Ok(())
    }

    /// Forgets what was seen and is gone, such as what was repaired.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn forget_gone(&mut self) -> Result<(), Error> {
        // The rest takes room while these are looked at.
        self.suspects = self.suspects.only(&self.sighted);
        let again = self.look_at(&self.suspects).await?;
        self.sighted.retain(|seen| again.contains(seen));
        Ok(())
    }

    /// The same findings, to be repaired through another inspector.
    pub(crate) fn through(&self, inspector: &Inspector) -> Self {
        Self {
            inspector: inspector.clone(),
            ..self.clone()
        }
    }
}
