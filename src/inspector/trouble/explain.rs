//! What each threshold finds: its cause, its effect, what to do, and which key of `[trouble]` decides.

use crate::document::doctor::ExplanationDocument;
use crate::document::trouble::TroubleCode;

/// Cause, effect, and what to do.
#[expect(clippy::too_many_lines, reason = "a table")]
const fn texts(code: TroubleCode) -> [&'static str; 3] {
    match code {
        TroubleCode::Unserved => [
            "Tasks are pending, and no running worker lists the queue among those it serves.",
            "The tasks wait until a worker serves the queue.",
            "Start a worker for the queue, or move its tasks: qctl edit --move-to. `unserved = false` in [trouble] is for queues \
             whose workers start at certain hours.",
        ],
        TroubleCode::PendingTooLong => [
            "The oldest pending task has been waiting for longer than `pending_age` in [trouble]: there are too few workers, \
             they prefer other queues, or the handlers of its type are busy.",
            "Tasks start late.",
            "qctl ls workers shows what runs. Add workers or concurrency, or give the queue a higher weight.",
        ],
        TroubleCode::NotForwarded => [
            "Scheduled tasks or retries have been due for longer than `forward_delay` in [trouble]. Running workers make due tasks \
             of their queues pending.",
            "The tasks do not run, although they are due.",
            "Start a worker for the queue, or see in the log of the running ones why they do not forward.",
        ],
        TroubleCode::Failing => [
            "Of today's attempts (UTC) in the queue, at least `failures` failed, and they are at least the share `failure_rate`, or \
             `failure_factor` times the usual share, as [trouble] says.",
            "Failed tasks are retried later, and archived once they have no retries left.",
            "qctl ls tasks -s retry,archived shows the errors, and qctl logs ID shows what an attempt printed. Fix the handler, \
             then run qctl retry.",
        ],
        TroubleCode::RetriesDue => [
            "At least `retries_due` retries are due within five minutes, and they are more than the share `retries_share` of today's \
             attempts, as [trouble] says.",
            "Many tasks run again at nearly the same time, and other tasks of the queue wait behind them.",
            "If the cause is not fixed yet, pause the queue with qctl pause.",
        ],
        TroubleCode::Orphaned => [
            "Active tasks have no valid lease: their worker was killed or cut off from Redis.",
            "The tasks do not run until another worker of the queue recovers them, 30 to 90 seconds later.",
            "Keep a worker running for the queue. qctl doctor explain lease-over is about tasks that nothing recovers.",
        ],
        TroubleCode::WorkerSilent => [
            "A worker has not announced itself for longer than `worker_silent` in [trouble], and did not say that it ends: it was \
             killed, is cut off from Redis, or does not get processor time.",
            "Its running tasks are recovered by other workers once their leases are over.",
            "Look at the host that is named, and start the worker again.",
        ],
        TroubleCode::PausedTooLong => [
            "The queue has tasks and has been paused for longer than `paused` in [trouble].",
            "None of its tasks start.",
            "Resume it if nobody needs the pause: qctl resume.",
        ],
        TroubleCode::GroupTooOld => [
            "A group is more than twice as old as `group_max_delay` in [trouble] allows: no running worker merges the groups of the \
             queue.",
            "The tasks of the group do not run.",
            "Start a worker that merges groups: [groups] in qctl.toml, or GroupAggregator in Go.",
        ],
        TroubleCode::ArchiveFull => [
            "The archive of the queue is fuller than `archived` in [trouble]. It keeps 10 000 tasks, for 90 days.",
            "In a full archive, each task that is archived deletes the oldest one for good.",
            "Retry or delete what is there, or keep a copy first: qctl export -s archived.",
        ],
        TroubleCode::ClockDiffers => [
            "The clock of a worker differs from that of Redis by at least `clock_distance` in [trouble].",
            "A Go server makes due tasks pending early or late, and may recover tasks that still run. qctl goes by the clock of Redis.",
            "Let a time service such as chrony set the clock of that host.",
        ],
    }
}

impl From<TroubleCode> for ExplanationDocument {
    fn from(code: TroubleCode) -> Self {
        let [cause, effect, fix] = texts(code);
        Self {
            code: code.name(),
            severity: code.severity().name(),
            cause,
            effect,
            repair: None,
            fix,
            safe: "",
        }
    }
}
