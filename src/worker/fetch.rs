//! Free slots in, claimed tasks out: which queue is asked for how many, and what to do when all are empty.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::event::Event;
use super::every::{Backing, Trouble};
use super::phase::Phase;
use super::settler::Intake;
use super::{Queues, Shared, attempt, clock};
use crate::broker::{Claim, Error};
use crate::task::QueueName;

/// How long to wait when all queues are empty. As Asynq, half of it to one and a half.
const IDLE: Duration = Duration::from_secs(1);

/// Claims tasks as slots become free until the worker stops claiming, or, in a burst, until the queues
/// are empty and nothing runs.
pub(crate) async fn fetch(shared: Arc<Shared>, intake: Intake) {
    let slots = Arc::new(Semaphore::new(shared.settings.concurrency));
    let mut phases = shared.phases.clone();
    let mut trouble = Trouble::new("claim", &shared.reporter);
    let mut backing = Backing::new();
    loop {
        let mut free = tokio::select! {
            permit = Arc::clone(&slots).acquire_owned() => match permit {
                Ok(permit) => vec![permit],
                Err(_) => return,
            },
            () = phases.reached(Phase::Stopped) => return,
        };
        while let Ok(permit) = Arc::clone(&slots).try_acquire_owned() {
            free.push(permit);
        }
        if phases.current() >= Phase::Stopped {
            return;
        }
        let wanted = free.len();
        let now = clock::now();
        let (claims, result) = claim(&shared, wanted, now).await;
        let claimed = claims.len();
        for (claim, permit) in claims.into_iter().zip(&mut free.drain(..)) {
            start(&shared, claim, now, permit, &intake);
        }
        let pause = match trouble.note(result) {
            None => backing.pause(),
            Some(()) if claimed > 0 => {
                backing.reset();
                continue;
            }
            Some(()) => {
                backing.reset();
                if shared.settings.burst && is_over(&shared, &mut trouble).await {
                    return;
                }
                idle(&shared)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = phases.reached(Phase::Stopped) => return,
        }
    }
}

fn start(
    shared: &Arc<Shared>,
    claim: Claim,
    now: DateTime<Utc>,
    permit: OwnedSemaphorePermit,
    intake: &Intake,
) {
    let attempt = attempt::run(Arc::clone(shared), claim, now, permit, intake.clone());
    shared.attempts.spawn(attempt);
}

/// In a burst one looks again soon: what runs now may enqueue more.
fn idle(shared: &Shared) -> Duration {
    if shared.settings.burst {
        Duration::from_millis(20)
    } else {
        IDLE.mul_f64(0.5 + fastrand::f64())
    }
}

/// Claims up to `wanted` tasks. What was claimed is returned even when a later part fails.
async fn claim(
    shared: &Shared,
    wanted: usize,
    now: DateTime<Utc>,
) -> (Vec<Claim>, Result<(), Error>) {
    let mut claims = Vec::new();
    let mut result = Ok(());
    // First as the weights say, all at once; then what is left of the slots, queue by queue.
    if let Queues::Weighted(weights) = &shared.settings.queues {
        let divided = divide(weights, wanted);
        let asked = join_all(
            divided
                .iter()
                .map(|(queue, share)| claim_from(shared, queue, *share, now)),
        );
        for one in asked.await {
            take(one, &mut claims, &mut result);
        }
    }
    for queue in order(&shared.settings.queues) {
        if claims.len() >= wanted || result.is_err() {
            break;
        }
        let one = claim_from(shared, queue, wanted - claims.len(), now).await;
        take(one, &mut claims, &mut result);
    }
    (claims, result)
}

fn take(one: Result<Vec<Claim>, Error>, claims: &mut Vec<Claim>, result: &mut Result<(), Error>) {
    match one {
        Ok(some) => claims.extend(some),
        Err(error) => *result = Err(error),
    }
}

async fn claim_from(
    shared: &Shared,
    queue: &QueueName,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Claim>, Error> {
    let claimed = shared.broker.claim(queue, limit, now).await?;
    for id in claimed.undecodable {
        let queue = queue.clone();
        (shared.reporter)(&Event::Undecodable { queue, id });
    }
    Ok(claimed.claims)
}

/// Divides free slots among queues: each slot draws a queue by weight, so that shares hold for any number.
fn divide(weights: &[(QueueName, u32)], slots: usize) -> Vec<(&QueueName, usize)> {
    let total: u64 = weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut shares: Vec<(&QueueName, usize)> =
        weights.iter().map(|(queue, _)| (queue, 0)).collect();
    for _ in 0..slots {
        let mut drawn = fastrand::u64(0..total.max(1));
        for ((_, weight), share) in weights.iter().zip(&mut shares) {
            let weight = u64::from(*weight);
            if drawn < weight {
                share.1 += 1;
                break;
            }
            drawn -= weight;
        }
    }
    shares.retain(|(_, share)| *share > 0);
    shares
}

/// The order in which queues are asked: strict, or drawn by weight without repetition.
fn order(queues: &Queues) -> Vec<&QueueName> {
    match queues {
        Queues::Strict(queues) => queues.iter().map(|(queue, _)| queue).collect(),
        Queues::Weighted(weights) => {
            let mut left: Vec<&(QueueName, u32)> = weights.iter().collect();
            let mut order = Vec::with_capacity(left.len());
            while !left.is_empty() {
                let total: u64 = left.iter().map(|(_, weight)| u64::from(*weight)).sum();
                let mut drawn = fastrand::u64(0..total.max(1));
                let at = left
                    .iter()
                    .position(|(_, weight)| {
                        let hit = drawn < u64::from(*weight);
                        drawn = drawn.saturating_sub(u64::from(*weight));
                        hit
                    })
                    .unwrap_or(0);
                order.push(&left.swap_remove(at).0);
            }
            order
        }
    }
}

/// Whether a burst is over: nothing runs, and nothing that is due has become pending meanwhile.
async fn is_over(shared: &Shared, trouble: &mut Trouble) -> bool {
    if shared.register.len() > 0 {
        return false;
    }
    let mut moved = 0;
    for queue in shared.settings.queues.names() {
        match trouble.note(shared.broker.forward(queue, clock::now()).await) {
            Some(forwarded) => moved += forwarded.moved,
            None => return false,
        }
    }
    // Once more, for an attempt may have ended just before the look at the queues and enqueued more.
    moved == 0
        && matches!(
            shared
                .broker
                .any_pending(shared.settings.queues.names())
                .await,
            Ok(false)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> Vec<(QueueName, u32)> {
        [("a", 6), ("b", 3), ("c", 1)]
            .map(|(name, weight)| (QueueName::new(name).unwrap(), weight))
            .to_vec()
    }

    #[test]
    fn shares_follow_the_weights() {
        fastrand::seed(7);
        let weights = queues();
        let mut counts = [0_usize; 3];
        for _ in 0..2_000 {
            for (queue, share) in divide(&weights, 10) {
                let at = weights.iter().position(|(name, _)| name == queue).unwrap();
                counts[at] += share;
            }
        }
        assert_eq!(counts.iter().sum::<usize>(), 20_000);
        for (count, percent) in counts.into_iter().zip([60, 30, 10]) {
            assert!(count.abs_diff(percent * 200) < 400, "{counts:?}");
        }
    }

    #[test]
    fn every_queue_is_asked_once_and_first_as_often_as_its_weight() {
        fastrand::seed(7);
        let weighted = Queues::Weighted(queues());
        let mut first_a = 0;
        for _ in 0..1_000 {
            let order = order(&weighted);
            assert_eq!(order.len(), 3);
            first_a += usize::from(order[0].as_str() == "a");
        }
        assert!((550..650).contains(&first_a), "{first_a}");
        let strict = Queues::Strict(queues());
        let names: Vec<&str> = order(&strict).into_iter().map(QueueName::as_str).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
