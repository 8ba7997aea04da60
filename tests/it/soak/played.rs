//! A worker whose leases are short, so that a soak of minutes sees many lost ones: the engine of `qctl work`, with its guardian
//! and its commands, in a process that can be killed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use qctl::broker::{Broker, Leases};
use qctl::task::QueueName;
use qctl::task::backoff::Backoff;
use qctl::task::transition::RetryPolicy;
use qctl::worker::handlers::guardian::{Guardian, MaxSilence};
use qctl::worker::{
    Control, DEFAULT_GRACE, ExitCodes, Hooks, MAX_WORKERS_LOST, Mux, Program, Queues, Reporter,
    Route, Settings, Shell, Surroundings, Timing, Worker,
};

use crate::harness::{say, setting};
use crate::worker::shop::{connect, queue};

/// Tells a run of this binary to play the worker: what its handlers run.
pub(super) const COMMAND: &str = "SOAK_COMMAND";
pub(super) const URL: &str = "SOAK_URL";
pub(super) const TEST: &str = "soak::played::plays_a_worker_when_told_to";

/// Redis keeps whole seconds, so it may be a second less.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// After which its guardian takes a worker for stopped.
pub(super) const SILENCE: Duration = Duration::from_secs(3);

fn settings(queues: &[&str]) -> Settings {
    let queues = queues.iter().map(|name| (queue(name), 1));
    Settings {
        concurrency: 3,
        queues: Queues::Weighted(queues.collect::<Vec<(QueueName, u32)>>()),
        max_workers_lost: MAX_WORKERS_LOST,
        logs: qctl::worker::DEFAULT_LOG_LIMITS,
        shutdown_timeout: Duration::from_millis(500),
        burst: false,
        host: "here".to_owned(),
        timing: Timing {
            leases: Leases {
                length: LEASE,
                grace: Duration::from_secs(2),
            },
            heartbeat: Duration::from_millis(500),
            recovery: Duration::from_secs(1),
            ..Timing::default()
        },
    }
}

/// Not a test of its own: the process that a soak kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_a_worker_when_told_to() {
    let (Some(command), Some(url)) = (setting(COMMAND), setting(URL)) else {
        return;
    };
    let max_silence = MaxSilence {
        of_worker: SILENCE,
        of_guardian: SILENCE / 2,
    };
    let program = Path::new(env!("CARGO_BIN_EXE_qctl"));
    let guardian = Guardian::start(program, &["guardian"], max_silence).unwrap();
    let shell = Shell {
        program: Program::Run(command.into_string().unwrap()),
        exit_codes: ExitCodes::default(),
        grace: DEFAULT_GRACE,
        surroundings: Surroundings::default(),
        guardian: Arc::new(guardian),
    };
    let mut route = Route::new("*", shell);
    route.retry = RetryPolicy {
        max: None,
        backoff: Backoff::Constant(Duration::from_secs(1)),
        jitter: None,
    };
    let mut mux = Mux::default();
    mux.add(route);
    let control = Control::default();
    let reporter = Reporter::new(|report| say(&format!("{:?} {:?}", report.at, report.event)));
    let broker: Broker = connect(url.to_str().unwrap()).await;
    let worker = Worker::new(broker, settings(&super::workers::ALL), mux, reporter);
    tokio::select! {
        ran = worker.with_hooks(Hooks::default()).run(control.clone()) => ran.unwrap(),
        failed = control.follow_signals() => failed.unwrap(),
    }
}
