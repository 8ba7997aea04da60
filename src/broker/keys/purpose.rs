//! What the keys of queues are for, from their names.

/// What a key of a queue is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A task with this id.
    Task(Vec<u8>),
    /// A unique lock.
    Lock,
    /// A group of this name, or an aggregation set.
    Group(String),
    /// Counters, the pause, receipts, waiting lines: they may be left when the tasks are gone.
    Bookkeeping,
    /// A container, or what says which groups and sets there are.
    Container,
    /// Not known.
    Other,
}
