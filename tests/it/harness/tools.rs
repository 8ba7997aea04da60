//! Programs of the system that some tests need: shells, manual page readers, package managers.
//!
//! `scripts/needs.sh` installs them. Where one is missing, the tests that need it end early and one line says so;
//! `QCTL_REQUIRE_TOOLS=1` makes that a failure.

use std::path::Path;

use super::{say, setting};

/// Whether these programs are there; `tests` says which tests are skipped otherwise.
pub(crate) fn has_tools(tools: &[&str], tests: &str) -> bool {
    let path = setting("PATH").unwrap_or_default();
    let found = |tool: &str| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file());
    let missing: Vec<&str> = tools.iter().copied().filter(|tool| !found(tool)).collect();
    if missing.is_empty() {
        return true;
    }
    let required = setting("QCTL_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "missing: {}", missing.join(", "));
    say(&format!(
        "skipped: {tests}, because of missing programs: {}",
        missing.join(", ")
    ));
    false
}

/// The folder of the sources.
pub(crate) fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
