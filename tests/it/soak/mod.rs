//! A soak: real workers, producers, schedules and operators while processes are killed and servers fail, and a referee
//! that knows every task.
//!
//! `scripts/soak [minutes]` runs it. Troubles are drawn from the seed, which the report prints.

mod actors; // producers and visitors
mod cluster; // three primaries with a replica each
mod drain; // the end: queues run empty, and nothing is left
mod kinds; // groups, limits, pipe and HTTP handlers, cancellations
mod ledger; // what each task was promised
mod operators; // bulk changes and pauses
mod played; // a worker with short leases
mod record; // what handlers have written down
mod referee; // what must not have happened
mod report; // what was done and found, for people
mod schedules; // ticks, which nobody enqueues
mod sentinel; // a primary and its replica
mod single; // one server behind a proxy
mod timeline; // what was done to processes and servers, and when
mod trouble; // what is done to them
mod vitals; // memory and descriptors
mod workers; // workers of all kinds, and their ends

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use self::kinds::Kinds;
use self::ledger::Ledger;
use self::timeline::Timeline;
use self::vitals::Vitals;
use self::workers::Crew;
use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{Builder, Redis};
use crate::harness::{say, setting};

/// In the environment of all processes of a soak.
const MARK: &str = "SOAK_MARK";

/// The servers of a soak, and what they can suffer.
pub(crate) trait Site: Send {
    fn name(&self) -> &'static str;

    fn url(&self) -> String;

    /// How the Go peer finds the servers.
    fn go(&self) -> Vec<String>;

    /// The user as which all clients log in.
    fn user(&self) -> &'static str;

    /// For how long a server may stop before another takes over.
    fn longest_stop(&self) -> Duration;

    /// Those that accept changes at the moment.
    fn primaries(&mut self) -> Vec<&mut Redis>;

    /// Waits until the servers have recovered. Returns whether another has taken over by itself, as happens on a busy
    /// machine, without the last writes of the one before.
    fn recover(&mut self) -> bool;

    /// Suffers what servers of other kinds do not know.
    fn suffer(&mut self, soak: &Soak, rng: &mut Rng);
}

/// What all parts of a soak share.
pub(crate) struct Soak {
    name: &'static str,
    url: String,
    go: Vec<String>,
    seed: u64,
    folder: TempDir,
    timeline: Timeline,
    ledger: Ledger,
    kinds: Kinds,
    /// What must not be, as it was found.
    faults: Mutex<Vec<String>>,
    notices: Mutex<BTreeMap<String, usize>>,
    over: Mutex<bool>,
    ends: Condvar,
}

