//! The configuration of a worker is changed while it runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use qctl::task::State;
use rustix::process::Signal;
use tempfile::TempDir;

use super::shop::{Shop, task, typed};
use super::stage::marked;
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually, fifo};

const MARK: &str = "RELOADED";

/// A worker, and the folder in which it runs.
pub(super) struct Site {
    pub(super) worker: Running,
    folder: TempDir,
}

impl Site {
    pub(super) fn open(shop: &Shop, config: &str) -> Self {
        Self::with(shop, config, &[])
    }

    /// The same with other files in its folder.
    pub(super) fn with(shop: &Shop, config: &str, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("qctl-reload-").unwrap();
        for (name, text) in files.iter().chain(&[("qctl.toml", config)]) {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self::in_folder(shop, folder, &[])
    }

    fn in_folder(shop: &Shop, folder: TempDir, args: &[&str]) -> Self {
        let worker = Qctl::new(&shop.redis)
            .cwd(folder.path())
            .env(MARK, folder.path())
            .args(["work", "-c", "8"])
            .args(args)
            .spawn();
        worker.wait_for_line(|line| line.contains("ready  "), SOON);
        Self { worker, folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Replaces the file, as an editor does.
    pub(super) fn write(&self, config: &str) {
        let new = self.path("new.toml");
        fs::write(&new, config).unwrap();
        fs::rename(new, self.path("qctl.toml")).unwrap();
    }

    /// The line of the n-th event of this name, once it is there.
    #[track_caller]
    pub(super) fn event(&self, name: &str, n: usize) -> String {
        let mut seen = 0;
        let wanted = |line: &str| {
            seen += usize::from(is(line, name));
            seen == n
        };
        self.worker.wait_for_line(wanted, SOON)
    }

    /// How many events of this name there were.
    pub(super) fn count(&self, name: &str) -> usize {
        let lines = self.worker.lines();
        lines.iter().filter(|line| is(line, name)).count()
    }

    /// Whether it has started the task.
    pub(super) fn has_started(&self, id: &str) -> bool {
        let lines = self.worker.lines();
        let about = |line: &String| is(line, "started") && line.ends_with(&format!("  {id}"));
        lines.iter().any(about)
    }

    /// Makes a pipe at which a command waits, with `cat NAME`, until it is opened.
    pub(super) fn gate(&self, name: &str) {
        fifo(&self.path(name));
    }

    /// Waits for that command, and lets it go on.
    pub(super) fn open_gate(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    pub(super) fn close(self, shop: &Shop) {
        self.worker.signal(Signal::TERM);
        self.worker.wait(SOON).expect_code(0);
        assert_eq!(marked(MARK, self.folder.path()), [""; 0]);
        assert_no_leaks(&shop.redis);
    }
}

/// Whether a line of the log is about an event of this name.
fn is(line: &str, name: &str) -> bool {
    line.split("  ").any(|word| word.trim() == name)
}

/// Waits until the task is done.
#[track_caller]
pub(super) fn done(shop: &Shop, id: &str) {
    eventually(SOON, || shop.find(id).is_none().then_some(()));
}

#[test]
fn a_running_task_ends_with_its_handler_and_the_next_one_gets_the_new_one() {
    let shop = Shop::open();
    let old = "[handlers.t]\nrun = 'cat gate; echo old $QCTL_TASK_ID >>said'\n";
    let site = Site::open(&shop, old);
    site.gate("gate");
    shop.enqueue(&task("one"));
    site.event("started", 1);
    site.write(
        "[handlers.t]\nrun = 'echo new $QCTL_TASK_ID >>said'\n[handlers.u]\ndiscard = true\n",
    );
    let line = site.event("reloaded", 1);
    assert!(
        line.ends_with("INFO   reloaded   u added, t changed"),
        "{line}"
    );
    shop.enqueue(&task("two"));
    shop.enqueue(&typed("u", "three"));
    done(&shop, "two");
    done(&shop, "three");
    assert_eq!(site.read("said"), "new two\n");
    site.open_gate("gate");
    done(&shop, "one");
    assert_eq!(site.read("said"), "new two\nold one\n");
    site.close(&shop);
}

#[test]
fn sighup_reads_the_file_at_once_and_says_so_even_if_nothing_has_changed() {
    let shop = Shop::open();
    let site = Site::open(&shop, "[handlers.t]\ndiscard = true\n");
    site.worker.signal(Signal::HUP);
    let line = site.event("reloaded", 1);
    assert!(line.ends_with("no handler or group has changed"), "{line}");
    site.write("[handlers.'u*']\ndiscard = true\n");
    let line = site.event("reloaded", 2);
    assert!(line.ends_with("u* added, t removed"), "{line}");
    site.close(&shop);
    let flags_only = Site::in_folder(
        &shop,
        TempDir::with_prefix("qctl-reload-").unwrap(),
        &["--discard", "t"],
    );
    flags_only.worker.signal(Signal::HUP);
    let line = flags_only.event("reload_refused", 1);
    assert!(line.ends_with("there is no configuration file"), "{line}");
    flags_only.close(&shop);
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing_and_the_next_one_is_taken() {
    let shop = Shop::open();
    let site = Site::open(&shop, "[handlers.t]\nrun = 'true'\n");
    let broken = [
        ("[handlers.t]\nrun = \n", "qctl.toml:2:"),
        (
            "[handlers.t]\nexec = ['./missing']\n",
            "qctl.toml:1: handler \"t\": \"./missing\" is not",
        ),
        (
            "[handlers.t]\nrun = 'false'\n[[cron]]\nspec = '* * *'\ntype = 't'\n",
            "qctl.toml:4",
        ),
        (
            "",
            "qctl.toml cannot be used, nothing has changed: no handler is configured",
        ),
        (
            "[handlers.t]\nrun = 'false'\n[handlers.p]\npipe = ['true']\n",
            "handler \"p\" cannot start (",
        ),
    ];
    for (n, (config, why)) in broken.into_iter().enumerate() {
        site.write(config);
        let line = site.event("reload_refused", n + 1);
        assert!(line.contains(why) && line.contains("ERROR"), "{line}");
        assert_eq!(site.count("file"), 0);
        let id = format!("task{n}");
        shop.enqueue(&task(&id));
        done(&shop, &id);
    }
    fs::remove_file(site.path("qctl.toml")).unwrap();
    let line = site.event("reload_refused", broken.len() + 1);
    assert!(line.contains("qctl.toml"), "{line}");
    site.write("[handlers.t]\nrun = 'exit 65'\n");
    site.event("reloaded", 1);
    shop.enqueue(&task("last"));
    shop.reaches("last", State::Archived);
    site.close(&shop);
}

/// Runs a program on a terminal of its own, which it closes once the worker is ready, and exits as the program does.
const TERMINAL: &str = "
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
while b'ready  ' not in said:
    said += os.read(terminal, 1000)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

#[test]
fn a_worker_whose_terminal_is_closed_stops() {
    let shop = Shop::open();
    let ran = Command::new("python3")
        .args(["-c", TERMINAL, env!("CARGO_BIN_EXE_qctl")])
        .args(["--redis", &shop.redis.url()])
        .args(["work", "--discard", "t"])
        .status();
    assert_eq!(ran.unwrap().code(), Some(0));
    assert_no_leaks(&shop.redis);
}

#[test]
fn json_lines_say_the_same_with_all_their_keys() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-reload-").unwrap();
    let file = folder.path().join("qctl.toml");
    fs::write(&file, "[handlers.t]\ndiscard = true\n").unwrap();
    let worker = Qctl::new(&shop.redis)
        .cwd(folder.path())
        .args(["work", "--log-format", "json"])
        .spawn();
    let line = |event: &str| -> serde_json::Value {
        let name = format!("\"event\":\"{event}\"");
        let line = worker.wait_for_line(|line| line.contains(&name), SOON);
        serde_json::from_str(&line).unwrap()
    };
    let ready = line("ready");
    fs::write(&file, "[handlers.u]\ndiscard = true\n").unwrap();
    let reloaded = line("reloaded");
    assert_eq!(reloaded["message"], "u added, t removed");
    assert_eq!(reloaded["level"], "info");
    fs::write(&file, "[handlers.u]\n").unwrap();
    let refused = line("reload_refused");
    let error = refused["error"].as_str().unwrap();
    let begin = "qctl.toml cannot be used, nothing has changed: qctl.toml:1: handlers.u: ";
    assert!(error.starts_with(begin), "{error}");
    let keys = |line: &serde_json::Value| -> Vec<String> {
        line.as_object().unwrap().keys().cloned().collect()
    };
    assert!(keys(&ready) == keys(&reloaded) && keys(&ready) == keys(&refused));
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

/// The folder of a `ConfigMap`: the file is a link into `..data`, which is a link to the folder of a version.
fn publish(folder: &Path, version: &str, config: &str) {
    let data = folder.join(version);
    fs::create_dir(&data).unwrap();
    fs::write(data.join("qctl.toml"), config).unwrap();
    symlink(version, folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
}

#[test]
fn a_new_version_of_a_config_map_is_noticed() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-reload-").unwrap();
    publish(folder.path(), "..v1", "[handlers.t]\ndiscard = true\n");
    symlink("..data/qctl.toml", folder.path().join("qctl.toml")).unwrap();
    let site = Site::in_folder(&shop, folder, &[]);
    publish(&site.path(""), "..v2", "[handlers.u]\ndiscard = true\n");
    let line = site.event("reloaded", 1);
    assert!(line.ends_with("u added, t removed"), "{line}");
    site.close(&shop);
}

#[test]
fn a_reload_warns_of_what_has_no_effect_in_the_worker_that_runs() {
    let shop = Shop::open();
    let site = Site::open(&shop, "[handlers.t]\ndiscard = true\n");
    // The worker keeps the eight slots of its command line.
    let narrow = "[handlers.t]\nrun = 'true'\nconcurrency = 8\n";
    site.write(narrow);
    site.event("reloaded", 1);
    site.write(&format!(
        "{narrow}[handlers.u]\nrun = 'true'\nconcurrency = 9\n"
    ));
    site.event("reloaded", 2);
    let line = site.event("config", 1);
    let warning = "handler \"u\": concurrency = 9 has no effect, since this worker runs at most 8 tasks at a time";
    assert!(line.contains("WARN") && line.ends_with(warning), "{line}");
    site.worker.signal(Signal::HUP);
    site.event("reloaded", 3);
    site.event("config", 2);
    site.close(&shop);
}
