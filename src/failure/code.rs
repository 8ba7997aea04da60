//! The codes of errors, which scripts rely on: `--error-format json` prints them.

use super::exit::Exit;

macro_rules! codes {
    ($($name:ident = $word:literal, $exit:ident;)+) => {
        /// What kind of failure it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($name,)+
        }

        impl Code {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),+];

            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The exit code of a command that fails for this reason alone.
            pub(crate) const fn exit(self) -> Exit {
                match self {
                    $(Self::$name => Exit::$exit,)+
                }
            }
        }
    };
}

codes! {
    Failed = "failed", Failed;
    OutOfMemory = "out_of_memory", Failed;
    OneOfCluster = "one_of_cluster", Failed;
    TooOld = "too_old", Failed;
    WrongType = "wrong_type", Failed;
    RefusedByRedis = "refused_by_redis", Failed;
    Usage = "usage", Usage;
    Url = "bad_url", Usage;
    Config = "bad_config", Usage;
    Tls = "bad_tls_settings", Usage;
    Filter = "bad_filter", Usage;
    Schedule = "bad_schedule", Usage;
    NoDatabase = "no_such_database", Usage;
    NotConfirmed = "not_confirmed", Usage;
    WouldTrim = "would_trim", Usage;
    NotFound = "not_found", NotFound;
    QueueNotFound = "queue_not_found", NotFound;
    TaskNotFound = "task_not_found", NotFound;
    ScheduleNotFound = "schedule_not_found", NotFound;
    NotAllowed = "not_allowed", NotAllowed;
    Login = "login_refused", NotAllowed;
    NoPermission = "no_permission", NotAllowed;
    Replica = "server_read_only", NotAllowed;
    ReadOnly = "read_only", NotAllowed;
    Unreachable = "unreachable", Unreachable;
    NotReady = "not_ready", Unreachable;
    Unanswered = "unanswered", Unreachable;
    Conflict = "conflict", Conflict;
    Duplicate = "duplicate", Conflict;
    IdTaken = "id_taken", Conflict;
    WrongState = "wrong_state", Conflict;
    OutOfPlace = "out_of_place", Conflict;
    Unreadable = "unreadable", Conflict;
    Ambiguous = "ambiguous", Conflict;
    QueueNotEmpty = "queue_not_empty", Conflict;
    QueueActive = "queue_active", Conflict;
    ScheduleTaken = "schedule_taken", Conflict;
    Partly = "partly_done", Partly;
    NoListener = "no_listener", Partly;
    TimedOut = "timed_out", TimedOut;
    TaskFailed = "task_failed", TaskFailed;
}

/// The general code of an exit code.
impl From<Exit> for Code {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done
            | Exit::Failed
            | Exit::Warning
            | Exit::Critical
            | Exit::Unknown
            | Exit::Interrupted
            | Exit::Terminated
            | Exit::Command(_) => Self::Failed,
            Exit::Usage => Self::Usage,
            Exit::NotFound => Self::NotFound,
            Exit::NotAllowed => Self::NotAllowed,
            Exit::Unreachable => Self::Unreachable,
            Exit::Conflict => Self::Conflict,
            Exit::Partly => Self::Partly,
            Exit::TimedOut => Self::TimedOut,
            Exit::TaskFailed => Self::TaskFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented_with_its_exit_code() {
        let text = include_str!("../../docs/output.md");
        let (_, section) = text.split_once("\n## Error\n").unwrap();
        let rows = section.lines().filter_map(|line| {
            let (exit, rest) = line.strip_prefix("| ")?.split_once(" | `")?;
            let (word, _) = rest.split_once("` | ")?;
            Some((word, exit.parse().ok()?))
        });
        let codes = Code::ALL.iter();
        let codes: Vec<(&str, u8)> = codes
            .map(|code| (code.word(), code.exit().number()))
            .collect();
        assert_eq!(rows.collect::<Vec<_>>(), codes);
    }
}
