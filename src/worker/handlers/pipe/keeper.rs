//! Keeps one process of a handler running: starts it, replaces it when it is worn out, and starts it again when it ends.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Pid;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::pool::{Place, Pool, Rest, Seat};
use super::process::{Over, Process};
use super::settings::Settings;
use super::voice::Voice;
use crate::backoff::Backoff;
use crate::worker::event::{NoteLevel, Reporter};

/// Between tries to start a process.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// How often the memory of a process is looked at.
const MEMORY_INTERVAL: Duration = Duration::from_secs(1);

/// Keeps the process of one place.
pub(super) struct Keeper {
    pub(super) index: usize,
    pub(super) settings: Arc<Settings>,
    pub(super) pool: Arc<Pool>,
    pub(super) reporter: Reporter,
    /// Set when the handler stops.
    pub(super) stopping: watch::Receiver<bool>,
}

/// Why a process gets no more tasks.
enum Left {
    /// It has ended, or must.
    Over(Over),
    WornOut(String),
    Stopping,
}

/// What comes next.
enum Next {
    Start,
    /// It did nothing but end, for this reason.
    Rest(String),
    Stop,
}

impl Keeper {
    /// Keeps it running until the handler stops. `first` receives the result of the first start; if that failed, the keeper ends.
    pub(super) async fn keep(mut self, first: oneshot::Sender<Result<(), String>>) {
        let mut first = Some(first);
        let mut backoff = Backoff::new(FIRST_REST, LONGEST_REST);
        let mut dismissed = JoinSet::new();
        loop {
            let voice = Arc::new(self.voice());
            let starting = Process::start(&self.settings, Arc::clone(&voice));
            let started = tokio::select! {
                started = starting => started,
                () = stopped(&mut self.stopping) => break,
            };
            let next = match (started, first.take()) {
                (Ok(process), first) => {
                    if let Some(first) = first {
                        first.send(Ok(())).ok();
                    }
                    self.live(process, &voice, &mut dismissed).await
                }
                (Err(reason), Some(first)) => return drop(first.send(Err(reason))),
                (Err(reason), None) => Next::Rest(reason),
            };
            match next {
                Next::Stop => break,
                Next::Start => backoff.reset(),
                Next::Rest(reason) => {
                    if !self.rest(reason, backoff.next(), &voice).await {
                        break;
                    }
                }
            }
            self.pool.set(self.index, Place::Starting);
        }
        while dismissed.join_next().await.is_some() {}
    }

    fn voice(&self) -> Voice {
        let handler = self.settings.handler.clone();
        Voice::new(handler, self.index + 1, self.reporter.clone())
    }

    /// Lets it work until it has ended, is worn out, or the handler stops.
    async fn live(
        &mut self,
        mut process: Process,
        voice: &Voice,
        dismissed: &mut JoinSet<()>,
    ) -> Next {
        voice.note(NoteLevel::Debug, "ready");
        let limits = &self.settings.plan.limits;
        let desk = Arc::clone(&process.desk);
        let seat = Seat::new(Arc::clone(&desk), process.ready.clone(), limits.tasks);
        let seat = Arc::new(seat);
        self.pool.set(self.index, Place::Ready(Arc::clone(&seat)));
        let leader = process.leader();
        let left = tokio::select! {
            over = process.over() => Left::Over(over),
            why = self.settings.worn_out(leader, &seat) => Left::WornOut(why),
            () = stopped(&mut self.stopping) => Left::Stopping,
        };
        self.pool.set(self.index, Place::Starting);
        let grace = self.settings.plan.grace;
        match left {
            Left::Over(over) => {
                let reason = process.bury(over).await;
                if desk.answered() == 0 {
                    return Next::Rest(reason);
                }
                voice.note(NoteLevel::Error, &reason);
                Next::Start
            }
            Left::WornOut(why) => {
                voice.note(NoteLevel::Info, &format!("it is replaced: {why}"));
                dismissed.spawn(process.dismiss(grace));
                Next::Start
            }
            Left::Stopping => {
                process.dismiss(grace).await;
                Next::Stop
            }
        }
    }

    /// Waits before the next try. False: the handler stops.
    async fn rest(&mut self, reason: String, pause: Duration, voice: &Voice) -> bool {
        let text = format!(
            "{reason}. The next try to start it is in {:.1}s",
            pause.as_secs_f64()
        );
        voice.note(NoteLevel::Error, &text);
        let until = Instant::now() + pause;
        self.pool
            .set(self.index, Place::Resting(Rest { until, reason }));
        tokio::select! {
            () = sleep(pause) => true,
            () = stopped(&mut self.stopping) => false,
        }
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender is gone when the handler was dropped.
    stopping.wait_for(|stopping| *stopping).await.ok();
}

impl Settings {
    /// Waits until a process should be replaced, and returns why.
    async fn worn_out(&self, leader: impl Fn() -> Option<Pid>, seat: &Seat) -> String {
        let limits = &self.plan.limits;
        let age = async {
            match limits.age.and_then(|age| Instant::now().checked_add(age)) {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let memory = async {
            match limits.memory {
                Some(limit) => outgrown(leader, limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = seat.used_up() => "max_tasks".to_owned(),
            () = age => "max_age".to_owned(),
            bytes = memory => format!("max_memory, with {} MiB", bytes >> 20),
        }
    }
}

/// Waits until a process has more memory than this, and returns how much.
async fn outgrown(leader: impl Fn() -> Option<Pid>, limit: u64) -> u64 {
    let mut looks = interval(MEMORY_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let bytes = leader().and_then(resident);
        if let Some(bytes) = bytes.filter(|bytes| *bytes > limit) {
            return bytes;
        }
    }
}

/// The resident memory of a process in bytes; `None` if it has ended, and on systems without `/proc`.
fn resident(pid: Pid) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{}/statm", pid.as_raw_nonzero())).ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
