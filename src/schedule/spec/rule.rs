//! What a spec says, without its text and zone.

use super::field::Field;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    Every(Delay),
    Fields(Box<Fields>),
}

/// The delay of `@every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delay {
    /// From one tick to the next, at least 1.
    pub(super) seconds: i64,
    /// `seconds` is not what is written: it was below 1, or had a fraction.
    pub(super) rounded: bool,
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
