//! Repairs what was found, step by step. Each step looks again first, and its script once more.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Doctor;
use super::announced::Announced;
use super::code::Code;
use super::evidence::evidence;
use super::judge::OVERDUE;
use super::look::{ARCHIVE_AGE, in_no_queue};
use super::steps::{Step, steps};
use super::subject::Subject;
use super::suspects::Suspects;
use crate::broker::StoredId;
use crate::broker::doctor::{Owned, Repaired};
use crate::document::doctor::{RepairDocument, RepairWay};
use crate::inspector::audit::{Counts, Ending, Operation, Record, Target};
use crate::inspector::{Error, Inspector};
use crate::task::{QueueName, TaskId};

/// Locks, groups and the like that are repaired in one step.
const PARTS: usize = 100;

/// What is repaired together: what was found of a code in a queue.
#[derive(Debug)]
struct Job {
    code: Code,
    queue: Option<QueueName>,
    subjects: Vec<Subject>,
}

/// Repairs under way.
#[derive(Debug)]
pub(crate) struct Repairs {
    inspector: Inspector,
    suspects: Suspects,
    dry_run: bool,
    jobs: VecDeque<Job>,
    /// The calls for tasks of the first job, once they have been looked at.
    steps: Option<VecDeque<Step>>,
    done: Vec<RepairDocument>,
    /// Its record in the audit stream; `None` for a dry run.
    record: Option<Record>,
}

impl Doctor {
    /// Prepares to repair what was found of these codes in these queues, as far as it can be repaired.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless it is a dry run.
    pub(crate) fn repairs(
        &self,
        wanted: impl Fn(Code, Option<&QueueName>) -> bool,
        dry_run: bool,
    ) -> Result<Repairs, Error> {
        if !dry_run {
            self.inspector.access.allow("repair")?;
        }
        let mut jobs: BTreeMap<(Code, Option<QueueName>), Vec<Subject>> = BTreeMap::new();
        for seen in &self.sighted {
            if seen.code.repair().is_some() && wanted(seen.code, seen.queue.as_ref()) {
                let job = jobs.entry((seen.code, seen.queue.clone())).or_default();
                job.push(seen.subject.clone());
            }
        }
        let jobs = jobs.into_iter().map(|((code, queue), subjects)| Job {
            code,
            queue,
            subjects,
        });
        let jobs: VecDeque<Job> = jobs.collect();
        let codes: BTreeSet<&str> = jobs.iter().map(|job| job.code.name()).collect();
        let queues: BTreeSet<&QueueName> = jobs.iter().flat_map(|job| &job.queue).collect();
        let target = Target::repairs(
            &queues.into_iter().cloned().collect::<Vec<_>>(),
            &codes.into_iter().collect::<Vec<_>>(),
            jobs.iter().map(|job| job.subjects.len() as u64).sum(),
        );
        let record = (!dry_run).then(|| self.inspector.record(Operation::Repair, target));
        Ok(Repairs {
            inspector: self.inspector.clone(),
            suspects: self.suspects.clone(),
            dry_run,
            done: jobs.iter().map(|job| job.document(dry_run)).collect(),
            jobs,
            steps: None,
            record,
        })
    }
}

/// Counts what was repaired.
fn add(done: &mut RepairDocument, repaired: Repaired) {
    done.repaired += repaired.count;
    for (way, count) in repaired.ways {
        match done.ways.iter_mut().find(|known| known.way == way) {
            Some(known) => known.count += count,
            None => done.ways.push(RepairWay { way, count }),
        }
    }
}

impl Job {
    fn document(&self, dry_run: bool) -> RepairDocument {
        RepairDocument {
            code: self.code.name(),
            queue: self.queue.as_ref().map(ToString::to_string),
            repair: self.code.repair().unwrap_or_default(),
            dry_run,
            found: self.subjects.len() as u64,
            repaired: 0,
            ways: Vec::new(),
        }
    }

    /// The ids of its tasks.
    fn ids(&self) -> Vec<StoredId> {
        let mut ids = Vec::new();
        for subject in &self.subjects {
            if let Subject::Task(id) = subject {
                ids.push(id.clone());
            }
        }
        ids
    }

    /// The ids of its tasks that are on their way.
    fn moving(&self) -> BTreeSet<&TaskId> {
        let mut ids = BTreeSet::new();
        for subject in &self.subjects {
            if let Subject::Moving(id) = subject {
                ids.insert(id);
            }
        }
        ids
    }
}

impl Repairs {
    /// What is repaired, in this order.
    pub(crate) fn done(&self) -> &[RepairDocument] {
        &self.done
    }

