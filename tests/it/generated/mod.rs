//! What is generated from the program and committed is what the program prints today.
//!
//! `QCTL_UPDATE_GENERATED=1 cargo test --test it generated` writes it anew.

mod config_page;
mod session;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::harness::qctl::Qctl;
use crate::harness::{say, setting};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The commands that help lists, in its order.
pub(crate) fn commands() -> Vec<String> {
    commands_of(&[])
}

/// The same of a command that has commands of its own.
pub(crate) fn commands_of(command: &[&str]) -> Vec<String> {
    let help = Qctl::alone().args(command).arg("--help");
    let help = help.run_unchecked().expect_code(0);
    let listed = help
        .stdout_str()
        .lines()
        .skip_while(|line| *line != "Commands:");
    listed
        .skip(1)
        .take_while(|line| !line.is_empty())
        // Further lines of a description stand further right.
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|word| !["", "help"].contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_readme_names_every_command() {
    let Ok(readme) = std::fs::read_to_string(root().join("README.md")) else {
        say("skipped: there is no README.md yet");
        return;
    };
    let missing: Vec<String> = commands()
        .into_iter()
        .filter(|command| {
            let name = format!("`{command}");
            let named = |(at, _): (usize, &str)| {
                !readme[at + name.len()..].starts_with(char::is_alphanumeric)
            };
            !readme.match_indices(&name).any(named) && !readme.contains(&format!("qctl {command}"))
        })
        .collect();
    assert!(missing.is_empty(), "README.md says nothing of {missing:?}");
}

/// The codes in `docs/doctor.md` are those that `qctl doctor explain` prints.
#[test]
fn the_codes_of_the_doctor_are_fresh() {
    let printed = Qctl::alone()
        .args(["doctor", "explain", "--json"])
        .run_unchecked()
        .expect_code(0)
        .json();
    let mut codes = String::new();
    for code in printed.as_array().unwrap() {
        let text = |key: &str| code[key].as_str().unwrap_or_default().to_owned();
        let (code, severity) = (text("code"), text("severity"));
        write!(codes, "\n### `{code}` ({severity})\n\n").unwrap();
        for key in ["cause", "effect", "fix", "safe"] {
            let title = match key {
                "cause" => "Cause",
                "effect" => "Effect",
                "fix" if text("repair").is_empty() => "What to do",
                "fix" => "Repair",
                _ => "Why it is safe beside running servers",
            };
            if !text(key).is_empty() {
                writeln!(codes, "* **{title}.** {}", text(key)).unwrap();
            }
        }
    }
    let path = root().join("docs/doctor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, _) = page.split_once("## Codes\n").unwrap();
    let wanted = format!("{before}## Codes\n{codes}");
    if setting("QCTL_UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(
            page == wanted,
            "docs/doctor.md is not what `qctl doctor explain` prints; \
             run the tests once with QCTL_UPDATE_GENERATED=1"
        );
    }
}
