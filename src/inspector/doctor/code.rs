//! What a finding of the doctor is about. `explain` says more about each.

use crate::document::trouble::TroubleCode;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Tasks are lost to workers, or workers fail on them.
    Error,
    /// Something is refused or hidden that should not be.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Whether and when a finding may resolve itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// A running server may be about to change it, so it is looked at twice.
    LooksTwice,
    /// It stays until somebody changes it.
    Stays,
}

/// A row of the table of codes: the code, its name, its severity, whether a second look is needed, and what a repair does.
macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $lasting:ident $repair:expr;)+) => {
        /// What a finding is about. The worst come first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Code {
            $($code,)+
        }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Its stable name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            pub(crate) const fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)+ }
            }

            pub(crate) const fn lasting(self) -> Lasting {
                match self { $(Self::$code => Lasting::$lasting,)+ }
            }

            /// What `--fix` does with what is found; `None`: it does nothing.
            pub(crate) const fn repair(self) -> Option<&'static str> {
                match self { $(Self::$code => $repair,)+ }
            }
        }
    };
}

codes! {
    LostTask "lost-task" Error LooksTwice Some("put back where the state says, or set aside");
    MissingTask "missing-task" Error LooksTwice Some("remove the id, or set it aside");
    TwoContainers "two-containers" Error LooksTwice Some("keep it where the state says");
    WrongState "wrong-state" Error LooksTwice Some("write the state of the container");
    NoLease "no-lease" Error LooksTwice Some("give it a lease that is over");
    LeaseOver "lease-over" Error LooksTwice Some("make it pending");
    UnreadableTask "unreadable-task" Error LooksTwice Some("set aside with its bytes");
    UnlistedQueue "unlisted-queue" Error LooksTwice Some("list the queue");
    UnlistedGroup "unlisted-group" Error LooksTwice Some("list the group");
    UnlistedSet "unlisted-set" Error LooksTwice Some("put its tasks back into the group");
    StaleSet "stale-set" Error LooksTwice Some("put its tasks back into the group");
    UnfinishedMove "unfinished-move" Error LooksTwice Some("finish the move");
    OldArchive "old-archive" Error Stays Some("delete what is over 90 days old");
    WrongType "wrong-type" Error Stays None;
    StaleLock "stale-lock" Warning LooksTwice Some("release the lock");
    ArchivedLock "archived-lock" Warning Stays None;
    StrayLease "stray-lease" Warning LooksTwice Some("remove the lease");
    SetAside "set-aside" Warning Stays None;
    DoubleSchedule "double-schedule" Warning LooksTwice None;
    EmptyGroup "empty-group" Info LooksTwice Some("remove the name");
    PendingSince "pending-since" Info LooksTwice Some("write the time in nanoseconds");
    ArchivedId "archived-id" Info Stays None;
    LargeTask "large-task" Info Stays None;
    LeftoverKeys "leftover-keys" Info LooksTwice Some("delete the keys");
    EmptyQueue "empty-queue" Info LooksTwice None;
    DeadEntry "dead-entry" Info LooksTwice Some("remove the entry");
    DeadHistory "dead-history" Info LooksTwice Some("delete the history");
}

impl Code {
    /// The code of what the thresholds find too.
    pub(crate) const fn of_trouble(code: TroubleCode) -> Option<Self> {
        match code {
            // An active task without a lease is counted as well.
            TroubleCode::Orphaned => Some(Self::LeaseOver),
            TroubleCode::Unserved
            | TroubleCode::PendingTooLong
            | TroubleCode::NotForwarded
            | TroubleCode::Failing
            | TroubleCode::RetriesDue
            | TroubleCode::WorkerSilent
            | TroubleCode::PausedTooLong
            | TroubleCode::GroupTooOld
            | TroubleCode::ArchiveFull
            | TroubleCode::ClockDiffers => None,
        }
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let named = |code: &&Self| is_name(code.name(), text);
        if let Some(code) = Self::ALL.iter().find(named) {
            return Ok(*code);
        }
        let code = text.to_owned();
        let mut troubles = TroubleCode::ALL.iter();
        Err(if troubles.any(|trouble| is_name(trouble.name(), text)) {
            UnknownCode::OfThreshold(code)
        } else {
            UnknownCode::Other(code)
        })
    }
}

/// Whether a text is the name of a code. People write `_` for `-`, as in the keys of the configuration.
fn is_name(name: &str, text: &str) -> bool {
    name == text.replace('_', "-")
}

/// There is no such code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownCode {
    /// It is a figure beyond a threshold.
    #[error(
        "{0:?} depends on a threshold, and a repair cannot change that: qctl doctor explain {0}"
    )]
    OfThreshold(String),
    #[error("{0:?} is not a code; qctl doctor explain lists them")]
    Other(String),
}

/// What a code stands for, wherever it was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Explained {
    Damage(Code),
    Trouble(TroubleCode),
}

impl Explained {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let damage = Code::ALL.iter().copied().map(Self::Damage);
        damage.chain(TroubleCode::ALL.map(Self::Trouble))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Damage(code) => code.name(),
            Self::Trouble(code) => code.name(),
        }
    }

    /// The codes under which a scan reports it; none if only the thresholds find it.
    pub(crate) fn scanned(self) -> Vec<Code> {
        match self {
            Self::Damage(code) => vec![code],
            Self::Trouble(TroubleCode::Orphaned) => vec![Code::NoLease, Code::LeaseOver],
            Self::Trouble(_) => Vec::new(),
        }
    }

    /// Whether `--fix` does something about it.
    pub(crate) fn can_be_repaired(self) -> bool {
        self.scanned().iter().any(|code| code.repair().is_some())
    }
}

impl std::str::FromStr for Explained {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let mut troubles = TroubleCode::ALL.into_iter();
        match troubles.find(|code| is_name(code.name(), text)) {
            Some(trouble) => Ok(Self::Trouble(trouble)),
            None => text.parse().map(Self::Damage),
        }
    }
}
