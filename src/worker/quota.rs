//! Limits that all workers of a scope share: how many tasks run at the same time, and how many begin in a time.
//!
//! A task gets a place, or a token, before it is claimed, so that one that must wait holds neither a slot nor a lease. This
//! module knows what this worker has of them. Places are renewed with the leases (`duties::heartbeat`), and what is no longer
//! needed is handed back by `duties::hand_back`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::contact::Contact;
use crate::backoff::Backoff;
use crate::broker::{Broker, Error, Rate};

/// Places that are asked for in one call.
const MAX_ASKED: usize = 100;

/// A limit that all workers share which have a handler with the same scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The name of what is limited.
    pub scope: String,
    /// How many tasks may run at the same time; `None` = any number.
    pub concurrency: Option<usize>,
    /// How many tasks may begin in a time; `None` = any number.
    pub rate: Option<Rate>,
}

/// What this worker has of a limit.
#[derive(Debug)]
pub(crate) struct Quota {
    limit: Limit,
    state: Mutex<State>,
    /// Rung when there is something to hand back.
    bell: Arc<Notify>,
    /// Held while places are renewed or freed, so that one that was just freed is not renewed.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Places of this worker.
    held: HashSet<String>,
    /// Places that were asked for.
    asked: usize,
    /// Places to free.
    freed: Vec<String>,
    /// Tokens to give back.
    unused: usize,
    /// Whether what is to be handed back may serve a task that waits.
    useful: bool,
    /// When to ask again, while there are not enough.
    asks_at: Option<Instant>,
    backoff: Backoff,
    contact: Contact,
}

impl State {
    const fn has_to_hand_back(&self) -> bool {
        !self.freed.is_empty() || self.unused > 0
    }

    /// When to ask again, if that is later than now.
    fn not_before(&self) -> Option<Instant> {
        let asks_at = self.asks_at.filter(|at| Instant::now() < *at);
        asks_at.max(self.contact.retaken_at())
    }
}

/// Permission to run one task. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    quota: Arc<Quota>,
    /// Its name in Redis; `None`: any number of tasks may run.
    member: Option<String>,
    /// Whether it has a token that is not used yet.
    token: bool,
    /// Whether it may serve a task that waits once it is given back.
    useful: bool,
}

impl Place {
    /// Uses its token: a task begins.
    pub(crate) const fn begin(&mut self) {
        self.token = false;
    }

    /// Records that the tasks that wait for it cannot be claimed now. Waking the loop that claims for it would have it fail
    /// again at once, forever.
    pub(crate) const fn cannot_serve(&mut self) {
        self.useful = false;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.quota.state();
        if let Some(member) = self.member.take() {
            state.held.remove(&member);
            state.freed.push(member);
        }
        state.unused += usize::from(self.token);
        if state.has_to_hand_back() {
            state.useful |= self.useful;
            self.quota.bell.notify_one();
        }
    }
}

impl Quota {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of the wanted places to ask for now.
    pub(crate) fn worth_asking(&self, wanted: usize) -> usize {
        let state = self.state();
        if state.not_before().is_some() {
            return 0;
        }
        let taken = state.held.len() + state.asked + state.freed.len();
        let free = |most: usize| most.saturating_sub(taken);
        let free = self.limit.concurrency.map_or(MAX_ASKED, free);
        wanted.min(free).min(MAX_ASKED)
    }

    /// When to ask again, if that is later than now.
    pub(crate) fn asks_at(&self) -> Option<Instant> {
        self.state().not_before()
    }

    /// Takes up to `wanted` places. While there are not enough, the pauses between two questions grow.
    pub(crate) async fn take(
        self: &Arc<Self>,
        broker: &Broker,
        wanted: usize,
    ) -> Result<Vec<Place>, Error> {
        let wanted = self.worth_asking(wanted);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        self.state().asked += wanted;
        let asked = self.ask(broker, wanted).await;
        let mut state = self.state();
        state.asked -= wanted;
        if asked.as_ref().is_ok_and(|(places, _)| !places.is_empty()) {
            state.backoff.reset();
        }
        let (places, next) = match asked {
            Ok((places, _)) if places.len() == wanted => return Ok(places),
            Ok((places, next)) => (Ok(places), next),
            Err(error) => (Err(error), Duration::ZERO),
        };
        let pause = state.backoff.next().max(next);
        state.asks_at = Some(Instant::now() + pause);
        places
    }

