//! The session in README.md is what a terminal shows today. Its commands are run, one after the other, and what they
//! print is compared but for ids, times, figures and names of machines.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::root;
use crate::harness::redis::Redis;
use crate::harness::setting;

const BEGIN: &str = "<!-- session: written by QCTL_UPDATE_GENERATED=1 cargo test --test it generated -->\n```console\n";
const END: &str = "```\n<!-- end of session -->";

/// What a shell prints for a command, on both streams.
fn run(command: &str, redis: &Redis, home: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_qctl")).parent().unwrap();
    let path = setting("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["--norc", "-c", &format!("exec 2>&1\n{command}")])
        .env_clear()
        .env("PATH", format!("{}:{}", program.display(), path.display()))
        .env("HOME", home)
        .env("COLUMNS", "100")
        .env("TZ", "UTC")
        .env("QCTL_REDIS", redis.url())
        .current_dir(root())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The commands of a session, each with what it has printed.
fn recorded(session: &str) -> Vec<(String, String)> {
    let parts = session.split("$ ").skip(1);
    let parts = parts.map(|part| part.split_once('\n').unwrap_or((part, "")));
    parts
        .map(|(command, printed)| (command.to_owned(), printed.to_owned()))
        .collect()
}

/// A text without what differs from run to run: each word with a digit in it is one, unless it is a name of the session.
fn shape(text: &str, sorted: bool) -> String {
    let of_the_session = ["welcome-1", "welcome-2"];
    let mut lines = Vec::new();
    // The line about the server has another version, size and number of clients each time.
    for line in text.lines().filter(|line| !line.starts_with("redis ")) {
        let mut shape = String::new();
        for word in line.split_whitespace() {
            let word = word.trim_matches(['"', '(', ')']);
            if word == "ago" {
                continue;
            }
            let word = if word == "now" { "0s" } else { word };
            let is_name = of_the_session.iter().any(|name| word.contains(name));
            if is_name || !word.contains(|c: char| c.is_ascii_digit()) {
                write!(shape, "{word} ").unwrap();
            } else {
                shape.push_str("N ");
            }
        }
        lines.push(shape);
    }
    if sorted {
        lines.sort();
    }
    lines.join("\n")
}

#[test]
fn the_session_in_the_readme_is_what_a_terminal_shows() {
    let redis = Redis::start();
    let home = tempfile::tempdir().unwrap();
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has a session");
    let (session, after) = rest.split_once(END).unwrap();
    let mut fresh = String::new();
    let mut different = Vec::new();
    for (command, printed) in recorded(session) {
        let now = run(&command, &redis, home.path());
        writeln!(fresh, "$ {command}\n{}", now.trim_end()).unwrap();
        // Whether a worker logs the end of a task or the start of the next one first, is chance.
        let by_chance = command.starts_with("qctl work");
        if shape(&now, by_chance) != shape(&printed, by_chance) {
            different.push(format!(
                "$ {command}\n{}\ninstead of\n{}",
                shape(&now, by_chance),
                shape(&printed, by_chance)
            ));
        }
    }
    if setting("QCTL_UPDATE_GENERATED").is_some() && !different.is_empty() {
        std::fs::write(&path, format!("{before}{BEGIN}{fresh}{END}{after}")).unwrap();
        return;
    }
    assert!(
        different.is_empty(),
        "the session in README.md is not what a terminal shows; run the tests once with QCTL_UPDATE_GENERATED=1:\n{}",
        different.join("\n")
    );
}
