//! What installs qctl: `scripts/install`, `scripts/package` and what they carry.

mod guides;
mod install;
mod release;
mod units;
mod workflow;

use std::path::Path;
use std::process::{Command, Output};

use crate::harness::setting;
use crate::harness::tools::sources;

/// The program that the tests have built.
const PROGRAM: &str = env!("CARGO_BIN_EXE_qctl");

/// A command with little more in its environment than a path.
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", setting("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .current_dir(sources());
    command
}

/// What a command has printed, which must have succeeded.
#[track_caller]
fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", both(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn both(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    )
}

/// The files and folders in a folder, by their paths in it; folders end in `/`.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() && !path.is_symlink() {
                found.push(name + "/");
                left.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}
