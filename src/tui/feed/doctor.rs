//! Looks of the doctor, and repairs of what the last one has found.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::Feed;
use super::change::Reporter;
use crate::document::doctor::RepairDocument;
use crate::failure::Failure;
use crate::inspector::doctor::{Doctor, Looks, Repairs, Scope, Stage, TroubleWatch};
use crate::inspector::{Error, Inspector};
use crate::tui::message::{Event, Look, Progress};
use crate::tui::target::FindingKey;
use crate::view::text;

impl Feed {
    /// Looks for what is wrong, and reports how that goes on.
    pub(in crate::tui) fn look(&mut self) {
        let (sampler, last) = (self.sampler.clone(), Arc::clone(&self.examined));
        let (inspector, events) = (self.inspector.clone(), self.events.clone());
        self.look = Some(self.tasks.spawn(async move {
            let report = |look| report(&events, look);
            let figures = async {
                let found = TroubleWatch::new(&sampler).found(&[]).await;
                report(Look::Figures(found.map_err(Failure::from)));
            };
            let (ended, ()) = tokio::join!(examine(&inspector, report), figures);
            report(Look::Unknown(inspector.unknowns()));
            report(Look::Ended(match ended {
                Ok(doctor) => {
                    let health = doctor.health();
                    *last.lock().await = doctor;
                    Ok(health)
                }
                Err(error) => Err(error.into()),
            }));
        }));
    }

    /// Repairs what was found, and reports with this number how that goes on.
    pub(in crate::tui) fn repair(&mut self, number: u64, keys: BTreeSet<FindingKey>) {
        let mut progress = self.reporter(number, None);
        let (last, events) = (Arc::clone(&self.examined), self.events.clone());
        self.tasks.spawn(async move {
            let mut doctor = last.lock().await;
            let wanted = |code, queue: Option<&_>| {
                let queue = queue.cloned();
                keys.contains(&FindingKey { code, queue })
            };
            let ended = match doctor.repairs(wanted, false) {
                Ok(repairs) => perform(repairs, &mut progress).await,
                Err(error) => Progress::Failed(error.into()),
            };
            // If Redis does not answer, what was repaired is shown until the next look.
            if doctor.forget_gone().await.is_ok() {
                report(&events, Look::Left(doctor.health()));
            }
            progress.report(ended);
        });
    }
}

fn report(events: &UnboundedSender<Event>, look: Look) {
    // Fails only when the dashboard has ended.
    events.send(Event::Looked(look)).ok();
}

async fn examine(inspector: &Inspector, report: impl Fn(Look)) -> Result<Doctor, Error> {
    let mut doctor = inspector.doctor(Scope::default());
    let stage = |stage| match stage {
        Stage::Scanned { read, keys } => report(Look::Scanned { read, keys }),
        Stage::SeenOnce(health) => {
            report(Look::Unknown(inspector.unknowns()));
            report(Look::SeenOnce(health));
        }
    };
    doctor.examine(Looks::Twice, stage).await?;
    Ok(doctor)
}

/// Repairs step by step, until all is done or the repair is stopped.
async fn perform(mut repairs: Repairs, progress: &mut Reporter) -> Progress {
    let (mut tried, total) = (0, RepairDocument::all_found(repairs.done()));
    let ended = loop {
        if progress.stopped() {
            break Ok(", then stopped");
        }
        match repairs.step().await {
            Ok(None) => break Ok(""),
            Ok(Some(some)) => {
                tried += some;
                progress.report(Progress::Changed(tried, total));
            }
            Err(error) => break Err(error),
        }
    };
    if !matches!(ended, Ok("")) {
        repairs.stop(ended.is_err()).await;
    }
    let repaired = RepairDocument::all_repaired(repairs.done());
    let of = text::plural(total, "finding");
    let sentence = format!("repaired {} of {of}", text::thousands(repaired));
    match ended {
        Ok(stopped) => Progress::Ended(sentence + stopped, None),
        Err(error) => Progress::Ended(sentence, Some(error.into())),
    }
}
