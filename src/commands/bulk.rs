//! An action on all tasks that a selection describes: count, sample, confirm, then step by step.

use std::time::Duration;

use tokio::time::Instant;

use super::Context;
use super::act::Plan;
use super::confirm::ask;
use super::matcher::Matcher;
use super::selection::places;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Sweep, Walk};
use crate::clock;
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};
use crate::view::moved::Moved;
use crate::view::text;

/// Tasks shown before the question.
const SAMPLE: usize = 3;

/// What the archive of a queue holds; the oldest beyond are deleted, by Asynq's servers and by ours.
const ARCHIVE: u64 = 9_999;

/// A container with tasks in it.
struct Place {
    queue: QueueName,
    container: Container,
    size: u64,
}

/// What was counted at the start.
#[derive(Default)]
struct Counted {
    matched: u64,
    by_queue: Vec<(QueueName, u64)>,
    sample: Vec<FoundTask>,
}

/// Runs a plan on everything it describes.
pub(super) async fn run(
    cx: &mut Context,
    plan: &Plan<'_>,
    states: &[State],
) -> anyhow::Result<Exit> {
    let matcher = plan.selection.filters.matcher()?;
    let broker = super::act::broker(cx, plan).await?;
    let mut found = Vec::new();
    for queue in super::args::queues(&broker, &plan.selection.queues).await? {
        for container in places(&broker, &queue, states, plan.selection.group.as_deref()).await? {
            let size = broker.count(&queue, &container).await?;
            if size > 0 {
                found.push(Place {
                    queue: queue.clone(),
                    container,
                    size,
                });
            }
        }
    }
    let limit = plan.selection.limit.unwrap_or(u64::MAX);
    let counted = match &matcher {
        None => sizes(&broker, &found, limit).await?,
        Some(matcher) if plan.counts_first() => {
            let counted = count(cx, &broker, &found, matcher, limit).await?;
            matcher.tell(&cx.printer);
            counted
        }
        Some(_) => Counted {
            matched: found.iter().map(|place| place.size).sum::<u64>().min(limit),
            ..Counted::default()
        },
    };
    check_archive(plan, &broker, counted.matched, &counted.by_queue).await?;
    let mut moved = Moved::new(plan.verb(), plan.dry_run);
    moved.matched = counted.matched;
    if counted.matched > 0 {
        confirm(cx, plan, counted.matched, counted.sample.iter())?;
    }
    if plan.dry_run {
        moved.changed = moved.matched;
        return cx.show(&moved);
    }
    let ended = change(cx, plan, found, matcher.as_ref(), &mut moved).await;
    if let Some(matcher) = matcher.filter(|_| !plan.counts_first()) {
        matcher.tell(&cx.printer);
    }
    cx.printer.show(&moved, clock::now())?;
    ended
}

/// Counts what fits, by reading everything.
async fn count(
    cx: &Context,
    broker: &Broker,
    found: &[Place],
    matcher: &Matcher,
    limit: u64,
) -> anyhow::Result<Counted> {
    let mut counted = Counted::default();
    let progress = cx
        .printer
        .progress(Some(found.iter().map(|place| place.size).sum()));
    for Place {
        queue, container, ..
    } in found
    {
        let mut of_queue = 0;
        let mut walk = broker.walk(queue, container.clone()).await?;
        loop {
            let page = walk.next().await?;
            if page.is_empty() || counted.matched >= limit {
                break;
            }
            progress.advance(page.len() as u64);
            let now = clock::now();
            for task in page.into_iter().filter(|task| matcher.matches(task, now)) {
                if counted.matched >= limit {
                    break;
                }
                counted.matched += 1;
                of_queue += 1;
                if counted.sample.len() < SAMPLE {
                    counted.sample.push(task);
                }
            }
        }
        counted.by_queue.push((queue.clone(), of_queue));
    }
    Ok(counted)
}

/// Counts without reading.
async fn sizes(broker: &Broker, found: &[Place], limit: u64) -> anyhow::Result<Counted> {
    let mut counted = Counted::default();
    for Place {
        queue,
        container,
        size,
    } in found
    {
        let size = (*size).min(limit - counted.matched);
        if counted.sample.len() < SAMPLE && size > 0 {
            let more = SAMPLE - counted.sample.len();
            counted
                .sample
                .extend(broker.tasks(queue, container, 0, more).await?);
        }
        counted.matched += size;
        counted.by_queue.push((queue.clone(), size));
    }
    Ok(counted)
}

/// Refuses what would push tasks out of the archive for good, unless that is wanted.
pub(super) async fn check_archive(
    plan: &Plan<'_>,
    broker: &Broker,
    matched: u64,
    by_queue: &[(QueueName, u64)],
) -> anyhow::Result<()> {
    if plan.keeps_archive() {
        return Ok(());
    }
    let mut lost = 0;
    let mut queues: Vec<&QueueName> = by_queue.iter().map(|(queue, _)| queue).collect();
    queues.dedup();
    for queue in queues {
        let more: u64 = by_queue
            .iter()
            .filter(|(name, _)| name == queue)
            .map(|(_, size)| size)
            .sum();
        let there = broker
            .count(queue, &Container::State(State::Archived))
            .await?;
        lost += (there + more).saturating_sub(ARCHIVE).min(more + there);
    }
    if lost == 0 {
        return Ok(());
    }
    Err(Failure::usage(
        format!(
            "archiving {} would delete {} for good (an archive holds {ARCHIVE})",
            text::plural(matched, "task"),
            text::plural(lost, "task"),
        ),
        "add --allow-trim if that is wanted, or choose fewer with --limit",
    )
    .into())
}

