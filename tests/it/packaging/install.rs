//! `scripts/install` with the program that the tests have built.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{PROGRAM, both, command, stdout, tree};

fn install(home: &Path, args: &[&str]) -> std::process::Command {
    let mut install = command("scripts/install");
    install.args(args).env("HOME", home);
    install
}

fn home() -> TempDir {
    TempDir::with_prefix("qctl-install-").unwrap()
}

#[test]
fn a_user_gets_the_program_its_pages_and_its_completions() {
    let home = home();
    let said = stdout(&mut install(home.path(), &["--binary", PROGRAM]));
    let bin = home.path().join(".local/bin");
    assert!(
        said.starts_with(&format!("installed qctl {} in ", env!("CARGO_PKG_VERSION"))),
        "{said}"
    );
    assert!(
        said.contains(&format!("note: {} is not in PATH\n", bin.display())),
        "{said}"
    );
    let tree = tree(&home.path().join(".local"));
    for file in [
        "bin/qctl",
        "share/bash-completion/completions/qctl",
        "share/fish/vendor_completions.d/qctl.fish",
        "share/man/man1/qctl.1",
        "share/man/man1/qctl-cron-add.1",
        "share/man/man5/qctl.toml.5",
        "share/qctl/installed",
        "share/zsh/site-functions/_qctl",
    ] {
        assert!(tree.iter().any(|path| path == file), "{file}: {tree:#?}");
    }
    let version = stdout(command(bin.join("qctl")).arg("--version"));
    assert_eq!(version, format!("qctl {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_second_run_changes_nothing_and_an_upgrade_removes_what_is_no_longer_part() {
    let home = home();
    let local = home.path().join(".local");
    let mut first = install(home.path(), &["--binary", PROGRAM]);
    stdout(&mut first);
    let list = local.join("share/qctl/installed");
    let (before, listed) = (tree(&local), fs::read_to_string(&list).unwrap());
    stdout(&mut first);
    assert_eq!(tree(&local), before);
    assert_eq!(fs::read_to_string(&list).unwrap(), listed);

    let old = "share/man/man1/qctl-old.1";
    fs::write(local.join(old), "a page of an earlier version").unwrap();
    fs::write(&list, format!("{listed}{old}\n")).unwrap();
    stdout(&mut first);
    assert_eq!(tree(&local), before);
}

#[test]
fn uninstall_removes_that_and_nothing_else() {
    let home = home();
    let local = home.path().join(".local");
    for own in ["bin/other", "share/man/man1/other.1"] {
        fs::create_dir_all(local.join(own).parent().unwrap()).unwrap();
        fs::write(local.join(own), "").unwrap();
    }
    let before = tree(&local);
    stdout(&mut install(home.path(), &["--binary", PROGRAM]));
    // Somebody has put a file into a folder that the installation has made.
    let later = local.join("share/zsh/site-functions/_other");
    fs::write(&later, "").unwrap();
    let said = stdout(&mut install(home.path(), &["--uninstall"]));
    assert_eq!(said, format!("removed qctl from {}\n", local.display()));
    assert!(later.exists());
    fs::remove_dir_all(local.join("share/zsh")).unwrap();
    assert_eq!(tree(&local), before);

    let output = install(home.path(), &["--uninstall"]).output().unwrap();
    let nothing = format!(
        "error: scripts/install has installed nothing in {}\nhint: pass --system or --prefix DIR for another place\n",
        local.display()
    );
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap()
        ),
        (Some(1), nothing)
    );
}

#[test]
fn a_foreign_file_is_not_overwritten() {
    let home = home();
    let program = home.path().join("usr/bin/qctl");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::write(&program, "another program of this name").unwrap();
    let prefix = home.path().join("usr");
    let output = install(
        home.path(),
        &["--binary", PROGRAM, "--prefix", prefix.to_str().unwrap()],
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "error: {} is there, and was not installed by this script\nhint: remove it, or pass --prefix DIR\n",
            program.display()
        )
    );
    assert_eq!(tree(&prefix), ["bin/", "bin/qctl"]);
    assert_eq!(fs::read(&program).unwrap(), b"another program of this name");
}

#[test]
fn a_packager_gets_the_same_under_destdir() {
    let home = home();
    let staged = home.path().join("stage");
    let said =
        stdout(install(home.path(), &["--system", "--binary", PROGRAM]).env("DESTDIR", &staged));
    assert!(!said.contains("note:"), "{said}");
    assert!(staged.join("usr/local/bin/qctl").is_file());
    stdout(install(home.path(), &["--system", "--uninstall"]).env("DESTDIR", &staged));
    assert_eq!(tree(&staged), ["usr/", "usr/local/"]);
}

#[test]
fn mistakes_on_the_command_line_are_wrong_usage() {
    let home = home();
    for (args, said) in [
        (
            &["--prefx", "/x"][..],
            "error: unknown option --prefx\nhint: scripts/install --help lists the options\n",
        ),
        (&["--prefix"], "error: --prefix needs a value\n"),
    ] {
        let output = install(home.path(), args).output().unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8(output.stderr).unwrap().as_str()
            ),
            (Some(2), said)
        );
    }
    let output = install(home.path(), &["--binary", "/etc/passwd"])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: /etc/passwd is not a program\n"
    );
}
