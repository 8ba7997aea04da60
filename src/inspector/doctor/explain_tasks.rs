//! The explanations of codes about single tasks.

use super::code::Code;
use super::explanation::Explanation;

/// The explanation of each code.
pub(super) const TASKS: &[(Code, Explanation)] = &[
    (
        Code::LostTask,
        Explanation {
            cause: "Asynq's inspector archives many tasks at once and trims the archive to 9,999 ids, but leaves the hashes of \
                    the trimmed tasks behind. A completion that fails midway leaves an active hash in no container, and a \
                    result written too late a hash with nothing but a result.",
            effect: "No worker finds the task. Its id is taken, so new tasks with this id are refused, and its memory is never freed.",
            repair: "The task goes back to where its state says: pending, scheduled and retry tasks are due at once, active ones \
                     are recovered as after a lost lease. Archived tasks go to the archive while it has room, otherwise they are set aside \
                     (qctl ls tasks -s aside), where they can be deleted. Hashes without a readable message are set aside with their \
                     bytes.",
            safe: "Asynq moves tasks in scripts, which are atomic, so a task in no container is not being moved by anybody. The repair \
                   checks again that the id is in no sorted set and at neither end of the lists, and that state and time of the task are \
                   those that were read before and after all containers were searched. If a worker has touched it, nothing is done.",
        },
    ),
    (
        Code::MissingTask,
        Explanation {
            cause: "An id was left in a container when its hash was deleted, for example by a client that deletes keys itself. A Go \
                    server that takes such an id from pending moves it to active and writes a hash with nothing but a state.",
            effect: "It can never be processed, recovered or deleted by Asynq. As an active id it makes it impossible to drop the queue.",
            repair: "The id is removed from its container, and a hash with nothing but a state is deleted. If there is anything else, \
                     it is set aside with its bytes.",
            safe: "The repair does nothing if the hash has a message by then. A Go server that holds such an id has already given up on it.",
        },
    ),
    (
        Code::TwoContainers,
        Explanation {
            cause: "A client changed containers without a script, or a script of Asynq failed between two writes.",
            effect: "The task may run twice, or be deleted in one place and be missing in the other.",
            repair: "The task stays in the container that its state names, and its id is removed from the others. If it is in none of \
                     them by its state, nothing is done.",
            safe: "The state is checked again in the script. Every move of Asynq ends with the state of the container in which the task \
                   then is.",
        },
    ),
    (
        Code::WrongState,
        Explanation {
            cause: "A script of Asynq failed midway. With 8,000 tasks over 90 days old in the archive, every task that a Go server \
                    archives stays active by its state.",
            effect: "Asynq's inspector cannot run, archive or delete it, and qctl changes it only after a search.",
            repair: "The state of the container is written. An active task without a lease gets one that is over.",
            safe: "The repair checks again that the id is in the container and has the wrong state. The container counts: it decides \
                   which server takes the task, and Asynq's scripts write the state last.",
        },
    ),
    (
        Code::NoLease,
        Explanation {
            cause: "The lease was removed and the task was not: Go servers recover tasks by their leases alone.",
            effect: "No Go server ever recovers the task. Workers of qctl do after two looks.",
            repair: "The task gets a lease that is over, so that the next server that looks recovers it as after a crash.",
            safe: "Claims of Asynq write the list and the lease in one script, so an active task without a lease has no worker that \
                   could extend it. The lease is only written if there still is none.",
        },
    ),
    (
        Code::LeaseOver,
        Explanation {
            cause: "The worker died or lost Redis, and no server is configured for the queue, which would recover it. One \
                    undecodable message stops the recovery of all queues of a Go server.",
            effect: "The task stays active and does not run.",
            repair: "The task becomes pending, as qctl retry --state orphaned does. This does not count as a retry.",
            safe: "A running worker extends its leases every few seconds. The repair checks again that the lease is over by Redis's \
                   clock. A worker that returns later finds that it has lost its lease.",
        },
    ),
    (
        Code::UnreadableTask,
        Explanation {
            cause: "A program stored something that is not a message of Asynq, or the bytes were damaged.",
            effect: "A Go server that takes it fails after the task is active, and then no longer recovers any task of its queues.",
            repair: "It is set aside with its bytes: qctl ls tasks -s aside lists it, and qctl delete deletes it.",
            safe: "The repair checks that the bytes are those that could not be decoded. No server can process them, and none of \
                   Asynq's operations uses the place where they are kept.",
        },
    ),
    (
        Code::StrayLease,
        Explanation {
            cause: "A task ended or was moved, and its lease was left. Go servers skip it on each look.",
            effect: "Servers read it again and again.",
            repair: "The lease is removed, unless the task is active by then.",
            safe: "The state is checked in the script. A claim writes the state and the lease in one script.",
        },
    ),
    (
        Code::SetAside,
        Explanation {
            cause: "qctl found an id without a readable message and set it aside instead of dropping it.",
            effect: "It never runs, and it is never deleted on its own.",
            repair: "None. Look at it with qctl inspect, then delete it with qctl delete --state aside.",
            safe: "",
        },
    ),
    (
        Code::PendingSince,
        Explanation {
            cause: "Asynq's inspector and requeues do not write pending_since, and leave an old one in archived tasks. The time \
                    is in nanoseconds; other programs write seconds.",
            effect: "The latency of the queue is unknown or wrong, and alerts on it do not work.",
            repair: "A time in seconds, milliseconds or microseconds is converted. A missing one becomes the present.",
            safe: "The repair checks again that the task is pending and has the time that was read. Nothing but tools reads this time.",
        },
    ),
    (
        Code::ArchivedId,
        Explanation {
            cause: "The task was enqueued with an id of the program's choice, and has used up its retries.",
            effect: "Asynq refuses every new task with this id until the archived one is deleted: a periodic task with a fixed id stops \
                     after its first failure.",
            repair: "None, because the task may still be needed. Retry it with qctl retry, or delete it with qctl delete.",
            safe: "",
        },
    ),
    (
        Code::LargeTask,
        Explanation {
            cause: "A payload or a result of more than 1 MiB was stored.",
            effect: "Every server and every tool that lists the queue reads it whole, and Go's heartbeats write it every five seconds.",
            repair: "None. Store the data elsewhere, and its address in the payload.",
            safe: "",
        },
    ),
];
