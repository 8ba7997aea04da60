//! Schedules as people see them: `columns` of a table, `tick` for single times, `changed` and `synced` for
//! what a command has done, `file` for schedules in a file.

pub(crate) mod changed;
mod columns;
pub(crate) mod file;
pub(crate) mod synced;
#[cfg(test)]
mod tests;
mod tick;
