//! What a runner counts and then changes, step by step: tasks of a selection, or what the doctor has found.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::phase::{Achieved, Found, Preview, TaskPreview};
use super::request::Repair;
use crate::document::doctor::{FindingDocument, RepairDocument};
use crate::inspector::doctor::{Doctor, Repairs};
use crate::inspector::{Count, Error, Plan};
use crate::web::examiner::Examiner;

/// Something that is being counted.
pub(super) enum Counting {
    Tasks(Box<Count>),
    Repair(Box<Rehearsal>),
}

/// A repair that goes all the way, but writes nothing.
pub(super) struct Rehearsal {
    pub(super) request: Repair,
    /// What is repaired, through the inspector that repairs.
    pub(super) doctor: Doctor,
    pub(super) findings: Vec<FindingDocument>,
    pub(super) repairs: Repairs,
    pub(super) examiner: Examiner,
}

/// Something that is ready to be changed, or under way.
pub(super) enum Work {
    Tasks(Box<Plan>),
    Repair(Box<Repairing>),
}

/// Repairs, and whoever has found what is repaired.
pub(super) struct Repairing {
    repairs: Repairs,
    examiner: Examiner,
}

impl Counting {
    /// How much there is to look at.
    pub(super) fn total(&self) -> u64 {
        match self {
            Self::Tasks(count) => count.total(),
            Self::Repair(rehearsal) => RepairDocument::all_found(rehearsal.repairs.done()),
        }
    }

    /// Looks at some more. Returns how much that was, or `None` at the end.
    pub(super) async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<u64>, Error> {
        match self {
            Self::Tasks(count) => count.step(now).await,
            Self::Repair(rehearsal) => rehearsal.repairs.step().await,
        }
    }

    pub(super) async fn finish(self) -> Result<(Work, Preview), Error> {
        match self {
            Self::Tasks(count) => {
                let plan = count.finish().await?;
                let preview = Preview {
                    total: plan.total(),
                    found: Found::Tasks(Box::new(TaskPreview::new(&plan))),
                };
                Ok((Work::Tasks(Box::new(plan)), preview))
            }
            Self::Repair(rehearsal) => rehearsal.finish(),
        }
    }
}

impl Rehearsal {
    fn finish(self) -> Result<(Work, Preview), Error> {
        let preview = Preview {
            total: RepairDocument::all_repaired(self.repairs.done()),
            found: Found::Findings {
                findings: self.findings,
                repairs: self.repairs.done().to_vec(),
            },
        };
        let request = self.request;
        let wanted = |code, queue: Option<&_>| request.concerns(code, queue);
        let repairing = Repairing {
            repairs: self.doctor.repairs(wanted, false)?,
            examiner: self.examiner,
        };
        Ok((Work::Repair(Box::new(repairing)), preview))
    }
}

impl Work {
    /// Changes at most this many tasks per second. Repairs go as fast as they can.
    pub(super) fn set_rate(&mut self, rate: Option<NonZeroU32>) {
        match self {
            Self::Tasks(plan) => plan.set_rate(rate),
            Self::Repair(_) => {}
        }
    }

    /// How long to wait before the next step.
    pub(super) fn delay(&self) -> Duration {
        match self {
            Self::Tasks(plan) => plan.delay(),
            Self::Repair(_) => Duration::ZERO,
        }
    }

    /// Measures the rate anew after a pause.
    pub(super) fn rest(&mut self) {
        match self {
            Self::Tasks(plan) => plan.rest(),
            Self::Repair(_) => {}
        }
    }

    /// Changes some more. Returns how much was dealt with, or `None` at the end.
    pub(super) async fn step(&mut self) -> Result<Option<u64>, Error> {
        match self {
            Self::Tasks(plan) => {
                let step = plan.step(plan.now()).await?;
                Ok(step.map(|step| step.seen))
            }
            Self::Repair(repairing) => {
                let repairs = &mut repairing.repairs;
                let tried = repairs.step().await;
                if tried.is_err() {
                    repairs.stop(true).await;
                }
                tried
            }
        }
    }

    /// The error after which the last step is repeated, if Redis does not answer at the moment.
    pub(super) fn outage(&self) -> Option<&Error> {
        match self {
            Self::Tasks(plan) => plan.outage(),
            Self::Repair(_) => None,
        }
    }

    /// Ends before everything is changed.
    pub(super) async fn stop(&mut self) {
        match self {
            Self::Tasks(plan) => plan.stop().await,
            Self::Repair(repairing) => repairing.repairs.stop(false).await,
        }
    }

    /// How much was changed, and how much could not be.
    pub(super) fn counts(&self) -> (u64, u64) {
        match self {
            Self::Tasks(plan) => (plan.outcome().done(), plan.outcome().failed),
            Self::Repair(repairing) => (RepairDocument::all_repaired(repairing.repairs.done()), 0),
        }
    }

    /// What was changed, after the last step.
    pub(super) async fn finish(self) -> Achieved {
        match self {
            Self::Tasks(plan) => Achieved::Tasks(plan.outcome().clone()),
            Self::Repair(repairing) => {
                // The page shows the findings with their age, and so what may no longer be there.
                repairing.examiner.forget_repaired().await.ok();
                Achieved::Repairs(repairing.repairs.done().to_vec())
            }
        }
    }
}