impl Soak {
    fn new(site: &dyn Site) -> Self {
        let folder = TempDir::with_prefix("qctl-soak-").unwrap();
        std::fs::write(
            folder.path().join("handler.sh"),
            include_str!("../../fixtures/soak_handler.sh"),
        )
        .unwrap();
        let seed = setting("QCTL_SOAK_SEED").map(|seed| seed.into_string().unwrap().parse());
        Self {
            name: site.name(),
            url: site.url(),
            go: site.go(),
            kinds: Kinds::new(folder.path()),
            seed: seed.map_or_else(|| fastrand::u64(..1_000_000), Result::unwrap),
            folder,
            timeline: Timeline::default(),
            ledger: Ledger::default(),
            faults: Mutex::default(),
            notices: Mutex::default(),
            over: Mutex::new(false),
            ends: Condvar::new(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Random numbers of one part, which do not depend on what the others draw.
    fn rng(&self, part: &str) -> Rng {
        let salt = part
            .bytes()
            .fold(0, |salt: u64, byte| salt * 31 + u64::from(byte));
        Rng::with_seed(self.seed ^ salt)
    }

    /// The program, as a part of this soak.
    fn qctl(&self, line: &str) -> Qctl {
        self.bare().args(line.split(' '))
    }

    fn bare(&self) -> Qctl {
        Qctl::at(&self.url).env(MARK, self.folder.path())
    }

    /// `None` where Go is missing.
    fn peer(&self) -> Option<Peer> {
        Peer::with(&self.go.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Says what is no fault, and may explain one.
    fn notice(&self, what: &str, lines: &[String]) {
        // A panic says why in the middle, and ends with its backtrace.
        let why = lines.iter().rfind(|line| line.contains("rror"));
        let why = why.map_or("", String::as_str);
        say(&format!("{}: {what}: {why}", self.name));
        *self
            .notices
            .lock()
            .unwrap()
            .entry(what.to_owned())
            .or_default() += 1;
    }

    /// Notes what must not be, once.
    fn fault(&self, what: String) {
        let mut faults = self.faults.lock().unwrap();
        if !faults.contains(&what) {
            say(&format!("{}: FAULT: {what}", self.name));
            faults.push(what);
        }
    }

    /// Waits for so long; false as soon as the soak is over.
    fn goes_on(&self, pause: Duration) -> bool {
        let over = self.over.lock().unwrap();
        let (over, _) = self
            .ends
            .wait_timeout_while(over, pause, |over| !*over)
            .unwrap();
        !*over
    }

    /// Runs a part. If it panics, the others must not go on forever.
    fn guard<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        let caught = catch_unwind(AssertUnwindSafe(run));
        if let Err(panic) = &caught {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            self.fault(format!(
                "a part of the soak ended: {}",
                text.unwrap_or_default()
            ));
            self.end();
        }
        caught.ok()
    }

    fn end(&self) {
        *self.over.lock().unwrap() = true;
        self.ends.notify_all();
    }
}

/// A server that writes every change to its file before it answers.
fn durable(server: Builder) -> Builder {
    server.config("appendonly yes").config("appendfsync always")
}

/// A random time between two.
fn between(rng: &mut Rng, least: f64, most: f64) -> Duration {
    Duration::from_secs_f64(least + rng.f64() * (most - least))
}

/// Soaks these servers for as long as `QCTL_SOAK_MINUTES` says, and panics if anything was wrong.
pub(crate) fn soak(site: &mut dyn Site) {
    let minutes = setting("QCTL_SOAK_MINUTES").map(|text| text.into_string().unwrap().parse());
    let span = Duration::from_secs_f64(minutes.map_or(2.0, Result::unwrap) * 60.0);
    let mut soak = Soak::new(site);
    let faults = run(&soak, site, span);
    // For whoever looks into it: the record, and the logs of all workers.
    soak.folder.disable_cleanup(!faults.is_empty());
    let (name, folder) = (soak.name, soak.folder.path().display());
    assert!(
        faults.is_empty(),
        "{name}: {} faults; what is known of them is in {folder}",
        faults.len()
    );
}

fn run(soak: &Soak, site: &mut dyn Site, span: Duration) -> Vec<String> {
    say(&format!(
        "{}: seed {}, {} s",
        soak.name,
        soak.seed,
        span.as_secs()
    ));
    let begun = Instant::now();
    schedules::add(soak);
    let crew = Crew::start(soak);
    let vitals = &Vitals::of(&crew);
    let all = &crew;
    let parts: Vec<Box<dyn FnOnce() + Send + '_>> = vec![
        Box::new(|| actors::produce(soak, "p1")),
        Box::new(|| actors::produce(soak, "p2")),
        Box::new(|| actors::produce_by_go(soak)),
        Box::new(|| actors::visit(soak, all)),
        Box::new(|| operators::operate(soak)),
        Box::new(|| kinds::produce(soak)),
        Box::new(|| vitals.watch(soak)),
        Box::new(|| soak.timeline.watch_machine(soak)),
        Box::new(|| trouble::of_workers(soak, &all.quick, "quick", trouble::QUICK)),
        Box::new(|| trouble::of_workers(soak, &all.slow, "slow", trouble::SLOW)),
        Box::new(|| trouble::of_servers(soak, &mut *site)),
    ];
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(move || soak.guard(part));
        }
        soak.goes_on(span);
        soak.end();
    });
    let remains = soak.guard(|| drain::drain(soak, &crew, vitals, site));
    soak.guard(|| drain::stop(soak, crew, site));
    report::print(soak, vitals, begun.elapsed(), &remains.unwrap_or_default())
}
