//! A worker with one handler for tasks of all types, as an operator starts it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use qctl::task::NewTask;
use rustix::process::Signal;
use tempfile::TempDir;

use super::kinds::{Kind, Opened, Server};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::running::{Output, Running};
use crate::harness::{SOON, eventually, fifo};
use crate::worker::shop::{Shop, typed};
use crate::worker::stage::marked;

/// Processes of a handler inherit it from the worker.
const MARK: &str = "CONFORMANCE";

pub(super) struct Stand {
    pub(super) shop: Shop,
    pub(super) worker: Running,
    folder: TempDir,
    server: Option<Server>,
}

/// A folder for a worker to run in.
pub(super) fn folder() -> TempDir {
    TempDir::with_prefix("qctl-handler-").unwrap()
}

impl Stand {
    /// The worker runs, and has 4 slots.
    pub(super) fn open(kind: &Kind) -> Self {
        Self::with(kind, 4, &[])
    }

    /// With more flags of the worker.
    pub(super) fn with(kind: &Kind, slots: usize, flags: &[&str]) -> Self {
        let folder = folder();
        // The player waits at it from its start.
        fifo(&folder.path().join("go"));
        let player = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/play.py");
        let Opened { keys, server } = (kind.open)(&player.display().to_string(), folder.path());
        let mut config =
            format!("[handlers.'*']\n{keys}\nretry = {{ backoff = 'constant', min = '1h' }}\n");
        if let Some(keys) = kind.waiting {
            config += "[handlers.wait]\n";
            config += keys;
        }
        let slots = slots.to_string();
        let flags = [&["-c", &slots], flags].concat();
        Self {
            server,
            ..Self::of(folder, &config, &flags)
        }
    }

    /// With this configuration file, in this folder.
    pub(super) fn of(folder: TempDir, config: &str, flags: &[&str]) -> Self {
        let shop = Shop::open();
        std::fs::write(folder.path().join("qctl.toml"), config).unwrap();
        let worker = Qctl::new(&shop.redis)
            .cwd(folder.path())
            .env(MARK, folder.path())
            .arg("work")
            .args(flags)
            .spawn();
        worker.wait_for_line(|line| line.contains("ready  "), SOON);
        Self {
            shop,
            worker,
            folder,
            server: None,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Enqueues a task that is called like its type, with this payload, and keeps its result.
    pub(super) fn play_with(&self, kind: &str, payload: &[u8]) {
        let task = NewTask {
            payload: Some(payload.to_vec()),
            ..typed(kind, kind)
        };
        let kept = task.with(|options| options.retention = Duration::from_secs(60));
        self.shop.enqueue(&kept);
    }

    pub(super) fn play(&self, kind: &str) {
        self.play_with(kind, b"p");
    }

    /// The limit is the task's own, so that a slow machine has the time for those that follow.
    pub(super) fn play_for_a_second(&self, kind: &str) {
        let limit = Some(Duration::from_secs(1));
        let task = typed(kind, kind).with(|options| options.timeout = limit);
        self.shop.enqueue(&task);
    }

    /// Waits until so many tasks run.
    #[track_caller]
    pub(super) fn started(&self, count: usize) {
        eventually(SOON, || {
            let entries = std::fs::read_dir(self.folder.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name());
            let started = names.filter(|name| name.as_encoded_bytes().starts_with(b"started."));
            (started.count() >= count).then_some(())
        });
    }

    /// Lets the tasks that wait end, also those that have not opened the pipe yet, until the returned file is dropped.
    pub(super) fn let_go(&self) -> File {
        let pipe = File::options().read(true).write(true).open(self.path("go"));
        pipe.unwrap()
    }

    /// Waits for a line of the log.
    #[track_caller]
    pub(super) fn says(&self, text: &str) -> String {
        self.worker.wait_for_line(|line| line.contains(text), SOON)
    }

    /// Processes of the handlers, the guardian and the worker that are there.
    pub(super) fn processes(&self) -> Vec<String> {
        marked(MARK, self.folder.path())
    }

    /// Stops the worker, and looks for what it leaves behind.
    #[track_caller]
    pub(super) fn close(self) -> Output {
        let (output, shop) = self.ended();
        assert_no_leaks(&shop.redis);
        output
    }

    /// The same, if Redis still has an open set of a group.
    #[track_caller]
    pub(super) fn stop(self) -> Output {
        self.ended().0
    }

    #[track_caller]
    fn ended(mut self) -> (Output, Shop) {
        self.worker.signal(Signal::TERM);
        let output = self.worker.wait(SOON).expect_code(0);
        drop(self.server.take());
        assert_eq!(marked(MARK, self.folder.path()), [""; 0]);
        (output, self.shop)
    }
}