    /// Repairs some more. Returns how many were tried, or `None` when all were.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn step(&mut self) -> Result<Option<u64>, Error> {
        let place = self.done.len() - self.jobs.len();
        let Some(job) = self.jobs.front() else {
            self.end(Ending::Done).await;
            return Ok(None);
        };
        if let Some(record) = &mut self.record {
            record.begin().await?;
        }
        let is_of_tasks = matches!(job.subjects.first(), Some(Subject::Task(_)));
        let (tried, repaired) = if is_of_tasks {
            self.repair_tasks().await?
        } else if let Some(some) = self.next_parts() {
            (some.subjects.len(), self.repair_parts(&some).await?)
        } else {
            (0, Repaired::default())
        };
        if tried == 0 {
            self.steps = None;
            self.jobs.pop_front();
        }
        self.note(place, repaired);
        Ok(Some(tried as u64))
    }

    /// Performs the next call for tasks of the first job. Returns how many it tried and repaired.
    async fn repair_tasks(&mut self) -> Result<(usize, Repaired), Error> {
        let job = self.jobs.front();
        let Some((job, queue)) = job.and_then(|job| Some((job, job.queue.as_ref()?))) else {
            return Ok((0, Repaired::default()));
        };
        let broker = &self.inspector.broker;
        if self.steps.is_none() {
            let groups = self.suspects.groups(queue);
            let found = evidence(broker, queue, &job.ids(), groups).await?;
            self.steps = Some(steps(job.code, found).into());
        }
        let Some(step) = self.steps.as_mut().and_then(VecDeque::pop_front) else {
            return Ok((0, Repaired::default()));
        };
        let repaired = step.run(&broker.repair(queue, self.dry_run)).await?;
        Ok((step.len(), repaired))
    }

    /// Takes some of the first job that are not tasks.
    fn next_parts(&mut self) -> Option<Job> {
        let job = self.jobs.front_mut()?;
        // Moves are finished together.
        let most = if job.code == Code::UnfinishedMove {
            usize::MAX
        } else {
            PARTS
        };
        let some = job.subjects.len().min(most);
        Some(Job {
            code: job.code,
            queue: job.queue.clone(),
            subjects: job.subjects.drain(..some).collect(),
        })
    }

    fn note(&mut self, place: usize, repaired: Repaired) {
        if let Some(done) = self.done.get_mut(place) {
            add(done, repaired);
        }
        if let Some(record) = &mut self.record {
            let details = self.done.iter().filter(|done| done.repaired > 0);
            let details: Vec<String> = details.map(RepairDocument::details).collect();
            record.details = Some(details.join("; ")).filter(|details| !details.is_empty());
            let changed = self.done.iter().map(|done| done.repaired).sum();
            record.counts = Some(Counts { changed, failed: 0 });
        }
    }

    /// Records that the repairs have ended before all was repaired.
    pub(crate) async fn stop(&mut self, failed: bool) {
        let ending = if failed {
            Ending::Failed
        } else {
            Ending::Interrupted
        };
        self.end(ending).await;
    }

    async fn end(&mut self, ending: Ending) {
        if let Some(record) = &mut self.record {
            record.end(ending).await;
        }
    }

    /// Repairs what is not a task.
    async fn repair_parts(&self, some: &Job) -> Result<Repaired, Error> {
        let mut repaired = Repaired::default();
        if let Some(queue) = &some.queue {
            let moving = some.moving();
            if !moving.is_empty() {
                let broker = &self.inspector.broker;
                return Ok(broker.repair(queue, self.dry_run).moves(&moving).await?);
            }
            for subject in &some.subjects {
                repaired.count += self.repair_part(some.code, queue, subject).await?;
            }
            return Ok(repaired);
        }
        let announced = Announced::read(&self.inspector).await?;
        for subject in &some.subjects {
            repaired.count += self.repair_entry(subject, &announced).await?;
        }
        Ok(repaired)
    }

    async fn repair_part(
        &self,
        code: Code,
        queue: &QueueName,
        subject: &Subject,
    ) -> Result<u64, Error> {
        let broker = &self.inspector.broker;
        let repair = broker.repair(queue, self.dry_run);
        let repaired = match subject {
            Subject::Lock(key) => {
                let owner = broker.lock_owners(std::slice::from_ref(key)).await?.pop();
                match owner {
                    Some(Owned::By(owner)) => repair.lock(key, &owner).await?,
                    Some(Owned::Free | Owned::OtherType) | None => 0,
                }
            }
            Subject::Group(name) => repair.group(name).await?,
            Subject::Set(name) => repair.set(name, broker.now() - OVERDUE).await?,
            Subject::Queue if code == Code::UnlistedQueue => repair.listing().await?,
            Subject::Queue if code == Code::LeftoverKeys => repair.leftovers().await?,
            Subject::Queue => repair.archive(broker.now() - ARCHIVE_AGE).await?,
            Subject::Task(_)
            | Subject::Moving(_)
            | Subject::Name
            | Subject::Key(_)
            | Subject::Entry(..)
            | Subject::History(_)
            | Subject::Schedule(_) => 0,
        };
        Ok(repaired)
    }

    async fn repair_entry(&self, subject: &Subject, announced: &Announced) -> Result<u64, Error> {
        let broker = &self.inspector.broker;
        if in_no_queue(broker, subject, announced).await?.is_none() {
            return Ok(0);
        }
        let before = broker.now() - OVERDUE;
        Ok(match subject {
            Subject::Entry(set, member) => {
                broker.drop_entry(set, member, before, self.dry_run).await?
            }
            Subject::History(key) => broker.drop_history(key, self.dry_run).await?,
            Subject::Task(_)
            | Subject::Moving(_)
            | Subject::Lock(_)
            | Subject::Group(_)
            | Subject::Set(_)
            | Subject::Queue
            | Subject::Name
            | Subject::Key(_)
            | Subject::Schedule(_) => 0,
        })
    }
}
