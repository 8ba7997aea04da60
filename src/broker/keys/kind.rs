//! The types that the values of keys should have.

/// The type for a key of a queue, by what follows the hash tag and the colon.
pub(super) fn of(name: &str) -> &'static str {
    match name {
        "pending" | "active" => "list",
        "groups" | "qctl:moving" => "set",
        "qctl:logs" => "sorted set",
        "qctl:log_sizes" => "hash",
        _ if name.starts_with("qctl:log:") => "list",
        "scheduled" | "retry" | "archived" | "completed" | "lease" | "aggregation_sets"
        | "qctl:aside" => "sorted set",
        _ if name.starts_with("g:") || name.starts_with("qctl:waiting:") => "sorted set",
        _ if name.starts_with("t:") || name.starts_with("qctl:moving:") => "hash",
        _ => "string",
    }
}

/// The type for a key of Asynq that belongs to no queue, by what follows its prefix.
pub(super) fn of_asynq(name: &str) -> Option<&'static str> {
    match name {
        "queues" => Some("set"),
        "servers" | "workers" | "schedulers" => Some("sorted set"),
        _ if name.starts_with("servers:{") => Some("string"),
        _ if name.starts_with("workers:{") => Some("hash"),
        _ if name.starts_with("schedulers:{") => Some("list"),
        _ if name.starts_with("scheduler_history:") => Some("sorted set"),
        _ => None,
    }
}

/// The type for a key of qctl that belongs to no queue.
pub(super) fn of_qctl(key: &str) -> Option<&'static str> {
    match key {
        "qctl:audit" => Some("stream"),
        "qctl:{cron}:names" => Some("set"),
        "qctl:{cron}:version" => Some("string"),
        "qctl:{cron}:broken_files" => Some("sorted set"),
        _ if key.starts_with("qctl:{cron}:schedule:") => Some("hash"),
        _ if key.starts_with("qctl:{cron}:history:") => Some("list"),
        _ => None,
    }
}
