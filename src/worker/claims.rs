//! One round of claims: divides the free slots among the queues, and fills them with tasks that can run now.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use futures_util::future::{join, join_all};

use super::Shared;
use super::event::Event;
use super::running::Lease;
use crate::broker::{Claim, Claimed, Error, Scope, Ticket, TurnsLeft};
use crate::task::QueueName;
use crate::worker::handlers::mux::{Mux, Route};
use crate::worker::turns::Turn;

/// A claimed task that can run now.
pub(crate) struct Found {
    pub(crate) claim: Claim,
    pub(crate) lease: Lease,
    pub(crate) route: Option<Arc<Route>>,
    pub(crate) turn: Turn,
}

/// The result of a round of claims.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) found: Vec<Found>,
    /// Whether another round may find more at once: tasks were put in line or set aside, or pending tasks were not asked for.
    pub(crate) go_on: bool,
    /// Whether pending tasks were not asked for, because tasks in line took all slots.
    pub(crate) only_lines: bool,
    /// Whether Redis answered for any queue.
    pub(crate) answered: bool,
    /// An error does not invalidate the claimed tasks.
    pub(crate) error: Option<Error>,
    /// What became of asking for places of limits across workers, if that was necessary.
    pub(crate) limits: Option<Result<(), Error>>,
    /// Claims whose answers were lost: Redis may have performed them.
    pub(crate) unanswered: Vec<Unanswered>,
}

/// A claim whose answer was lost.
pub(crate) struct Unanswered {
    pub(crate) queue: QueueName,
    pub(crate) ticket: Ticket,
    /// When its leases end, if it was performed.
    pub(crate) until: Instant,
}

impl Round {
    fn add(&mut self, part: Self) {
        self.found.extend(part.found);
        self.go_on |= part.go_on;
        self.only_lines |= part.only_lines;
        self.answered |= part.answered;
        self.error = part.error.or(self.error.take());
        let failed = |limits: &Option<Result<(), Error>>| matches!(limits, Some(Err(_)));
        if !failed(&self.limits) {
            self.limits = part.limits.or(self.limits.take());
        }
        self.unanswered.extend(part.unanswered);
    }
}

/// Whether tasks in line take slots before pending ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// They come first, because they have been waiting longer.
    First,
    /// They had all slots of the last round.
    LeftOut,
}

/// Claims up to `wanted` tasks.
pub(crate) async fn round(shared: &Shared, wanted: usize, lines: Lines) -> Round {
    let mut round = Round::default();
    let mut empty: Vec<&QueueName> = Vec::new();
    let mux = shared.mux.get();
    let with = With {
        shared,
        mux: &mux,
        lines,
    };
    let asked = |queue: &QueueName| {
        let mut routes = mux.routes();
        shared.wake.may_have(queue) || routes.any(|route| route.turns.expects(queue))
    };
    // First by weight, all queues at once; then the remaining slots, queue by queue.
    let division = shared.settings.queues.divide(wanted, asked);
    let parts = division
        .iter()
        .map(|(queue, share)| from_queue(with, queue, *share));
    for (part, (queue, share)) in join_all(parts).await.into_iter().zip(&division) {
        if part.found.len() < *share {
            empty.push(queue);
        }
        round.add(part);
    }
    if round.found.len() >= wanted {
        return round;
    }
    for queue in shared.settings.queues.order(asked) {
        let away = |error: &Error| error.scope() == Scope::Everything;
        if round.found.len() >= wanted || round.error.as_ref().is_some_and(away) {
            break;
        }
        if !empty.contains(&queue) {
            let left = wanted - round.found.len();
            round.add(from_queue(with, queue, left).await);
        }
    }
    round
}

/// With what a round of claims is made.
#[derive(Clone, Copy)]
struct With<'a> {
    shared: &'a Shared,
    mux: &'a Mux,
    lines: Lines,
}

/// Claims from one queue: tasks in line for which a turn is free, and pending ones.
async fn from_queue(with: With<'_>, queue: &QueueName, limit: usize) -> Round {
    let With { shared, mux, lines } = with;
    let claims = Claims {
        shared,
        mux,
        queue,
        now: shared.broker.now(),
        asked_at: Instant::now(),
    };
    let mut left = limit;
    let mut from_lines = Vec::new();
    let with_line = |route: &&Arc<Route>| lines == Lines::First && route.turns.expects(queue);
    let mut routes: Vec<&Arc<Route>> = mux.routes().filter(with_line).collect();
    // None of those that share slots or a limit is always the first.
    fastrand::shuffle(&mut routes);
    for route in routes {
        let turns = route.turns.take_some(left);
        left -= turns.len();
        from_lines.push(claims.take_from_line(route, turns));
    }
    let only_lines = left == 0;
    let (in_line, pending) = join(join_all(from_lines), claims.take_pending(left)).await;
    let mut round = Round {
        only_lines,
        ..Round::default()
    };
    for part in in_line.into_iter().chain([pending]) {
        round.add(part);
    }
    // After an error, the next round comes after a pause.
    round.go_on |= round.error.is_none() && (only_lines || lines == Lines::LeftOut);
    round
}

/// Claims from one queue.
struct Claims<'a> {
    shared: &'a Shared,
    mux: &'a Mux,
    queue: &'a QueueName,
    now: DateTime<Utc>,
    asked_at: Instant,
}

