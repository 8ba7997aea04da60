//! The explanations of codes about queues, groups, locks, servers and schedulers.

use super::code::Code;
use super::explanation::Explanation;

/// The explanation of each code.
pub(super) const PARTS: &[(Code, Explanation)] = &[
    (
        Code::UnlistedQueue,
        Explanation {
            cause: "Another process removed the queue while a client ran. Go's clients register a queue once, and remember it \
                    forever.",
            effect: "Workers process the queue, but no tool of Asynq shows it, and qctl shows it only by its name.",
            repair: "The queue is added to the list of queues.",
            safe: "It is what every client does before its first task. The repair does nothing to a queue without tasks.",
        },
    ),
    (
        Code::UnlistedGroup,
        Explanation {
            cause: "Go's servers put tasks back into a group, after a merge that was not finished or when a retry is due, without listing \
                    the group.",
            effect: "No server merges its tasks before another task joins the group.",
            repair: "The group is added to the list of groups.",
            safe: "It is what every client does when a task joins. The repair does nothing to a group without tasks.",
        },
    ),
    (
        Code::UnlistedSet,
        Explanation {
            cause: "The entry of an open aggregation set was removed, and the set was not.",
            effect: "No server puts its tasks back, and no tool lists them.",
            repair: "Its tasks go back into their group, and the group is listed.",
            safe: "Servers open and close a set with its entry in one script. The repair checks again that there is no entry.",
        },
    ),
    (
        Code::StaleSet,
        Explanation {
            cause: "A server ended while it merged the tasks of a group, and no server is configured for the queue, which would put \
                    them back.",
            effect: "The tasks are in no list of Asynq and are not processed.",
            repair: "Its tasks go back into their group, and the group is listed.",
            safe: "Go's servers do the same two minutes after a set was opened. The repair checks the time again. Merging is \
                   at-least-once in Asynq: a server that is still merging merges twice, with and without this repair.",
        },
    ),
    (
        Code::UnfinishedMove,
        Explanation {
            cause: "qctl edit --move-to was killed, or lost Redis, after it had taken tasks out of the queue and before it had stored them in \
                    the other one. While it runs, its tasks are on their way too.",
            effect: "The tasks are in neither queue, and no worker runs them. They are kept under keys of the queue that they were in.",
            repair: "They are stored in the queue that they were moved to. If that has a task of the same id, or another task holds \
                     the unique lock, they go back.",
            safe: "A receipt in the other queue has the mark of the move, so that a task is stored once, whoever finishes the move, \
                   also if a worker has run it already.",
        },
    ),
    (
        Code::OldArchive,
        Explanation {
            cause: "Asynq removes archived tasks over 90 days old only when another is archived, and in a single call.",
            effect: "Lua cannot pass on 8,000 arguments. The script fails after the task has left active: it stays in the archive as an \
                     active task, and every later archive in the queue fails too.",
            repair: "Archived tasks over 90 days old are deleted with their locks, in steps of 100. It is what Asynq and qctl delete \
                     anyway when they archive.",
            safe: "Each step removes ids and hashes in one script, as the server's own trim does.",
        },
    ),
    (
        Code::WrongType,
        Explanation {
            cause: "Another program uses a key of Asynq's.",
            effect: "Asynq's commands on it fail with WRONGTYPE.",
            repair: "None: only its owner knows what it is. Rename or delete the key.",
            safe: "",
        },
    ),
    (
        Code::StaleLock,
        Explanation {
            cause: "Asynq takes the lock before it checks the id, and keeps it if the id is taken. Bulk deletion, trimming and dropping a \
                    queue leave locks behind, and so does merging a group.",
            effect: "New tasks of this type and payload are refused as duplicates until the lock expires.",
            repair: "The lock is deleted.",
            safe: "The repair checks again that the lock has the same owner, and that the owner does not exist or names another lock. A \
                   client that takes the lock stores the task in the same script.",
        },
    ),
    (
        Code::ArchivedLock,
        Explanation {
            cause: "A unique task was archived. Asynq keeps its lock.",
            effect: "New tasks of this type and payload are refused as duplicates until the lock expires.",
            repair: "None, because the lock is the task's. Retry it with qctl retry, or delete it with qctl delete, which releases \
                     the lock.",
            safe: "",
        },
    ),
    (
        Code::DoubleSchedule,
        Explanation {
            cause: "Schedulers of Go do not coordinate: two of them that register the same entry both fire it (F1).",
            effect: "Each task is enqueued several times.",
            repair: "None. Run one scheduler, make the tasks unique, or store the schedule with qctl cron add.",
            safe: "",
        },
    ),
    (
        Code::EmptyGroup,
        Explanation {
            cause: "The last task left the group without its name being removed.",
            effect: "Servers look at the group each time.",
            repair: "The name is removed.",
            safe: "The repair checks in one script that the group is empty. A task that joins later lists the group again.",
        },
    ),
    (
        Code::LeftoverKeys,
        Explanation {
            cause: "Dropping a queue with Asynq leaves counters, the pause and locks.",
            effect: "A new queue of the same name inherits them: it may be paused from its first task on.",
            repair: "Counters, the pause, and what qctl has noted are deleted. Locks have a finding of their own.",
            safe: "The repair checks again that the queue is not listed and has no tasks. Counters and pauses of a queue that is \
                   created in this moment would start from nothing, as in a new queue.",
        },
    ),
    (
        Code::EmptyQueue,
        Explanation {
            cause: "Asynq lists a queue before it stores the task, also if that is then refused.",
            effect: "None, except that a misspelt name looks like a queue.",
            repair: "None: a client that remembers the queue would not list it again. If nobody uses it, qctl drop removes it.",
            safe: "",
        },
    ),
    (
        Code::DeadEntry,
        Explanation {
            cause: "A server or scheduler was killed. Another one removes the entry when it announces itself.",
            effect: "Tools that do not check the time show it as running.",
            repair: "The entry is removed.",
            safe: "The repair checks the time again. A server that is alive writes its entry every five seconds.",
        },
    ),
    (
        Code::DeadHistory,
        Explanation {
            cause: "A scheduler was killed, or an entry unregistered. Go's schedulers give entries new ids at each start, and histories never \
                    expire (F2).",
            effect: "The history stays forever.",
            repair: "The history is deleted, as a scheduler does when it ends in good order.",
            safe: "No scheduler that is alive announces the entry in either look, and ids of entries are not used again.",
        },
    ),
];
