//! What is enqueued again and again: when its ticks are, and what happens at each.

pub mod spec;
