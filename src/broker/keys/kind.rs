//! The types that the values of a queue's keys should have.

/// The type for a key, by what follows the hash tag and the colon.
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
