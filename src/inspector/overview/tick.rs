//! What one tick reads.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::budget::Budget;
use super::memory::{Known, Memory, Read};
use super::turns;
use crate::broker::{self, Scope};
use crate::inspector::trouble::{DAYS, Thresholds};
use crate::inspector::{Error, Inspector};
use crate::task::QueueName;

/// Commands that a tick may send.
const COMMANDS: u64 = 2_000;

/// Commands that figures leave for past days and memory. Queues that cost more are not measured.
const RESERVED: u64 = 600;

/// Queues read at the same time.
const TOGETHER: usize = 50;

/// Commands for the groups of one queue. If they need more, their tasks are not counted. With up to `MANY_WORKERS`
/// workers, a tick has as many left for the first of its queues, whatever is reserved.
const MAX_LOOKS: u64 = 1_000;

/// Names in one page of a scan.
const PAGE: u64 = 1_000;

/// With more workers, their announcements are not read in each tick.
const MANY_WORKERS: usize = 200;

/// Ticks after which the facts of the server, and the announcements of many workers, are read again.
const SELDOM: u64 = 5;

/// Reads what is due.
///
/// # Errors
/// Errors that concern all queues. Those of single queues are remembered with the queue.
pub(super) async fn tick(
    inspector: &Inspector,
    memory: &mut Memory,
    thresholds: &Thresholds,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let budget = Budget::new(COMMANDS);
    let queues = inspector.broker().queues().await?;
    let count = u64::try_from(queues.len()).unwrap_or(u64::MAX);
    budget.spend(count.div_ceil(PAGE).max(1));
    memory.expect(&queues);
    servers(inspector, memory, &budget, now).await?;
    let due = memory.queues.values().any(|known| is_due(known, now));
    let reserved = budget.set_aside(if due { RESERVED } else { 0 });
    figures(inspector, memory, thresholds, (&budget, now)).await?;
    budget.add(&reserved);
    days(inspector, memory, &budget, now).await?;
    sizes(inspector, memory, &budget, now).await?;
    if memory.ticks.is_multiple_of(SELDOM) && budget.take(1) {
        let facts = inspector.broker().server_facts().await?;
        memory.redis = facts.as_ref().map(Into::into);
    }
    memory.ticks += 1;
    Ok(())
}

/// Whether past days or the memory of a queue are to be read.
fn is_due(known: &Known, now: DateTime<Utc>) -> bool {
    known.days_due(now) || known.measuring_due(RESERVED, now).is_some()
}

/// Workers and when they announced themselves.
async fn servers(
    inspector: &Inspector,
    memory: &mut Memory,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = memory.servers.as_ref().map_or(0, Vec::len);
    if known > MANY_WORKERS && !memory.ticks.is_multiple_of(SELDOM) {
        return Ok(());
    }
    memory.servers = inspector.known_servers(now).await?;
    let found = memory.servers.as_ref().map_or(0, Vec::len);
    budget.spend(2 + u64::try_from(found).unwrap_or(u64::MAX));
    match inspector.broker().heartbeats().await {
        Ok(found) => memory.heartbeats.see(&found, now),
        Err(error) if error.scope() == Scope::Everything || error.passing() => {
            return Err(error.into());
        }
        // Without the right to this key, only these findings are missing.
        Err(_) => {}
    }
    Ok(())
}

/// The figures of queues, in turn.
async fn figures(
    inspector: &Inspector,
    memory: &mut Memory,
    thresholds: &Thresholds,
    (budget, now): (&Budget, DateTime<Utc>),
) -> Result<(), Error> {
    let turns: Vec<_> = memory.queues.values().map(Known::turn).collect();
    let names: Vec<QueueName> = memory.queues.keys().cloned().collect();
    let order = turns::order(&turns);
    for some in order.chunks(TOGETHER) {
        let some = some.iter().filter_map(|index| names.get(*index));
        let some = some.take_while(|_| budget.take(1));
        let reads = some.map(async |name| {
            let delays = thresholds.of(name).group_max_delay.is_some();
            (name, read(inspector, name, delays, budget, now).await)
        });
        let reads = join_all(reads).await;
        if reads.is_empty() {
            break;
        }
        for (name, read) in reads {
            let Some(known) = memory.queues.get_mut(name) else {
                continue;
            };
            match of_one(read)? {
                Ok(Some(read)) => known.read(&read, now),
                // It comes first in the next tick, with a whole budget.
                Ok(None) => {}
                Err(error) => known.failed(error.to_string()),
            }
        }
    }
    Ok(())
}

/// The figures of a queue; `None` if its groups cost more than what is left.
async fn read(
    inspector: &Inspector,
    queue: &QueueName,
    delays: bool,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<Option<Read>, broker::Error> {
    let broker = inspector.broker();
    let mut stats = broker.ungrouped_stats(queue, now).await?;
    let groups = stats.groups;
    let looks = if delays { 2 } else { 1 };
    let grouped = looks * groups <= MAX_LOOKS;
    let mut oldest_group = None;
    if groups > 0 && grouped {
        if !budget.take(looks * (groups + groups.div_ceil(PAGE))) {
            return Ok(None);
        }
        broker.count_grouped(&mut stats).await?;
        if delays {
            oldest_group = broker.oldest_group(queue, now).await?;
        }
    }
    Ok(Some(Read {
        stats,
        grouped,
        oldest_group,
    }))
}

/// The past days of queues.
async fn days(
    inspector: &Inspector,
    memory: &mut Memory,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let today = now.date_naive();
    let due = memory
        .queues
        .iter()
        .filter(|(_, known)| known.days_due(now));
    let cost = 2 * u64::from(DAYS);
    let due = due
        .take_while(|_| budget.take(cost))
        .map(|(name, _)| name.clone());
    let due: Vec<QueueName> = due.collect();
    let reads = due
        .iter()
        .map(async |name| (name, inspector.broker().history(name, DAYS, now).await));
    for (name, read) in join_all(reads).await {
        if let (Some(known), Ok(days)) = (memory.queues.get_mut(name), of_one(read)?) {
            known.read_days(&days, today);
        }
    }
    Ok(())
}

/// The memory of queues that were not measured for a while.
async fn sizes(
    inspector: &Inspector,
    memory: &mut Memory,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let due = memory.queues.iter().filter_map(|(name, known)| {
        let (at, cost) = known.measuring_due(RESERVED, now)?;
        Some((at, cost, name.clone()))
    });
    let mut due: Vec<_> = due.collect();
    due.sort();
    let left = budget.set_aside(RESERVED);
    for (_, cost, name) in due {
        if !left.take(cost) {
            break;
        }
        let bytes = of_one(inspector.broker().memory(&name).await)?;
        if let Some(known) = memory.queues.get_mut(&name) {
            known.measured(bytes.ok().flatten(), now);
        }
    }
    budget.add(&left);
    Ok(())
}

/// The result for one queue.
///
/// # Errors
/// Errors that concern all queues.
fn of_one<T>(read: Result<T, broker::Error>) -> Result<Result<T, broker::Error>, Error> {
    match read {
        Err(error) if error.scope() == Scope::Everything => Err(error.into()),
        read => Ok(read),
    }
}