    /// Asks Redis for places. Also returns how long it takes until there is another token.
    async fn ask(
        self: &Arc<Self>,
        broker: &Broker,
        wanted: usize,
    ) -> Result<(Vec<Place>, Duration), Error> {
        let Limit {
            scope,
            concurrency,
            rate,
        } = &self.limit;
        if self.state().contact.is_lost() {
            // The tasks that run here come before those that may begin here.
            self.renew(broker).await?;
        }
        // Dropping a place frees it, even if there was no answer: Redis may have performed the call.
        let mut places = self.places(wanted);
        if let Some(most) = concurrency {
            let members = places.iter().filter_map(|place| place.member.clone());
            let members: Vec<String> = members.collect();
            let taking = broker.take_places(scope, *most, &members, broker.now());
            let taken = self.note(broker, taking.await)?;
            if self.state().contact.retaken_at().is_some() {
                return Ok((Vec::new(), Duration::ZERO));
            }
            for refused in places.iter_mut().skip(taken) {
                refused.member = None;
            }
            places.truncate(taken);
        }
        let mut next = Duration::ZERO;
        if let Some(rate) = rate.filter(|_| !places.is_empty()) {
            let taken;
            (taken, next) = broker.take_tokens(scope, rate, places.len()).await?;
            places.truncate(taken);
            for place in &mut places {
                place.token = true;
            }
        }
        let held = places.iter().filter_map(|place| place.member.clone());
        self.state().held.extend(held);
        Ok((places, next))
    }

    fn places(self: &Arc<Self>, count: usize) -> Vec<Place> {
        let place = |_| Place {
            quota: Arc::clone(self),
            member: (self.limit.concurrency.is_some()).then(|| uuid::Uuid::new_v4().to_string()),
            token: false,
            useful: true,
        };
        (0..count).map(place).collect()
    }

    /// Keeps the places of running tasks for the length of a lease from now, or takes them again, even if there are more than
    /// there may be then.
    pub(crate) async fn renew(&self, broker: &Broker) -> Result<(), Error> {
        let _alone = self.writing.lock().await;
        let held: Vec<String> = self.state().held.iter().cloned().collect();
        if held.is_empty() {
            return Ok(());
        }
        let (scope, now) = (&self.limit.scope, broker.now());
        let renewed = broker.renew_places(scope, &held, now).await;
        self.note(broker, renewed)
    }

    fn note<T>(&self, broker: &Broker, result: Result<T, Error>) -> Result<T, Error> {
        let lease = broker.leases().length;
        self.state().contact.note(&result, lease);
        result
    }

    /// Hands back what is no longer needed. Returns whether it may serve a task that waits.
    pub(crate) async fn hand_back(&self, broker: &Broker) -> Result<bool, Error> {
        let _alone = self.writing.lock().await;
        let (freed, unused) = {
            let state = self.state();
            (state.freed.clone(), state.unused)
        };
        let scope = &self.limit.scope;
        if !freed.is_empty() {
            broker.free_places(scope, &freed).await?;
            let mut state = self.state();
            state.freed.drain(..freed.len());
            state.asks_at = None;
        }
        if let Some(rate) = self.limit.rate.filter(|_| unused > 0) {
            let returned = broker.give_back_tokens(scope, rate, unused).await;
            // Without an answer, Redis may have them already. Tokens that are returned twice would exceed the rate.
            let keeps = returned
                .as_ref()
                .is_err_and(|error| !error.without_answer());
            if !keeps {
                let mut state = self.state();
                state.unused -= unused;
                // The time of the next token was that without these.
                state.asks_at = None;
            }
            returned?;
        }
        Ok(std::mem::take(&mut self.state().useful))
    }
}

/// The limits of all handlers of a worker, each once: also those that no handler has any more, until everything is handed
/// back.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    all: Mutex<Vec<Arc<Quota>>>,
    bell: Arc<Notify>,
}

impl Quotas {
    /// What this worker has of a limit. Handlers with the same limit share it.
    pub(crate) fn of(&self, limit: &Limit) -> Arc<Quota> {
        let mut all = self.lock();
        if let Some(known) = all.iter().find(|quota| quota.limit == *limit) {
            return Arc::clone(known);
        }
        let quota = Quota {
            limit: limit.clone(),
            state: Mutex::default(),
            bell: Arc::clone(&self.bell),
            writing: tokio::sync::Mutex::default(),
        };
        let quota = Arc::new(quota);
        all.push(Arc::clone(&quota));
        quota
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Quota>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that are needed.
    pub(crate) fn all(&self) -> Vec<Arc<Quota>> {
        let mut all = self.lock();
        // Handlers and the places of running tasks hold the others.
        all.retain(|quota| Arc::strong_count(quota) > 1 || quota.state().has_to_hand_back());
        all.clone()
    }

    /// Waits until there is something to hand back.
    pub(crate) async fn changed(&self) {
        self.bell.notified().await;
    }
}
