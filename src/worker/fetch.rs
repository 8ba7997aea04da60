//! Claims tasks for free slots.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::claims::{self, Found, Lines, Look, Unanswered};
use super::outgoing::{Origin, Outgoing};
use super::phase::{Phase, Phases};
use super::settler::Intake;
use super::{Mux, Shared, attempt};
use crate::backoff::{Backoff, jittered};
use crate::broker::{Error, Scope};
use crate::task::transition::{Outcome, RetryPolicy};
use crate::worker::duty::{self, Trouble};
use crate::worker::readiness::Step;

/// Time between two rounds of an idle worker; new tasks wake it earlier.
const IDLE_INTERVAL: Duration = Duration::from_secs(10);

/// Time between two rounds of a burst, whose end should be noticed soon.
const BURST_INTERVAL: Duration = Duration::from_millis(50);

/// Claims tasks for free slots until the worker stops claiming or, in a burst, until the queues are empty and nothing runs.
///
/// # Errors
/// A burst could not continue. Otherwise failures are reported, and claims are repeated.
pub(crate) async fn fetch(shared: Arc<Shared>, intake: Intake) -> Result<(), Error> {
    let fetch = Fetch {
        slots: Arc::new(Semaphore::new(shared.settings.concurrency)),
        phases: shared.phases.clone(),
        trouble: Trouble::new("claim", &shared.reporter),
        limits: Trouble::new("ask for places of limits", &shared.reporter),
        backoff: Backoff::default(),
        failing_since: None,
        lines: Lines::First,
        look: Some((Look::All, Instant::now())),
        unanswered: Vec::new(),
        replaced: shared.mux.changes(),
        shared,
        intake,
    };
    fetch.run().await
}

struct Fetch {
    shared: Arc<Shared>,
    intake: Intake,
    slots: Arc<Semaphore>,
    phases: Phases,
    trouble: Trouble,
    limits: Trouble,
    backoff: Backoff,
    /// When the current series of failures of a burst began.
    failing_since: Option<Instant>,
    lines: Lines,
    /// The next look for tasks in line, and its time; `None`: no handler of this worker has a limit.
    look: Option<(Look, Instant)>,
    /// Claims whose answers were lost.
    unanswered: Vec<Unanswered>,
    /// Notices when handlers are replaced.
    replaced: watch::Receiver<Arc<Mux>>,
}

/// The result of a round of claims.
enum Round {
    /// There may be more.
    GoOn,
    Nothing,
    Failed(Error),
}

impl Fetch {
    async fn run(mut self) -> Result<(), Error> {
        while let Some(free) = self.free_slots().await {
            let round = self.round(free).await;
            if !self.pause(round).await? {
                break;
            }
        }
        Ok(())
    }

