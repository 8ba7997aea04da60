//! The reasons for a verdict, the worst first.

use std::time::Duration;

use super::checks::Checks;
use super::figure::{self, USUAL, limit_words, words};
use super::limit::{Limit, Limits};
use super::seen::{Seen, SeenQueue, overdue};
use crate::broker::records::ServerFacts;
use crate::document::check::{
    Amount, Bound, CheckDocument, FigureDocument, Measure, ReasonDocument, Status,
};
use crate::document::queue::to_float;
use crate::document::trouble::{Severity, TroubleCode, TroubleDocument};
use crate::figures::{bytes, duration, percent};
use crate::inspector::trouble::{self, Finding};
use crate::task::QueueName;

/// Judges what was read.
pub(super) fn of(checks: &Checks, seen: &Seen) -> CheckDocument {
    let mut found = Found {
        checks,
        seen,
        reasons: Vec::new(),
        figures: Vec::new(),
    };
    for queue in &seen.queues {
        found.queue(queue);
    }
    found.workers();
    found.schedules();
    found.memory();
    found.document()
}

struct Found<'a> {
    checks: &'a Checks,
    seen: &'a Seen,
    reasons: Vec<(Measure, ReasonDocument)>,
    figures: Vec<FigureDocument>,
}

/// A value that is compared with its limit.
struct Compared {
    measure: Measure,
    queue: Option<QueueName>,
    value: Option<Amount>,
    limit: Limit,
    status: Status,
    /// The limit that is violated.
    violated: Option<Amount>,
}

impl Compared {
    fn new(
        measure: Measure,
        queue: Option<&QueueName>,
        value: Option<Amount>,
        limit: Limit,
    ) -> Self {
        let (status, violated) = limit.judge(measure.bound(), value);
        Self {
            measure,
            queue: queue.cloned(),
            value,
            limit,
            status,
            violated,
        }
    }

    fn figure(&self, most: Option<Amount>) -> FigureDocument {
        let known = self.value.or(self.limit.critical).or(self.limit.warning);
        FigureDocument {
            queue: self.queue.as_ref().map(ToString::to_string),
            check: self.measure.name(),
            unit: known.map_or(self.measure.unit(), Amount::unit),
            value: self.value,
            warning: self.limit.warning,
            critical: self.limit.critical,
            status: self.status,
            bound: self.measure.bound(),
            most,
        }
    }

    fn reason(&self, sentence: String) -> (Measure, ReasonDocument) {
        let reason = ReasonDocument {
            status: self.status,
            check: Some(self.measure.name()),
            queue: self.queue.as_ref().map(ToString::to_string),
            sentence,
            value: self.value,
            limit: self.violated,
        };
        (self.measure, reason)
    }
}

