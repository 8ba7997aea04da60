//! Pieces of HTML that several pages use.

pub(super) mod state;
