//! The systemd units: systemd itself finds nothing wrong with them, and what they rely on is what the program does.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::{PROGRAM, both, command};
use crate::harness::tools::{has_tools, sources};

const WORKER: &str = "qctl-worker@.service";
const PAGE: &str = "qctl-serve.service";

fn unit(name: &str) -> String {
    fs::read_to_string(sources().join("packaging/systemd").join(name)).unwrap()
}

/// What systemd says about the units in a folder.
fn analyze(folder: &Path, args: &[&str]) -> Output {
    let mut analyze = command("systemd-analyze");
    // The empty part stands for the folders of the system.
    let path = format!("{}:", folder.display());
    analyze
        .args(args)
        .env("SYSTEMD_UNIT_PATH", path)
        .output()
        .unwrap()
}

/// A folder with the units as they are installed, for the program that the tests have built.
fn installed(change: impl Fn(String) -> String) -> TempDir {
    let folder = TempDir::with_prefix("qctl-units-").unwrap();
    for name in [WORKER, PAGE] {
        let text = unit(name).replace("/usr/bin/qctl", PROGRAM);
        fs::write(folder.path().join(name), change(text)).unwrap();
    }
    folder
}

const VERIFY: [&str; 4] = ["verify", "--man=no", "qctl-worker@mail.service", PAGE];

#[test]
fn systemd_finds_nothing_wrong() {
    if !has_tools(&["systemd-analyze"], "the systemd units") {
        return;
    }
    let folder = installed(|text| text);
    let output = analyze(folder.path(), &VERIFY);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        both(&output)
    );

    // The lines that the units propose for secrets are right as well.
    let folder = installed(|text| {
        text.replace("\n#LoadCredential", "\nLoadCredential")
            .replace("\n#Environment", "\nEnvironment")
            .replace("\n#ExecStart", "\nExecStart")
            .replace("/usr/bin/qctl", PROGRAM)
    });
    let output = analyze(folder.path(), &VERIFY);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        both(&output)
    );

    let folder = installed(|text| text.replace("KillMode", "KillMood"));
    assert!(
        both(&analyze(folder.path(), &VERIFY)).contains("Unknown key 'KillMood'"),
        "systemd looks at the units"
    );
}

#[test]
fn little_is_exposed() {
    if !has_tools(&["systemd-analyze"], "the systemd units") {
        return;
    }
    let folder = installed(|text| text);
    for name in ["qctl-worker@mail.service", PAGE] {
        // From 0 to 100, as systemd counts; an ordinary service has 96.
        let output = analyze(
            folder.path(),
            &["security", "--offline=yes", "--threshold=20", name],
        );
        assert!(output.status.success(), "{}", both(&output));
    }
}

#[test]
fn a_worker_has_longer_to_stop_than_its_configuration_gives_running_tasks() {
    let worker = unit(WORKER);
    let seconds = |key: &str| -> u64 {
        let line = worker.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap().parse().unwrap()
    };
    let page = fs::read_to_string(sources().join("docs/config.md")).unwrap();
    let default = page
        .lines()
        .find(|line| line.starts_with("| `shutdown_timeout`"))
        .unwrap();
    let default: u64 = default
        .rsplit_once("default `")
        .unwrap()
        .1
        .split('s')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        seconds("TimeoutStopSec=") > 2 * default,
        "{default} s by default"
    );
    for line in [
        "Type=notify",
        "KillMode=mixed",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "WatchdogSec=30",
    ] {
        assert!(worker.lines().any(|have| have == line), "{line}");
    }
}
