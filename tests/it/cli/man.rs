//! `qctl man`: the pages exist for all commands, and readers of manual pages have nothing to complain about.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::generated::{commands, commands_of};
use crate::harness::qctl::Qctl;
use crate::harness::tools::{has_tools, sources};

fn page(command: &[&str]) -> String {
    let output = Qctl::alone().arg("man").args(command).run_unchecked();
    output.expect_code(0).stdout_str().to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_command_that_help_lists_has_a_page() {
    let folder = TempDir::with_prefix("qctl-man-").unwrap();
    let new = folder.path().join("new/man1");
    Qctl::alone().args(["man", "--dir"]).arg(&new).run();
    let mut wanted = vec!["qctl.1".to_owned()];
    for command in commands() {
        let under = commands_of(&[&command]);
        wanted.extend(
            under
                .iter()
                .map(|under| format!("qctl-{command}-{under}.1")),
        );
        wanted.push(format!("qctl-{command}.1"));
    }
    wanted.sort();
    assert_eq!(names(&new), wanted);
    let printed = page(&["cron", "add"]);
    assert_eq!(
        std::fs::read_to_string(new.join("qctl-cron-add.1")).unwrap(),
        printed
    );
}

#[test]
fn a_page_has_what_help_has() {
    let root = page(&[]);
    for text in [
        ".TH QCTL 1",
        ".SH EXAMPLES\n.nf\nqctl stats ",
        ".SH \"EXIT STATUS\"",
        "9 the awaited task failed",
        "\\-\\-redis",
        "qctl\\-cron(1)",
    ] {
        assert!(root.contains(text), "{text}:\n{root}");
    }
    let add = page(&["cron add"]);
    for text in [
        ".SH EXAMPLES\n.nf\nqctl cron add nightly \\*(Aq0 3 * * *\\*(Aq",
        "\\fBqctl\\-cron\\fR(1), \\fBqctl.toml\\fR(5)",
        "\\-\\-tz",
    ] {
        assert!(add.contains(text), "{text}:\n{add}");
    }
    assert!(
        !add.contains("\\-\\-redis"),
        "that is in the page of qctl:\n{add}"
    );
    assert_eq!(page(&["cron", "show"]), page(&["cron", "ls"]), "an alias");
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    Qctl::alone()
        .args(["man", "cron", "ad"])
        .status(2)
        .stderr("error: there is no command \"ad\"\nhint: did you mean add?\n")
        .run();
    Qctl::alone()
        .args(["man", "guardian"])
        .status(2)
        .stderr("error: there is no command \"guardian\"\nhint: qctl --help lists the commands\n")
        .run();
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    Qctl::alone()
        .file("taken", "")
        .args(["man", "--dir", "taken"])
        .status(1)
        .stderr("error: cannot write manual pages to taken (File exists (os error 17))\n")
        .run();
}

/// What a reader of manual pages says about a page.
fn complaints(reader: &str, args: &[&str], page: &Path) -> String {
    let output = Command::new(reader)
        .args(args)
        .arg(page)
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "80")
        .output()
        .unwrap();
    let (out, err) = (
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    if reader == "mandoc" {
        return String::from_utf8_lossy(&out).into_owned() + &err;
    }
    assert!(
        output.status.success() && !out.is_empty(),
        "{}: {err}",
        page.display()
    );
    err
}

#[test]
fn readers_render_every_page_without_a_warning() {
    if !has_tools(&["man", "groff", "mandoc"], "how manual pages are rendered") {
        return;
    }
    let folder = TempDir::with_prefix("qctl-man-").unwrap();
    Qctl::alone()
        .args(["man", "--dir"])
        .arg(folder.path())
        .run();
    let mut pages: Vec<_> = names(folder.path())
        .iter()
        .map(|name| folder.path().join(name))
        .collect();
    pages.push(sources().join("packaging/man/qctl.toml.5"));
    for page in &pages {
        let man = complaints("man", &["--warnings", "--local-file"], page);
        assert_eq!(man, "", "man: {}", page.display());
        // A page without a date is the same whenever it is made.
        let lint = complaints("mandoc", &["-T", "lint", "-W", "warning"], page);
        let rest: Vec<&str> = lint
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert!(rest.is_empty(), "mandoc: {rest:#?}");
    }
}
