//! broker
pub mod found;
