//! worker
pub mod handler;
