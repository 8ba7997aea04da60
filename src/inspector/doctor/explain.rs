//! What each code means: its cause in Asynq, its effect, its repair, and why the repair is safe while servers run.
//!
//! `docs/doctor.md` is printed from these texts. The names in brackets are those of Asynq's known faults in the
//! documentation of the protocol.

use super::code::Code;
use super::explanation::Explanation;
use super::{explain_parts, explain_tasks};
use crate::figures::thousands;

/// What is wrong, and what follows from it.
pub(super) fn sentence(code: Code, count: u64) -> String {
    let [one, several, effect] = code.words();
    let noun = if count == 1 { one } else { several };
    format!("{} {noun}: {effect}", thousands(count))
}

impl Code {
    /// What it is, for one and for several, and the effect.
    pub(super) const fn words(self) -> [&'static str; 3] {
        match self {
            Self::LostTask => [
                "task in no container",
                "tasks in no container",
                "no worker finds it",
            ],
            Self::MissingTask => [
                "id without a task",
                "ids without a task",
                "servers stumble over it",
            ],
            Self::TwoContainers => [
                "task in two containers",
                "tasks in two containers",
                "it may run twice",
            ],
            Self::WrongState => [
                "task whose state contradicts its container",
                "tasks whose state contradicts their container",
                "tools and workers fail on it",
            ],
            Self::NoLease => [
                "active task without a lease",
                "active tasks without a lease",
                "no Go server recovers it",
            ],
            Self::LeaseOver => [
                "active task whose lease is long over",
                "active tasks whose lease is long over",
                "the worker is gone, and none recovers the task",
            ],
            Self::UnreadableTask => [
                "task whose message cannot be decoded",
                "tasks whose message cannot be decoded",
                "Go servers fail on it, and stop recovering other tasks",
            ],
            Self::UnlistedQueue => [
                "queue that is not listed",
                "queues that are not listed",
                "Asynq's tools do not see its tasks",
            ],
            Self::UnlistedGroup => [
                "group that is not listed",
                "groups that are not listed",
                "its tasks are not merged before another one joins",
            ],
            Self::UnlistedSet => [
                "aggregation set that is not listed",
                "aggregation sets that are not listed",
                "its tasks are stuck",
            ],
            Self::StaleSet => [
                "aggregation set that is long over",
                "aggregation sets that are long over",
                "its tasks wait for a server that puts them back",
            ],
            Self::OldArchive => [
                "archive with 8,000 tasks over 90 days old",
                "archives with 8,000 tasks over 90 days old",
                "a Go server that archives a task fails midway",
            ],
            Self::WrongType => [
                "key of another type than Asynq's",
                "keys of another type than Asynq's",
                "commands on it fail",
            ],
            Self::StaleLock => [
                "unique lock that no task holds",
                "unique locks that no task holds",
                "new tasks are refused as duplicates until it expires",
            ],
            Self::ArchivedLock => [
                "unique lock held by an archived task",
                "unique locks held by archived tasks",
                "new tasks are refused as duplicates until it expires",
            ],
            Self::StrayLease => [
                "lease of no active task",
                "leases of no active tasks",
                "Go servers read it again and again",
            ],
            Self::SetAside => [
                "unreadable task set aside",
                "unreadable tasks set aside",
                "it never runs",
            ],
            Self::DoubleSchedule => [
                "schedule announced by several schedulers",
                "schedules announced by several schedulers",
                "each of them enqueues its tasks",
            ],
            Self::EmptyGroup => [
                "listed group without tasks",
                "listed groups without tasks",
                "servers look at it in vain",
            ],
            Self::PendingSince => [
                "pending task with a wrong pending_since",
                "pending tasks with a wrong pending_since",
                "how long it has been waiting is unknown",
            ],
            Self::ArchivedId => [
                "archived task with a chosen id",
                "archived tasks with chosen ids",
                "new tasks with the same id are refused",
            ],
            Self::LargeTask => [
                "task with more than 1 MiB",
                "tasks with more than 1 MiB",
                "servers and tools become slow",
            ],
            Self::LeftoverKeys => [
                "queue of which only leftovers exist",
                "queues of which only leftovers exist",
                "a new queue of this name inherits them",
            ],
            Self::EmptyQueue => [
                "listed queue without tasks and counters",
                "listed queues without tasks and counters",
                "its name may be a mistake",
            ],
            Self::DeadEntry => [
                "announcement that is over",
                "announcements that are over",
                "a server or scheduler ended without removing it",
            ],
            Self::DeadHistory => [
                "history of an entry that no scheduler has",
                "histories of entries that no scheduler has",
                "it stays forever",
            ],
        }
    }

    /// The whole explanation.
    pub(crate) fn explanation(self) -> Explanation {
        let found = explain_tasks::explanation(self).or_else(|| explain_parts::explanation(self));
        found.unwrap_or_default()
    }
}
