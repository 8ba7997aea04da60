//! The machine, and who uses it.

use std::path::PathBuf;

use super::variable;

/// The name of this machine.
pub(crate) fn host() -> String {
    crate::worker::host_name()
}

/// Who uses the program, as far as the system says so.
pub(crate) fn user() -> String {
    let name = variable::text("USER").or_else(|| variable::text("LOGNAME"));
    name.map_or_else(host, |name| format!("{name}@{}", host()))
}

/// The folders in which a plain program name is looked for.
pub(super) fn search_path() -> impl Iterator<Item = PathBuf> {
    let folders = variable::text("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .collect::<Vec<_>>()
        .into_iter()
}
