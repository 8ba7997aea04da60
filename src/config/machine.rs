//! The names of the machine and of the user, and their folders.

use std::path::{Path, PathBuf};

use super::variable;

/// The host name.
pub(crate) fn host() -> String {
    crate::worker::host_name()
}

/// The user and the host. Containers and cron jobs often have no `USER`.
pub(crate) fn user() -> String {
    let name = variable::text("USER").or_else(|| variable::text("LOGNAME"));
    let name = name.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    format!("{name}@{}", host())
}

/// The command of the editor that the user has chosen. `VISUAL` needs a terminal that can move its cursor.
pub(crate) fn editor() -> Option<String> {
    let is_dumb = variable::text("TERM").is_none_or(|terminal| terminal == "dumb");
    let visual = variable::text("VISUAL").filter(|_| !is_dumb);
    visual.or_else(|| variable::text("EDITOR"))
}

/// The folder for files that only matter while a program runs: the user's own, if there is one.
pub(crate) fn runtime_folder() -> PathBuf {
    variable::text("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// The folder of the user's settings.
pub(super) fn config_home() -> Option<PathBuf> {
    let home = || variable::text("HOME").map(|home| Path::new(&home).join(".config"));
    variable::text("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(home)
}

/// The folders of `PATH`.
pub(super) fn search_path() -> impl Iterator<Item = PathBuf> {
    let folders = variable::text("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .collect::<Vec<_>>()
        .into_iter()
}
