//! Workers of all kinds, and the programs that are never killed.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{MARK, Soak, played};
use crate::harness::SOON;
use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::web::{Page, TOKEN};
use crate::worker::stage::lives;

/// The queues that all workers serve: two of producers, one of operators, one of schedules.
pub(super) const ALL: [&str; 4] = ["main", "side", "bulk", "cron"];

/// For `qctl work`: retries come soon, so that queues run empty soon.
const CONFIG: &str = "[worker]\nqueues = { main = 2, side = 1, bulk = 1, cron = 1, kinds = 1 }\nconcurrency = 3\nshutdown_timeout = \"500ms\"\n\
     [handlers.\"*\"]\nrun = \"exec sh $SOAK_HANDLER\"\nretry = { backoff = \"constant\", min = \"1s\" }\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `qctl work`, with leases of 30 seconds.
    Real,
    /// The same, with a wall clock that jumps.
    Skewed,
    /// With leases of 5 seconds.
    Short,
    Go,
}

pub(super) enum Process {
    Qctl(Running),
    Go(Peer),
}

impl Process {
    pub(super) fn pid(&self) -> Pid {
        let pid = match self {
            Self::Qctl(running) => running.pid(),
            Self::Go(peer) => peer.pid(),
        };
        Pid::from_raw(pid.try_into().unwrap()).unwrap()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }
}

/// A worker that is started again when it has ended.
pub(super) struct Worker {
    name: &'static str,
    pub(super) kind: Kind,
    times: usize,
    pub(super) process: Option<Process>,
}

impl Worker {
    fn start(soak: &Soak, name: &'static str, kind: Kind) -> Mutex<Self> {
        let mut worker = Self {
            name,
            kind,
            times: 0,
            process: None,
        };
        worker.start_again(soak);
        Mutex::new(worker)
    }

    /// The name of the process in the record.
    pub(super) fn incarnation(&self) -> String {
        format!("{}.{}", self.name, self.times)
    }

    /// Where the clock of a [`Kind::Skewed`] is shifted.
    pub(super) fn shift(&self, soak: &Soak) -> PathBuf {
        soak.file(self.name)
    }

    /// Starts it unless it runs.
    pub(super) fn keep(&mut self, soak: &Soak) {
        if self
            .process
            .as_ref()
            .is_some_and(|process| lives(process.pid()))
        {
            return;
        }
        if let Some(Process::Qctl(running)) = &self.process {
            let what = format!("a worker ended by itself ({:?})", self.kind);
            soak.notice(&what, &running.lines());
        }
        self.start_again(soak);
    }

    /// Keeps what the one before has said.
    pub(super) fn start_again(&mut self, soak: &Soak) {
        if let Some(Process::Qctl(running)) = self.process.take() {
            keep_log(soak, &self.incarnation(), &running);
        }
        self.times += 1;
        let name = self.incarnation();
        self.process = match self.kind {
            Kind::Real => Some(Process::Qctl(work(soak, &name).spawn())),
            Kind::Skewed => {
                let work = work(soak, &name).clock_ahead_as_in(&self.shift(soak));
                Some(Process::Qctl(work.spawn()))
            }
            Kind::Short => Some(Process::Qctl(short(soak, &name))),
            Kind::Go => go(soak, &name).map(Process::Go),
        };
    }
}

fn equipped(soak: &Soak, qctl: Qctl, name: &str) -> Qctl {
    qctl.env("SOAK_WORKER", name)
        .env("SOAK_RECORD", soak.file("record"))
        .env("SOAK_HANDLER", soak.file("handler.sh"))
        .env(MARK, soak.folder.path())
}

fn work(soak: &Soak, name: &str) -> Qctl {
    let qctl = soak
        .qctl("work --config qctl.toml")
        .file("qctl.toml", format!("{CONFIG}{}", soak.kinds.config(soak)));
    equipped(soak, qctl, name)
}

