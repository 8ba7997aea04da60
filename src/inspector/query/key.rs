//! The keys of the selection language.

/// A key: what a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Queue,
    State,
    Type,
    Group,
    Error,
    Older,
    Newer,
    Limit,
    Id,
    Filter,
}

impl Key {
    /// In the order in which they are written.
    pub(super) const ALL: [Self; 10] = [
        Self::Queue,
        Self::State,
        Self::Type,
        Self::Group,
        Self::Error,
        Self::Older,
        Self::Newer,
        Self::Limit,
        Self::Id,
        Self::Filter,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::State => "state",
            Self::Type => "type",
            Self::Group => "group",
            Self::Error => "error",
            Self::Older => "older",
            Self::Newer => "newer",
            Self::Limit => "limit",
            Self::Id => "id",
            Self::Filter => "filter",
        }
    }

    /// The long option of the command line, where it is another word.
    const fn option(self) -> Option<&'static str> {
        match self {
            Self::Older => Some("older-than"),
            Self::Newer => Some("newer-than"),
            Self::Queue
            | Self::State
            | Self::Type
            | Self::Group
            | Self::Error
            | Self::Limit
            | Self::Id
            | Self::Filter => None,
        }
    }

    /// Whether it takes several values, separated by commas.
    pub(super) const fn is_list(self) -> bool {
        match self {
            Self::Queue | Self::State | Self::Id => true,
            Self::Type
            | Self::Group
            | Self::Error
            | Self::Older
            | Self::Newer
            | Self::Limit
            | Self::Filter => false,
        }
    }

    /// A use of it, for hints.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Queue => "queue:critical,import:*",
            Self::State => "state:retry,archived",
            Self::Type => "type:email:*",
            Self::Group => "group:tenant-7",
            Self::Error => "error:\"connection refused\"",
            Self::Older => "older:1h",
            Self::Newer => "newer:30m",
            Self::Limit => "limit:100",
            Self::Id => "id:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            Self::Filter => "filter:\".retried > 3\"",
        }
    }

    /// Which tasks it selects.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Queue => "in these queues, by name or glob",
            Self::State => "in these states",
            Self::Type => "whose type matches this glob",
            Self::Group => "waiting in this group",
            Self::Error => "whose last error contains this text",
            Self::Older => "in their state for longer than this",
            Self::Newer => "in their state for less than this",
            Self::Limit => "the first N",
            Self::Id => "with these ids",
            Self::Filter => "for which this jq expression is true",
        }
    }

    /// The key that is written as this word.
    pub(super) fn read(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|key| key.name() == word || key.option() == Some(word))
    }

    /// The names of all keys.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}
