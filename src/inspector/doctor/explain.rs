//! What each code means: its cause in Asynq, its effect, its repair, and why the repair is safe while servers run.
//!
//! `docs/doctor.md` is printed from these texts.

use super::code::Code;
use super::explain_parts::PARTS;
use super::explain_tasks::TASKS;
use super::explanation::Explanation;
use crate::figures::thousands;

/// What each code is, for one and for several, and its effect.
const WORDS: &[(Code, [&str; 3])] = &[
    (
        Code::LostTask,
        [
            "task in no container",
            "tasks in no container",
            "out of reach of every worker",
        ],
    ),
    (
        Code::MissingTask,
        [
            "id without a task",
            "ids without a task",
            "servers fail on such ids",
        ],
    ),
    (
        Code::TwoContainers,
        [
            "task in two containers",
            "tasks in two containers",
            "may run twice",
        ],
    ),
    (
        Code::WrongState,
        [
            "task whose state contradicts its container",
            "tasks whose state contradicts their container",
            "tools and workers fail on such a task",
        ],
    ),
    (
        Code::NoLease,
        [
            "active task without a lease",
            "active tasks without a lease",
            "no Go server recovers such a task",
        ],
    ),
    (
        Code::LeaseOver,
        [
            "active task whose lease is long over",
            "active tasks whose lease is long over",
            "the worker is gone, and no other recovers such a task",
        ],
    ),
    (
        Code::UnreadableTask,
        [
            "task whose message cannot be decoded",
            "tasks whose message cannot be decoded",
            "Go servers fail on such a task, and stop recovering others",
        ],
    ),
    (
        Code::UnlistedQueue,
        [
            "queue that is not listed",
            "queues that are not listed",
            "Asynq's tools do not see the tasks",
        ],
    ),
    (
        Code::UnlistedGroup,
        [
            "group that is not listed",
            "groups that are not listed",
            "the tasks are not merged before another one joins",
        ],
    ),
    (
        Code::UnlistedSet,
        [
            "aggregation set that is not listed",
            "aggregation sets that are not listed",
            "the tasks are stuck",
        ],
    ),
    (
        Code::StaleSet,
        [
            "aggregation set that is long over",
            "aggregation sets that are long over",
            "the tasks wait for a server that puts them back",
        ],
    ),
    (
        Code::UnfinishedMove,
        [
            "task on its way to another queue",
            "tasks on their way to another queue",
            "out of reach of every worker",
        ],
    ),
    (
        Code::OldArchive,
        [
            "archive with 8,000 tasks over 90 days old",
            "archives with 8,000 tasks over 90 days old",
            "a Go server that archives a task fails midway",
        ],
    ),
    (
        Code::WrongType,
        [
            "key of another type than Asynq's",
            "keys of another type than Asynq's",
            "commands on such a key fail",
        ],
    ),
    (
        Code::StaleLock,
        [
            "unique lock that no task holds",
            "unique locks that no task holds",
            "new tasks are refused as duplicates until the lock expires",
        ],
    ),
    (
        Code::ArchivedLock,
        [
            "unique lock held by an archived task",
            "unique locks held by archived tasks",
            "new tasks are refused as duplicates until the lock expires",
        ],
    ),
    (
        Code::StrayLease,
        [
            "lease of no active task",
            "leases of no active tasks",
            "Go servers read such a lease again and again",
        ],
    ),
    (
        Code::SetAside,
        [
            "unreadable task set aside",
            "unreadable tasks set aside",
            "kept until deleted, never run",
        ],
    ),
    (
        Code::DoubleSchedule,
        [
            "schedule announced by several schedulers",
            "schedules announced by several schedulers",
            "each scheduler enqueues the tasks",
        ],
    ),
    (
        Code::EmptyGroup,
        [
            "listed group without tasks",
            "listed groups without tasks",
            "servers look at such a group in vain",
        ],
    ),
    (
        Code::PendingSince,
        [
            "pending task with a wrong pending_since",
            "pending tasks with a wrong pending_since",
            "how long such a task has been waiting is unknown",
        ],
    ),
    (
        Code::ArchivedId,
        [
            "archived task with a chosen id",
            "archived tasks with chosen ids",
            "new tasks with the same id are refused",
        ],
    ),
    (
        Code::LargeTask,
        [
            "task with more than 1 MiB",
            "tasks with more than 1 MiB",
            "servers and tools become slow",
        ],
    ),
    (
        Code::LeftoverKeys,
        [
            "queue of which only leftovers exist",
            "queues of which only leftovers exist",
            "a new queue of the same name inherits them",
        ],
    ),
    (
        Code::EmptyQueue,
        [
            "listed queue without tasks and counters",
            "listed queues without tasks and counters",
            "the name may be a mistake",
        ],
    ),
    (
        Code::DeadEntry,
        [
            "announcement that is over",
            "announcements that are over",
            "a server or scheduler ended without removing its announcement",
        ],
    ),
    (
        Code::DeadHistory,
        [
            "history of an entry that no scheduler has",
            "histories of entries that no scheduler has",
            "such a history stays forever",
        ],
    ),
];

fn of<T: Copy>(table: &[(Code, T)], code: Code) -> Option<T> {
    let row = table.iter().find(|(known, _)| *known == code);
    row.map(|(_, value)| *value)
}

/// What is wrong, and what follows from it.
pub(super) fn sentence(code: Code, count: u64) -> String {
    let [one, several, effect] = of(WORDS, code).unwrap_or_default();
    let noun = if count == 1 { one } else { several };
    format!("{} {noun}: {effect}", thousands(count))
}

impl Code {
    /// The whole explanation.
    pub(crate) fn explanation(self) -> Explanation {
        let found = of(TASKS, self).or_else(|| of(PARTS, self));
        found.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        for code in Code::ALL {
            assert!(of(WORDS, *code).is_some(), "{code:?}");
            let text = code.explanation();
            assert!(
                !text.cause.is_empty() && !text.effect.is_empty(),
                "{code:?}"
            );
            assert_eq!(text.safe.is_empty(), code.repair().is_none(), "{code:?}");
        }
    }
}
