//! A password is neither printed nor logged, nor found in the list of processes.

use std::path::Path;

use qctl::task::State;
use rustix::process::Signal;

use super::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;
use crate::harness::{SOON, eventually};

const SECRET: &str = "hunter2";

#[track_caller]
fn discreet(output: &Output) {
    let said = [output.stdout.as_slice(), b"\n", &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn no_error_and_no_log_shows_it() {
    let redis = Redis::with().password(SECRET).start();
    put(&redis, "q", "a", State::Pending);
    let (port, socket) = (redis.port(), redis.socket());
    let socket = socket.display();
    let urls = [
        redis.url(),
        format!("redis://:{SECRET}x@127.0.0.1:{port}"),
        format!("redis://user:{SECRET}@127.0.0.1:{port}"),
        format!("redis://:{SECRET}@127.0.0.1:1"),
        format!("redis://:{SECRET}@nowhere.invalid"),
        format!("redis://:{SECRET}@127.0.0.1:{port}/99"),
        format!("redis://:{SECRET}@127.0.0.1:{port}/x"),
        format!("redis://:{SECRET}@127.0.0.1:99999"),
        format!("redis://user:1/{SECRET}@127.0.0.1"),
        format!("redis://user:{SECRET}/@127.0.0.1"),
        format!("redis://user:{SECRET}#@127.0.0.1"),
        format!("redis://:{SECRET}@"),
        format!("rediss://:{SECRET}@127.0.0.1:1"),
        format!("http://:{SECRET}@127.0.0.1"),
        format!(":{SECRET}@127.0.0.1"),
        format!("user:{SECRET}@127.0.0.1"),
        format!("{SECRET}@127.0.0.1"),
        format!("redis-sentinel://:{SECRET}@127.0.0.1"),
        format!("redis-cluster://:{SECRET}@127.0.0.1:1,127.0.0.1:{port}"),
        format!("redis-cluster://user:{SECRET}@127.0.0.1:{port}"),
        format!("redis-cluster://:{SECRET}@127.0.0.1,127.0.0.1/1"),
        format!("redis-cluster://user:{SECRET}/@127.0.0.1,127.0.0.2"),
        format!("rediss-cluster://:{SECRET}@127.0.0.1:1,nowhere.invalid"),
        format!("redis://{SECRET}@127.0.0.1:{port}"),
        format!("redis://127.0.0.1:{port}?password={SECRET}"),
        format!("redis://127.0.0.1:{port}?{SECRET}"),
        format!("redis://:%{SECRET}@127.0.0.1:{port}"),
        format!("redis://:${{X}}{SECRET}@127.0.0.1:{port}"),
        format!("unix://:{SECRET}@{socket}"),
        format!("unix://:{SECRET}@/nowhere"),
    ];
    for url in &urls {
        for line in ["ls -v --error-format json", "pause q -v"] {
            let args = || line.split(' ');
            discreet(&Qctl::at(url).args(args()).run_unchecked());
            // What is typed for one command may be known to the shell, but is not repeated either.
            discreet(
                &Qctl::alone()
                    .args(args())
                    .args(["--redis", url])
                    .run_unchecked(),
            );
            let toml = format!("[redis]\nurl = {url:?}\n");
            discreet(
                &Qctl::alone()
                    .env_remove("QCTL_REDIS")
                    .args(args())
                    .file("qctl.toml", toml)
                    .run_unchecked(),
            );
        }
    }
}

#[test]
fn a_mistake_beside_it_does_not_quote_it() {
    let toml = format!("[redis]\nurl = \"redis://:{SECRET}@h\" x\n");
    discreet(
        &Qctl::alone()
            .arg("ls")
            .file("qctl.toml", toml)
            .run_unchecked()
            .expect_code(2),
    );
    let yaml = format!("redis:\n  url: redis://:{SECRET}@h\n  urll: 1\n");
    discreet(
        &Qctl::alone()
            .args(["ls", "--config", "c.yaml"])
            .file("c.yaml", yaml)
            .run_unchecked()
            .expect_code(2),
    );
    let wrong = Redis::with().password("other").start();
    let url = format!("redis://127.0.0.1:{}", wrong.port());
    let output = Qctl::at(&url)
        .args(["ls", "-v", "--password-file", "pw"])
        .file("pw", SECRET);
    discreet(&output.run_unchecked().expect_code(4));
}

/// A worker with its guardian and a command: all that they are called with.
#[test]
fn no_process_carries_it_in_its_arguments() {
    let redis = Redis::with().password(SECRET).start();
    put(&redis, "default", "a", State::Pending);
    let worker = Qctl::new(&redis)
        .args(["work", "-v", "--handle", "t=touch started; sleep 1000"])
        .spawn();
    worker.wait_for_line(|line| line.contains("started"), SOON);
    // The worker, its guardian, a shell and the program in it.
    let arguments = eventually(SOON, || {
        let family = family(worker.pid());
        let complete = family
            .iter()
            .any(|(_, arguments)| arguments == "sleep 1000 ");
        complete.then_some(family)
    });
    assert!(arguments.len() >= 3, "{arguments:?}");
    for (pid, arguments) in &arguments {
        assert!(!arguments.contains(SECRET), "{pid}: {arguments}");
    }
    worker.signal(Signal::INT);
    worker.wait_for_line(|line| line.contains("draining"), SOON);
    worker.signal(Signal::INT);
    discreet(&worker.wait(SOON));
}

/// A process with its descendants, each with its arguments.
fn family(root: u32) -> Vec<(u32, String)> {
    let folders = std::fs::read_dir("/proc").unwrap().flatten();
    let all: Vec<(u32, u32, String)> = folders
        .filter_map(|folder| {
            let pid = folder.file_name().to_str()?.parse().ok()?;
            Some((pid, parent(&folder.path())?, arguments(&folder.path())?))
        })
        .collect();
    let mut pids = vec![root];
    let mut index = 0;
    while let Some(&pid) = pids.get(index) {
        pids.extend(
            all.iter()
                .filter(|(_, parent, _)| *parent == pid)
                .map(|(pid, ..)| *pid),
        );
        index += 1;
    }
    all.into_iter()
        .filter(|(pid, ..)| pids.contains(pid))
        .map(|(pid, _, arguments)| (pid, arguments))
        .collect()
}

fn parent(process: &Path) -> Option<u32> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))?
        .trim()
        .parse()
        .ok()
}

fn arguments(process: &Path) -> Option<String> {
    let bytes = std::fs::read(process.join("cmdline")).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
}