impl Claims<'_> {
    /// A round whose only claim failed.
    fn failed(&self, error: Error, ticket: Ticket) -> Round {
        let lost = error.without_answer();
        let length = self.shared.settings.timing.leases.length;
        Round {
            error: Some(error),
            unanswered: Vec::from_iter(lost.then(|| Unanswered {
                queue: self.queue.clone(),
                ticket,
                until: self.asked_at + length,
            })),
            ..Round::default()
        }
    }

    async fn take_from_line(&self, route: &Arc<Route>, turns: Vec<Turn>) -> Round {
        let mut round = Round::default();
        if turns.is_empty() {
            return round;
        }
        let admitted = route.turns.admit(&self.shared.broker, turns).await;
        let mut turns = match admitted {
            Ok(turns) => turns,
            // Other handlers have no part in it.
            Err(error) => {
                round.limits = Some(Err(error));
                return round;
            }
        };
        round.limits = Some(Ok(()));
        // Names of tasks that no longer wait are skipped, a hundred at a time.
        while round.found.is_empty() && !turns.is_empty() {
            let (broker, scope) = (&self.shared.broker, &route.pattern);
            let ticket = broker.ticket(self.now);
            let claiming = broker.claim_waiting(self.queue, scope, turns.len(), &ticket);
            let (claimed, left) = match claiming.await {
                Ok(claimed) => claimed,
                Err(error) => {
                    turns.iter_mut().for_each(Turn::cannot_serve);
                    return self.failed(error, ticket);
                }
            };
            for claim in self.decoded(claimed) {
                let turn = turns.pop().unwrap_or_else(|| route.turns.take_beyond());
                let route = Some(Arc::clone(route));
                round.found.push(self.found(claim, route, turn));
            }
            if left == 0 {
                route.turns.expect_none(self.queue);
                break;
            }
        }
        round
    }

    async fn take_pending(&self, limit: usize) -> Round {
        let mux = self.mux;
        let mut turns: Vec<(&Arc<Route>, Vec<Turn>)> = Vec::new();
        if limit > 0 && mux.routes().any(|route| route.turns.is_limited()) {
            turns.extend(mux.routes().map(|route| (route, turns_of(route, limit))));
        }
        let left = turns.iter().map(|(route, turns)| TurnsLeft {
            pattern: &route.pattern,
            left: route.turns.is_limited().then_some(turns.len()),
        });
        let left: Vec<TurnsLeft<'_>> = left.collect();
        let broker = &self.shared.broker;
        let ticket = broker.ticket(self.now);
        let claiming = broker.claim_in_turn(self.queue, limit, &left, &ticket);
        let claimed = match claiming.await {
            Ok(claimed) => claimed,
            Err(error) => return self.failed(error, ticket),
        };
        for pattern in &claimed.in_line {
            let mut routes = mux.routes();
            if let Some(route) = routes.find(|route| route.pattern == *pattern) {
                route.turns.expect(self.queue);
            }
        }
        let go_on = !claimed.in_line.is_empty() || !claimed.aside.is_empty();
        if limit > 0 {
            let any = go_on || !claimed.claims.is_empty();
            self.shared.wake.claimed(self.queue, any);
        }
        if let Some(since) = claimed.pending_since {
            let waited = (self.shared.broker.now() - since).to_std();
            let queue = self.queue.clone();
            let waited = waited.unwrap_or_default();
            self.shared.reporter.report(Event::Waited { queue, waited });
        }
        let mut round = Round {
            answered: true,
            go_on,
            ..Round::default()
        };
        for claim in self.decoded(claimed) {
            let route = mux.find(&claim.message.kind);
            let same = |other: &Arc<Route>| route.is_some_and(|route| Arc::ptr_eq(route, other));
            let turns = turns.iter_mut().find(|(other, _)| same(other));
            let turn = turns.and_then(|(_, turns)| turns.pop());
            let turn = turn.or_else(|| Some(route?.turns.take_beyond()));
            let turn = turn.unwrap_or_default();
            round
                .found
                .push(self.found(claim, route.map(Arc::clone), turn));
        }
        round
    }

    fn found(&self, claim: Claim, route: Option<Arc<Route>>, mut turn: Turn) -> Found {
        turn.begin();
        let length = self.shared.settings.timing.leases.length;
        Found {
            claim,
            lease: Lease::new(length, self.asked_at),
            route,
            turn,
        }
    }

    fn decoded(&self, claimed: Claimed) -> Vec<Claim> {
        self.shared.report_aside(self.queue, claimed.aside);
        claimed.claims
    }
}

/// The turns that pending tasks of a route may take. None while others wait in line, in any queue: they come first.
fn turns_of(route: &Route, limit: usize) -> Vec<Turn> {
    if route.turns.is_limited() && !route.turns.line_first() {
        route.turns.take_some(limit)
    } else {
        Vec::new()
    }
}

/// The handlers whose lines to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// All handlers: one may have had a limit before the worker started.
    All,
    /// Handlers with a limit and a free turn: other workers may have put tasks in line.
    Limited,
}

/// Looks in all queues for tasks in line. Returns false if that should be repeated.
pub(crate) async fn look(shared: &Shared, look: Look) -> bool {
    let mux = shared.mux.get();
    let looks = shared.settings.queues.names().map(async |queue| {
        let wanted = |route: &&Arc<Route>| match look {
            Look::All => true,
            Look::Limited => route.turns.has_free() && !route.turns.expects(queue),
        };
        let routes: Vec<&Arc<Route>> = mux.routes().filter(wanted).collect();
        if routes.is_empty() {
            return true;
        }
        let scopes: Vec<&str> = routes.iter().map(|route| route.pattern.as_str()).collect();
        let waiting = match shared.broker.waiting(queue, &scopes).await {
            Ok(waiting) => waiting,
            // Claims report errors of Redis. What it does not permit is not tried again.
            Err(error) => return !error.passing(),
        };
        for (route, waits) in routes.into_iter().zip(waiting) {
            if waits {
                route.turns.expect(queue);
            }
        }
        true
    });
    join_all(looks).await.into_iter().all(|worked| worked)
}
