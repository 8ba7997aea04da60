//! A password is neither printed nor logged, nor found in the list of processes.

use std::path::Path;

use qctl::task::State;
use rustix::process::Signal;

use super::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;
use crate::harness::tmux::Tmux;
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

/// The variables of this program that a process has, and whatever holds the secret.
fn own_variables(environment: &str) -> Vec<String> {
    let lines = environment.lines();
    let own = lines.filter(|line| line.starts_with("QCTL_") || line.contains(SECRET));
    own.map(|line| line.split('=').next().unwrap().to_owned())
        .collect()
}

#[test]
fn no_variable_passes_it_on_to_handlers_and_commands() {
    let redis = Redis::with().password(SECRET).start();
    put(&redis, "default", "a", State::Pending);
    let of_a_task = |environment: &str| {
        let mut own = own_variables(environment);
        assert!(own.iter().any(|name| name == "QCTL_TASK_ID"), "{own:?}");
        own.retain(|name| !name.starts_with("QCTL_TASK_") && name != "QCTL_ATTEMPT");
        own
    };
    let handler = "t=env > env.new && mv env.new env && echo -n";
    let folder = tempfile::TempDir::with_prefix("qctl-env-").unwrap();
    let seen = || std::fs::read_to_string(folder.path().join("env")).unwrap();
    let other = format!("redis://:{SECRET}@127.0.0.1:1");
    let worker = Qctl::new(&redis).env("REDIS_URL", &other);
    let worker = worker.env("QCTL_CONFIRM", SECRET).cwd(folder.path());
    let worker = worker.args(["work", "--burst", "--handle", handler]);
    worker.run_unchecked().expect_code(0);
    assert_eq!(of_a_task(&seen()), [""; 0]);
    // A handler of dev gets the private Redis, and the command beside it as well.
    let sentinels = format!("redis-sentinel://:{SECRET}@127.0.0.1:1/0?master=m");
    let story = "$PROGRAM enqueue t --wait && env";
    let dev = Qctl::at(&sentinels).env("REDIS_URL", &other);
    let dev = dev.env("QCTL_SENTINEL_PASSWORD", SECRET).cwd(folder.path());
    let dev = dev.env("PROGRAM", env!("CARGO_BIN_EXE_qctl"));
    let dev = dev.args(["dev", "--handle", handler, "--", "sh", "-c", story]);
    let dev = dev.run_unchecked().expect_code(0);
    assert_eq!(of_a_task(&seen()), ["QCTL_REDIS"]);
    let mut own = own_variables(dev.stdout_str());
    own.retain(|name| name != "QCTL_ATTEMPT");
    assert_eq!(own, ["QCTL_REDIS"]);
}

/// Variables of another server than that of a context that was typed.
#[test]
fn commands_of_the_dashboard_get_what_belongs_to_their_server_alone() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let folder = tempfile::TempDir::with_prefix("qctl-env-").unwrap();
    let file = folder.path().join("env");
    let home = folder.path().to_str().unwrap();
    let add = ["context", "add", "prod", &redis.url()];
    let add = Qctl::alone().env("XDG_CONFIG_HOME", home).args(add);
    add.run_unchecked().expect_code(0);
    let editor = format!("env > {} ; true", file.display());
    let variables = [
        ("XDG_CONFIG_HOME", home),
        ("EDITOR", &editor),
        ("QCTL_SENTINEL_PASSWORD", SECRET),
    ];
    let Some(terminal) = Tmux::with(&redis.url(), (100, 30), "dash --context prod", &variables)
    else {
        return;
    };
    terminal.sees(&["live"]);
    terminal.text(":edit a").keys("Enter");
    terminal.sees(&["nothing was changed"]);
    let environment = std::fs::read_to_string(&file).unwrap();
    assert_eq!(own_variables(&environment), ["QCTL_CONTEXT"]);
}
