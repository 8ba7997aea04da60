//! Extends the leases, and announces this server and its running tasks, every few seconds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, join3};

use crate::broker::{Error, Held, Presence};
use crate::task::{QueueName, TaskId};
use crate::worker::duty::{Rhythm, Round};
use crate::worker::handlers::StopReason;
use crate::worker::phase::Phase;
use crate::worker::readiness::Step;
use crate::worker::running::Running;
use crate::worker::{Queues, Shared};

/// Beats until everything is settled, then withdraws the announcement. The caller has made the first beat.
pub(crate) async fn beat(shared: Arc<Shared>, presence: Presence, first: Result<Duration, Error>) {
    let mut beat = first;
    let period = shared.settings.timing.heartbeat;
    let mut rhythm = Rhythm::new("heartbeat", &shared, Phase::Over, period / 5);
    let mut phases = shared.phases.clone();
    loop {
        let claims = phases.current() < Phase::Stopped;
        tokio::select! {
            more = rhythm.pause(beat) => if !more { break },
                // Announces at once that the worker has stopped claiming.
            () = phases.reached(Phase::Stopped), if claims => {}
        }
        beat = once(&shared, &presence).await;
    }
    // If these fail, role and announcement expire by themselves.
    drop(shared.broker.leave_care(&shared.server_id).await);
    drop(shared.broker.withdraw(&presence).await);
}

/// One beat. Returns when the next is due.
///
/// Its parts do not wait for each other: a server of a cluster that does not answer must not cost the others their leases, and
/// each part would wait for it in turn. What comes first here is sent first.
pub(crate) async fn once(shared: &Shared, presence: &Presence) -> Result<Duration, Error> {
    let running = shared.register.snapshot();
    let quotas = shared.kept.quotas.all();
    let renewing = join_all(quotas.iter().map(|quota| quota.renew(&shared.broker)));
    let (extended, renewed, announced) = join3(
        extend(shared, &running),
        renewing,
        announce(shared, presence, &running),
    )
    .await;
    announced?;
    renewed.into_iter().fold(extended, Result::and)?;
    Ok(shared.settings.timing.heartbeat)
}

async fn announce(
    shared: &Shared,
    presence: &Presence,
    running: &[((QueueName, TaskId), Arc<Running>)],
) -> Result<(), Error> {
    // An error is ignored: the announcement will fail too, and the last reading of the clock remains valid.
    drop(shared.broker.read_clock().await);
    let announced: Vec<_> = running
        .iter()
        .map(|(_, running)| running.announced.clone())
        .collect();
    let status = match shared.phases.current() {
        Phase::Running => "active",
        Phase::Stopped | Phase::Draining | Phase::Aborting | Phase::Over => "stopped",
    };
    shared
        .broker
        .announce(presence, status, &announced, shared.broker.now())
        .await?;
    shared.readiness.reached(Step::Announced, &shared.reporter);
    Ok(())
}

async fn extend(
    shared: &Shared,
    running: &[((QueueName, TaskId), Arc<Running>)],
) -> Result<(), Error> {
    let (now, asked_at) = (shared.broker.now(), Instant::now());
    let mut by_queue: HashMap<&QueueName, Vec<(Held, &Arc<Running>)>> = HashMap::new();
    for ((queue, id), running) in running {
        if running.lease.holds() && running.lease.is_kept() {
            let held = Held {
                id: id.clone(),
                token: running.token.clone(),
            };
            by_queue.entry(queue).or_default().push((held, running));
        }
    }
    // In parallel: a server of a cluster that does not answer must not cost the others their leases.
    let extending = by_queue.iter().map(async |(queue, held)| {
        let held: Vec<Held> = held.iter().map(|(held, _)| held.clone()).collect();
        shared.broker.extend_leases(queue, &held, now).await
    });
    let extended = join_all(extending).await;
    let mut round = Round::default();
    for (held, extended) in by_queue.into_values().zip(extended) {
        let Some(lost) = round.part(extended)? else {
            continue;
        };
        for (Held { id, .. }, running) in held {
            if lost.contains(&id) {
                // Settled meanwhile, or recovered by another worker. Stopping a settled attempt does nothing. While the other
                // one takes its time to stop, later beats must not extend the lease of its new owner.
                running.lease.let_go();
                running.stopper.stop(StopReason::LeaseLost);
            } else {
                running.lease.extended(asked_at);
            }
        }
    }
    round.end(())
}

/// The name of this machine, as servers announce it.
pub fn host_name() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// What to announce.
pub(crate) fn presence(shared: &Shared) -> Presence {
    let settings = &shared.settings;
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let queues: BTreeMap<String, i32> = settings
        .queues
        .all()
        .iter()
        .map(|(queue, weight)| (queue.to_string(), number(*weight)))
        .collect();
    Presence {
        host: settings.host.clone(),
        pid: number(std::process::id()),
        server_id: shared.server_id.clone(),
        concurrency: i32::try_from(settings.concurrency).unwrap_or(i32::MAX),
        queues,
        strict: matches!(settings.queues, Queues::Strict(_)),
        started_at: shared.broker.now(),
    }
}