/// Shows what is about to happen and asks, unless that is not needed.
pub(super) fn confirm<'a>(
    cx: &Context,
    plan: &Plan<'_>,
    count: u64,
    tasks: impl Iterator<Item = &'a FoundTask>,
) -> anyhow::Result<()> {
    if plan.sure || plan.dry_run {
        return Ok(());
    }
    let now = clock::now();
    for task in tasks.take(SAMPLE) {
        let task = TaskDocument::new(task.clone(), now);
        let kind = task.kind.as_deref().unwrap_or("?");
        cx.printer.note(&format!(
            "  {}  {}  {}  {kind}",
            task.queue, task.state, task.id
        ));
    }
    if count > SAMPLE as u64 {
        cx.printer.note("  …");
    }
    Ok(ask(
        cx,
        &format!("{} {}?", plan.action.verb(), text::plural(count, "task")),
    )?)
}

/// Does it, place by place. What was done stands in `moved`, however this ends.
async fn change(
    cx: &mut Context,
    plan: &Plan<'_>,
    found: Vec<Place>,
    matcher: Option<&Matcher>,
    moved: &mut Moved,
) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    let limit = moved.matched;
    let total = match matcher {
        None => limit,
        Some(_) => found.iter().map(|place| place.size).sum(),
    };
    let progress = cx.printer.progress(Some(total));
    let mut pace = Pace::new(plan.rate);
    let mut interrupt = Interrupt::listen()?;
    let mut interrupted = None;
    let mut fitting = 0;
    'places: for mut place in found {
        place.size = place.size.min(limit - fitting);
        let mut steps = Steps::start(&broker, place, plan, matcher).await?;
        while fitting < limit {
            let rest = pace.rest();
            if rest.is_zero() {
                // Even a sleep of nothing takes a tick of the timer.
                interrupted = interrupt.seen();
            } else {
                tokio::select! {
                    exit = interrupt.caught() => interrupted = Some(exit),
                    () = tokio::time::sleep(rest) => {}
                }
            }
            if interrupted.is_some() {
                break 'places;
            }
            let Some(step) = steps.next(plan.action, limit - fitting).await? else {
                break;
            };
            fitting += step.matched;
            moved.changed += step.changed;
            pace.done += step.changed;
            progress.advance(step.seen);
        }
    }
    drop(progress);
    if matcher.is_some() && !plan.counts_first() {
        moved.matched = fitting;
    }
    // Those that other programs took away meanwhile.
    let passed = interrupted.map_or(moved.matched, |_| fitting);
    moved.skipped = passed.saturating_sub(moved.changed);
    Ok(interrupted.unwrap_or(Exit::Done))
}

/// What one step has done.
struct Step {
    /// Tasks come by.
    seen: u64,
    /// Those that fit.
    matched: u64,
    /// Those that were changed.
    changed: u64,
}

/// The two ways through a container: all of it, or what a matcher chooses.
enum Steps<'a> {
    All(Sweep),
    Chosen {
        walk: Walk,
        matcher: &'a Matcher,
        /// Chosen among the last page, and not yet changed.
        waiting: Vec<TaskId>,
        /// Tasks changed in one step.
        most: usize,
    },
}

impl<'a> Steps<'a> {
    async fn start(
        broker: &Broker,
        place: Place,
        plan: &Plan<'_>,
        matcher: Option<&'a Matcher>,
    ) -> anyhow::Result<Self> {
        let Place {
            queue,
            container,
            size,
        } = place;
        // A step comes all at once, so it is no more than a second's.
        let most = plan.rate.map_or(u64::MAX, u64::from);
        Ok(match matcher {
            None => {
                let sweep = broker.sweep(&queue, container, plan.action, Some(size));
                Self::All(sweep.await?.in_steps_of(most))
            }
            Some(matcher) => Self::Chosen {
                walk: broker.walk(&queue, container).await?,
                matcher,
                waiting: Vec::new(),
                most: usize::try_from(most).unwrap_or(usize::MAX),
            },
        })
    }

    async fn next(&mut self, action: Action, limit: u64) -> anyhow::Result<Option<Step>> {
        let now = clock::now();
        match self {
            Self::All(sweep) => Ok(sweep.step(now).await?.map(|swept| Step {
                seen: swept.changed + swept.skipped,
                matched: swept.changed + swept.skipped,
                changed: swept.changed,
            })),
            Self::Chosen {
                walk,
                matcher,
                waiting,
                most,
            } => {
                let mut seen = 0;
                if waiting.is_empty() {
                    let page = walk.next().await?;
                    if page.is_empty() {
                        return Ok(None);
                    }
                    seen = page.len() as u64;
                    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                    let chosen = page.into_iter().filter(|task| matcher.matches(task, now));
                    waiting.extend(chosen.take(limit).map(|task| task.id));
                }
                let step: Vec<TaskId> = waiting.drain(..waiting.len().min(*most)).collect();
                Ok(Some(Step {
                    seen,
                    matched: step.len() as u64,
                    changed: walk.apply(action, &step, now).await?,
                }))
            }
        }
    }
}

/// Keeps a bulk change below a number of tasks a second.
struct Pace {
    rate: Option<u32>,
    started: Instant,
    done: u64,
}

impl Pace {
    fn new(rate: Option<u32>) -> Self {
        Self {
            rate,
            started: Instant::now(),
            done: 0,
        }
    }

    /// How long to rest after what was done.
    fn rest(&self) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let due = Duration::from_secs(self.done) / rate;
        due.saturating_sub(self.started.elapsed())
    }
}
