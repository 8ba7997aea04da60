//! What a spec says, without its text and zone.

use super::field::Field;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// Seconds from one tick to the next, at least 1.
    Every(i64),
    Fields(Box<Fields>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) second: Field,
    pub(super) minute: Field,
    pub(super) hour: Field,
    pub(super) day: Field,
    pub(super) month: Field,
    pub(super) weekday: Field,
}
