//! The names of the machine and of the user.

use std::path::PathBuf;

use super::variable;

/// The host name.
pub(crate) fn host() -> String {
    crate::worker::host_name()
}

/// The name of the user, if the environment has it.
pub(crate) fn user() -> String {
    let name = variable::text("USER").or_else(|| variable::text("LOGNAME"));
    name.map_or_else(host, |name| format!("{name}@{}", host()))
}

/// The folders of `PATH`.
pub(super) fn search_path() -> impl Iterator<Item = PathBuf> {
    let folders = variable::text("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .collect::<Vec<_>>()
        .into_iter()
}
