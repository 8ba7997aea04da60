//! The JSON documents that scripts read and write: tasks, queues, groups, servers, schedules.
//!
//! Users rely on the keys of a document and their order. Renames in the broker or in the schedules do not affect
//! them: records are plain data and become documents here. `view` lays documents out for people.
//!
//! Conventions: `snake_case` keys; times in RFC 3339, UTC; durations in seconds, with `_seconds` in the key; absent
//! and unknown values are `null`, never missing keys.

pub(crate) mod attempt_log;
pub(crate) mod audit;
#[cfg(feature = "cli")]
pub(crate) mod awaited;
pub(crate) mod change;
#[cfg(feature = "cli")]
pub(crate) mod check;
pub(crate) mod context;
pub(crate) mod doctor;
pub(crate) mod enqueued;
pub(crate) mod failure;
pub(crate) mod hook_event;
pub(crate) mod import;
pub(crate) mod json;
pub(crate) mod outcome;
pub(crate) mod overview;
pub(crate) mod payload;
#[cfg(feature = "cli")]
pub(crate) mod pipe;
#[cfg(test)]
mod properties;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod schedule;
pub(crate) mod schedule_change;
pub(crate) mod serde_fmt;
pub(crate) mod server;
pub(crate) mod stats;
pub(crate) mod stored;
pub(crate) mod sync;
pub(crate) mod task;
pub(crate) mod tick;
#[cfg(feature = "cli")]
pub(crate) mod trial;
pub(crate) mod trouble;
#[cfg(feature = "cli")]
pub(crate) mod version;
pub(crate) mod worker_plan;

/// A struct that is written as one JSON object.
pub(crate) trait Document: serde::Serialize {
    /// The keys in their order, which are also the header of CSV, even for an empty list.
    const FIELDS: &'static [&'static str];
    /// Keys that are read but never written.
    const READ_ONLY: &'static [&'static str];
}

/// Declares a [`Document`]: the struct, its `Serialize` form and its keys, from one list of fields.
///
/// The key is the field's name, or the name after `as`: `kind as "type"`. Fields after `read` are only read; fields
/// after `hidden` are neither written nor read.
macro_rules! document {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident {
            $($(#[$rule:meta])* $field:ident $(as $key:literal)?: $type:ty,)*
        }
        $(read { $($(#[$read_rule:meta])* $read:ident: $read_type:ty,)* })?
        $(hidden { $($(#[$hidden_rule:meta])* $hidden:ident: $hidden_type:ty,)* })?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Serialize)]
        $vis struct $name {
            $(
                $(#[$rule])*
                $(#[serde(rename = $key)])?
                pub $field: $type,
            )*
            $($($(#[$read_rule])* #[serde(skip_serializing)] pub $read: $read_type,)*)?
            $($($(#[$hidden_rule])* #[serde(skip)] pub $hidden: $hidden_type,)*)?
        }

        impl $crate::document::Document for $name {
            const FIELDS: &'static [&'static str] =
                &[$($crate::document::document!(@key $field $($key)?)),*];
            const READ_ONLY: &'static [&'static str] = &[$($(stringify!($read)),*)?];
        }
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}

pub(crate) use document;