    /// Waits for a free slot and takes all free ones. `None`: the worker stops claiming.
    async fn free_slots(&mut self) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = tokio::select! {
            // The semaphore is never closed.
            first = Arc::clone(&self.slots).acquire_owned() => first.ok()?,
            () = self.phases.reached(Phase::Stopped) => return None,
        };
        if self.phases.current() >= Phase::Stopped {
            return None;
        }
        let mut free = vec![first];
        if self.slots.available_permits() + 1 < self.shared.settings.concurrency {
            // Lets ending attempts return their slots first, so that quick tasks are claimed in batches.
            tokio::task::yield_now().await;
        }
        while let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            free.push(slot);
        }
        Some(free)
    }

    /// Fills free slots with tasks.
    async fn round(&mut self, free: Vec<OwnedSemaphorePermit>) -> Round {
        self.take_back().await;
        if self.replaced.has_changed().unwrap_or(false) {
            self.replaced.mark_unchanged();
            self.look = Some((Look::All, Instant::now()));
        }
        self.look().await;
        let round = claims::round(&self.shared, free.len(), self.lines).await;
        self.lines = if round.only_lines {
            Lines::LeftOut
        } else {
            Lines::First
        };
        if round.answered {
            let Shared {
                readiness,
                reporter,
                ..
            } = &*self.shared;
            readiness.reached(Step::Claimed, reporter);
        }
        let go_on = round.go_on || !round.found.is_empty();
        for (found, slot) in round.found.into_iter().zip(free) {
            self.start(found, slot).await;
        }
        self.unanswered.extend(round.unanswered);
        self.trouble.note(round.error.clone().map_or(Ok(()), Err));
        if let Some(limits) = round.limits {
            self.limits.note(limits);
        }
        if round.error.is_none() {
            self.backoff.reset();
        }
        match (go_on, round.error) {
            (true, _) => Round::GoOn,
            (false, None) => Round::Nothing,
            (false, Some(error)) => Round::Failed(error),
        }
    }

    /// Gives back the tasks of claims whose answers were lost. Otherwise they would wait until their leases have expired, and
    /// count as failed. Redis may receive a claim late, so this is repeated until its leases would have ended.
    async fn take_back(&mut self) {
        let shared = &self.shared;
        let mut unanswered = std::mem::take(&mut self.unanswered);
        unanswered.retain(|claim| Instant::now() < claim.until.into());
        for claim in unanswered {
            let taking = shared.broker.take_back(&claim.queue, &claim.ticket);
            if !matches!(taking.await, Ok(1..)) {
                self.unanswered.push(claim);
            }
        }
    }

    /// Looks for tasks in line, if it is time.
    async fn look(&mut self) {
        let now = Instant::now();
        let Some((look, _)) = self.look.filter(|(_, at)| *at <= now) else {
            return;
        };
        let worked = claims::look(&self.shared, look).await;
        let mux = self.shared.mux.get();
        let limited = mux.routes().any(|route| route.turns.is_limited());
        let next = if worked { Look::Limited } else { look };
        self.look =
            (limited || !worked).then(|| (next, now + jittered(self.shared.settings.timing.lines)));
    }

    async fn start(&self, found: Found, slot: OwnedSemaphorePermit) {
        let Found {
            claim,
            lease,
            route,
            turn,
        } = found;
        if !lease.holds() {
            // Redis, or this process, was stopped for longer than a lease. Recovery may have the task already.
            tracing::debug!(id = %claim.id, "the claim was answered after its lease had ended");
            return;
        }
        if route.as_ref().is_some_and(|route| route.discards()) {
            let (outcome, policy) = (
                Outcome::Succeeded(Vec::new().into()),
                RetryPolicy::default(),
            );
            let settlement = self.shared.judge(&claim.message, outcome, &policy);
            let done = Outgoing::new(claim, settlement, Arc::new(lease), Origin::Discarded);
            // The settler outlives this loop, so this cannot fail.
            drop(self.intake.send(done).await);
            return;
        }
        let shared = Arc::clone(&self.shared);
        let attempt = attempt::start(Arc::clone(&shared), claim, route.clone(), lease);
        let intake = self.intake.clone();
        self.shared.attempts.spawn(async move {
            if let Some(outgoing) = attempt.await {
                drop(intake.send(outgoing).await);
            }
            // Both become free when the settler has accepted the outcome: while nothing can be written, nothing more is
            // claimed.
            drop((turn, slot));
            if route.is_some_and(|route| route.turns.expects_any()) {
                shared.wake.ring();
            }
        });
    }

    /// Waits until another round may find something. Returns whether to continue.
    async fn pause(&mut self, round: Round) -> Result<bool, Error> {
        let failed = match round {
            Round::GoOn => {
                self.failing_since = None;
                return Ok(true);
            }
            Round::Nothing => None,
            Round::Failed(error) => Some(error),
        };
        if self.shared.settings.burst && self.is_over(failed.clone()).await? {
            return Ok(false);
        }
        let (pause, may_be_woken) = match failed {
            None if self.shared.settings.burst => (BURST_INTERVAL, true),
            None => (self.idle(), true),
            // One server of a cluster does not answer, and the others have tasks. Otherwise a queue that has tasks, and cannot
            // be claimed from, would wake it at once, forever.
            Some(error) => (
                self.backoff.next(),
                error.passing() && error.scope() == Scope::Queue,
            ),
        };
        let mut replaced = self.replaced.clone();
        Ok(tokio::select! {
            () = tokio::time::sleep(pause) => {
                // The watches of queues may have failed.
                self.shared.wake.doubt_all();
                true
            }
            () = self.shared.wake.called(), if may_be_woken => true,
            Ok(()) = replaced.changed(), if may_be_woken => true,
            () = self.phases.reached(Phase::Stopped) => false,
        })
    }

    fn idle(&self) -> Duration {
        let mux = self.shared.mux.get();
        let routes = mux.routes();
        let gates = routes.filter_map(|route| route.turns.opens_at());
        let next = gates.chain(self.look.map(|(_, at)| at)).min();
        next.map_or(IDLE_INTERVAL, |at| {
            at.saturating_duration_since(Instant::now())
                .min(IDLE_INTERVAL)
        })
    }

    /// Whether a burst is over: nothing runs or waits for its turn, and no due task has become pending meanwhile. `failed` is what the last round of claims failed with.
    ///
    /// # Errors
    /// Nothing runs, and Redis refuses something, or has not answered for as long as the worker waits at its end.
    async fn is_over(&mut self, failed: Option<Error>) -> Result<bool, Error> {
        let shared = &self.shared;
        let mux = shared.mux.get();
        let waits = mux.routes().any(|route| route.turns.expects_any());
        if shared.register.len() > 0 {
            return Ok(false);
        }
        let looked = match failed {
            Some(error) => Err(error),
            None if waits || !self.unanswered.is_empty() => return Ok(false),
            None => self.nothing_left().await,
        };
        let error = match looked {
            Ok(over) => {
                self.failing_since = None;
                return Ok(over);
            }
            Err(error) => error,
        };
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        if error.passing() && since.elapsed() < self.shared.settings.shutdown_timeout {
            return Ok(false);
        }
        Err(error)
    }

    /// Whether no task is due or pending.
    async fn nothing_left(&self) -> Result<bool, Error> {
        let shared = &self.shared;
        let mut moved = 0;
        let mut round = duty::Round::default();
        for queue in shared.settings.queues.names() {
            let forwarded = shared.broker.forward(queue, shared.broker.now()).await;
            if let Some(forwarded) = round.part(forwarded)? {
                moved += forwarded.moved;
                shared.report_aside(queue, forwarded.aside);
            }
        }
        // Checked last: an attempt that ended after the last round may have enqueued more.
        let pending = shared
            .broker
            .any_pending(shared.settings.queues.names())
            .await?;
        if moved > 0 || pending {
            return Ok(false);
        }
        round.end(true)
    }
}