impl Found<'_> {
    fn limits(&self) -> &Limits {
        &self.checks.limits
    }

    /// Compares the figures of a queue.
    fn queue(&mut self, queue: &SeenQueue) {
        let (row, at) = (&queue.row, self.seen.at);
        let all = Measure::ALL.into_iter();
        for measure in all.filter(|measure| !matches!(measure, Measure::Overdue | Measure::Memory))
        {
            let limit = self.limits().of(&row.name, measure);
            let shown = self.limits().is_empty() && USUAL.contains(&measure);
            if limit.is_none() && !shown {
                continue;
            }
            let value = figure::value(measure, row, at);
            let limit = limit.unwrap_or_default();
            let mut compared = Compared::new(measure, Some(&row.name), value, limit);
            if measure == Measure::FailedRate && self.too_few_failures(queue) {
                compared.status = Status::Ok;
            }
            let most = (measure == Measure::FailedRate).then_some(Amount::Share(1.0));
            self.figures.push(compared.figure(most));
            match (compared.status, value.zip(compared.violated)) {
                (Status::Critical | Status::Warning, Some(pair)) => {
                    let sentence = figure::sentence(measure, row, pair, at);
                    self.reasons.push(compared.reason(sentence));
                }
                // One reason for all queues follows.
                (Status::Unknown, _) if measure == Measure::Workers => {}
                (Status::Unknown, _) => {
                    let why = queue.unreadable.join("; ");
                    self.reasons
                        .push(compared.reason(figure::unknown(measure, &why)));
                }
                (Status::Critical | Status::Warning | Status::Ok, _) => {}
            }
        }
    }

    /// Whether fewer attempts failed today than `[trouble]` takes seriously.
    fn too_few_failures(&self, queue: &SeenQueue) -> bool {
        let least = self.checks.thresholds.of(&queue.row.name).failures;
        let failed = queue.row.figures.failed_today;
        failed.is_some_and(|failed| failed < least)
    }

    /// Which servers there are is unknown.
    fn workers(&mut self) {
        let matters = self.checks.trouble || self.limits().has(Measure::Workers);
        if let Some(why) = self.seen.no_servers.as_ref().filter(|_| matters) {
            let reason = self.cannot_tell(Measure::Workers, why);
            self.reasons.push(reason);
        }
    }

    fn cannot_tell(&self, measure: Measure, why: &str) -> (Measure, ReasonDocument) {
        let limit = self.limits().of_all(measure).unwrap_or_default();
        let unknown = Compared {
            status: Status::Unknown,
            ..Compared::new(measure, None, None, limit)
        };
        unknown.reason(figure::unknown(measure, why))
    }

    /// Compares how long schedules are overdue.
    fn schedules(&mut self) {
        let measure = Measure::Overdue;
        let all = match &self.seen.schedules {
            None => return,
            Some(Err(why)) => {
                let reason = self.cannot_tell(measure, why);
                return self.reasons.push(reason);
            }
            Some(Ok(all)) => all,
        };
        let mut longest = Duration::ZERO;
        let mut worst = Status::Ok;
        for stored in all {
            if let Err(error) = &stored.schedule
                && !stored.paused
                && self.checks.queues.is_empty()
            {
                let why = format!("schedule {:?} cannot be read: {error}", stored.name);
                self.reasons.push(self.cannot_tell(measure, &why));
            }
            let Some((queue, late)) = overdue(stored, self.seen.at) else {
                continue;
            };
            let is_meant = |seen: &SeenQueue| seen.row.name == *queue;
            if !self.checks.queues.is_empty() && !self.seen.queues.iter().any(is_meant) {
                continue;
            }
            let late = late.to_std().unwrap_or_default();
            longest = longest.max(late);
            let limit = self.limits().of(queue, measure).unwrap_or_default();
            let compared = Compared::new(measure, Some(queue), Some(Amount::Span(late)), limit);
            worst = worst.min(compared.status);
            if let Some(limit) = compared.violated {
                let sentence = format!(
                    "schedule {:?} has been overdue for {} ({})",
                    stored.name,
                    duration(late),
                    limit_words(measure.bound(), limit)
                );
                self.reasons.push(compared.reason(sentence));
            }
        }
        let limit = self.limits().of_all(measure).unwrap_or_default();
        let longest = Compared {
            status: worst,
            ..Compared::new(measure, None, Some(Amount::Span(longest)), limit)
        };
        self.figures.push(longest.figure(None));
    }

    /// Compares the memory of Redis.
    fn memory(&mut self) {
        let measure = Measure::Memory;
        let Some(limit) = self.limits().of_all(measure) else {
            return;
        };
        let of_most = matches!(limit.critical.or(limit.warning), Some(Amount::Share(_)));
        let (value, why) = match &self.seen.redis {
            None => return,
            Some(Err(why)) => (None, why.as_str()),
            Some(Ok(facts)) if of_most => (used_share(facts), "maxmemory is not set"),
            Some(Ok(facts)) => (facts.used_memory.map(Amount::Bytes), ""),
        };
        let compared = Compared::new(measure, None, value, limit);
        let facts = self
            .seen
            .redis
            .as_ref()
            .and_then(|facts| facts.as_ref().ok());
        let most = facts.and_then(|facts| facts.max_memory.filter(|most| *most > 0));
        self.figures.push(compared.figure(match of_most {
            true => Some(Amount::Share(1.0)),
            false => most.map(Amount::Bytes),
        }));
        match compared.violated {
            Some(limit) => {
                let used = facts
                    .and_then(|facts| facts.used_memory)
                    .unwrap_or_default();
                let limit = limit_words(measure.bound(), limit);
                let sentence = match (value, most) {
                    (Some(Amount::Share(share)), Some(most)) => format!(
                        "Redis uses {} of {} ({}, {limit})",
                        bytes(used),
                        bytes(most),
                        percent(share)
                    ),
                    _ => format!("Redis uses {} ({limit})", words(Amount::Bytes(used))),
                };
                self.reasons.push(compared.reason(sentence));
            }
            None if compared.status == Status::Unknown => {
                self.reasons
                    .push(compared.reason(figure::unknown(measure, why)));
            }
            None => {}
        }
    }

    /// What `[trouble]` finds, unless a limit of the queue is about the same; figures that cannot be read, since those make no
    /// finding.
    fn trouble(&self) -> Vec<ReasonDocument> {
        let Checks { thresholds, .. } = self.checks;
        let mut findings = self
            .seen
            .heartbeats
            .findings(&thresholds.workers, self.seen.at);
        let mut reasons = Vec::new();
        for SeenQueue { row, unreadable } in &self.seen.queues {
            let found = trouble::of_queue(row, thresholds.of(&row.name), self.seen.at);
            let own = |finding: &Finding| {
                let measure = measure_of(finding.code());
                measure.is_some_and(|measure| self.limits().of(&row.name, measure).is_some())
            };
            findings.extend(found.into_iter().filter(|finding| !own(finding)));
            let unknown = |reason: &ReasonDocument| {
                reason.status == Status::Unknown
                    && reason.queue.as_deref() == Some(row.name.as_str())
            };
            if !unreadable.is_empty() && !self.reasons.iter().any(|(_, reason)| unknown(reason)) {
                reasons.push(ReasonDocument {
                    status: Status::Unknown,
                    check: None,
                    queue: Some(row.name.to_string()),
                    sentence: unreadable.join("; "),
                    value: None,
                    limit: None,
                });
            }
        }
        Finding::sort(&mut findings);
        let findings = findings.into_iter().map(TroubleDocument::from);
        reasons.extend(findings.map(|found| ReasonDocument {
            status: match found.severity {
                Severity::Critical => Status::Critical,
                Severity::Warning => Status::Warning,
            },
            check: Some(found.code.name()),
            queue: found.queue,
            sentence: found.sentence,
            value: None,
            limit: None,
        }));
        reasons
    }

    fn document(mut self) -> CheckDocument {
        self.reasons.sort_by(|(measure, one), (other, two)| {
            let number = |reason: &ReasonDocument| reason.value.map_or(0.0, Amount::number);
            let values = number(two).total_cmp(&number(one));
            let values = match measure.bound() {
                Bound::Max => values,
                Bound::Min => values.reverse(),
            };
            let names = || (&one.queue, &one.sentence).cmp(&(&two.queue, &two.sentence));
            measure.cmp(other).then(values).then_with(names)
        });
        let trouble = if self.checks.trouble {
            self.trouble()
        } else {
            Vec::new()
        };
        let mut reasons: Vec<_> = self.reasons.into_iter().map(|(_, reason)| reason).collect();
        reasons.extend(trouble);
        reasons.sort_by_key(|reason| reason.status);
        let queues = u64::try_from(self.seen.queues.len()).ok();
        CheckDocument::new(self.seen.at, queues, reasons, self.figures)
    }
}

/// The measure of which a limit replaces what `[trouble]` finds.
const fn measure_of(code: TroubleCode) -> Option<Measure> {
    Some(match code {
        TroubleCode::Unserved => Measure::Workers,
        TroubleCode::PendingTooLong => Measure::Latency,
        TroubleCode::NotForwarded => Measure::ForwardDelay,
        TroubleCode::Failing => Measure::FailedRate,
        TroubleCode::Orphaned => Measure::Orphaned,
        TroubleCode::PausedTooLong => Measure::Paused,
        TroubleCode::ArchiveFull => Measure::Archived,
        TroubleCode::RetriesDue
        | TroubleCode::WorkerSilent
        | TroubleCode::GroupTooOld
        | TroubleCode::ClockDiffers => return None,
    })
}

/// How much of its `maxmemory` Redis uses; it may be more than all. `None` without such a limit.
fn used_share(facts: &ServerFacts) -> Option<Amount> {
    let most = facts.max_memory.filter(|most| *most > 0)?;
    let share = to_float(facts.used_memory?) / to_float(most);
    Some(Amount::Share((share * 10_000.0).round() / 10_000.0))
}