fn short(soak: &Soak, name: &str) -> Running {
    let test = std::env::current_exe().unwrap();
    let play = format!(
        "exec {} --exact {} --nocapture",
        test.display(),
        played::TEST
    );
    equipped(soak, Qctl::played_by(&play), name)
        .env(played::URL, &soak.url)
        .env(played::COMMAND, "exec sh $SOAK_HANDLER")
        .spawn()
}

fn go(soak: &Soak, name: &str) -> Option<Peer> {
    let mut peer = soak.peer()?;
    let serve = json!({
        "op": "serve", "concurrency": 2, "queues": {"main": 2, "side": 1, "bulk": 1, "cron": 1}, "task_check_ms": 200,
        "delayed_check_ms": 1000, "shutdown_timeout_ms": 500, "retry_delay_s": 1, "handlers": {"*": {"do": "record"}},
        "record": {"file": soak.file("record"), "worker": name},
    });
    // Go's server refuses to start while Redis does not answer.
    peer.try_call(&serve).ok().map(|_| peer)
}

/// All workers, and programs that are never killed.
pub(super) struct Crew {
    /// Their troubles are short.
    pub(super) quick: Vec<Mutex<Worker>>,
    pub(super) slow: Vec<Mutex<Worker>>,
    pub(super) steady: Mutex<Worker>,
    pub(super) scheduler: Running,
    pub(super) watch: Running,
    pub(super) page: Page,
}

impl Crew {
    pub(super) fn start(soak: &Soak) -> Self {
        let serve = soak.bare().file("token", TOKEN);
        Self {
            quick: ["short1", "short2", "short3"]
                .map(|name| Worker::start(soak, name, Kind::Short))
                .into(),
            slow: [
                ("real", Kind::Real),
                ("skewed", Kind::Skewed),
                ("go", Kind::Go),
            ]
            .map(|(name, kind)| Worker::start(soak, name, kind))
            .into(),
            steady: Worker::start(soak, "steady", Kind::Real),
            scheduler: soak.qctl("cron run-scheduler").spawn(),
            watch: soak.qctl("stats --watch=1s --json").spawn(),
            page: Page::of(serve, &["--auth-file", "token"]),
        }
    }

    /// Those that can be ended, in turn.
    pub(super) fn workers(&self) -> impl Iterator<Item = MutexGuard<'_, Worker>> {
        let all = self.quick.iter().chain(&self.slow);
        all.chain([&self.steady])
            .map(|worker| worker.lock().unwrap())
    }

    /// The programs that live as long as the soak, with their names.
    pub(super) fn lasting(&self) -> Vec<(&'static str, u32)> {
        let steady = self.steady.lock().unwrap();
        let steady = steady.process.as_ref().unwrap().pid();
        vec![
            ("work", steady.as_raw_nonzero().get().unsigned_abs()),
            ("cron run-scheduler", self.scheduler.pid()),
            ("stats --watch", self.watch.pid()),
            ("serve", self.page.running.pid()),
        ]
    }

    /// Stops everything as an order does.
    pub(super) fn stop(self, soak: &Soak) {
        let workers = self.quick.into_iter().chain(self.slow).chain([self.steady]);
        for worker in workers {
            let worker = worker.into_inner().unwrap();
            let name = worker.incarnation();
            match worker.process {
                Some(Process::Qctl(running)) => end(soak, &name, running),
                Some(Process::Go(mut peer)) => drop(peer.call(&json!({"op": "shutdown"}))),
                None => {}
            }
        }
        end(soak, "the scheduler", self.scheduler);
        end(soak, "stats --watch", self.watch);
        end(soak, "serve", self.page.running);
    }
}

fn keep_log(soak: &Soak, name: &str, running: &Running) {
    let log = soak.file(&format!("{name}.log"));
    std::fs::write(log, running.lines().join("\n")).unwrap();
}

fn end(soak: &Soak, name: &str, running: Running) {
    keep_log(soak, name, &running);
    running.signal(Signal::TERM);
    let output = running.wait(SOON);
    // A command that is interrupted ends with the number of the signal.
    if !matches!(output.code, Some(0 | 143)) {
        let said = String::from_utf8_lossy(&output.stderr);
        soak.fault(format!("{name} ended with {:?}: {said}", output.code));
    }
}
