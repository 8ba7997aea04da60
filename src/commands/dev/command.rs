//! A command that runs beside the private Redis, with the terminal of this process.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpgrp};
use rustix::termios::{tcgetpgrp, tcsetpgrp};
use tokio::signal::unix::{SignalKind, signal};

use super::job;
use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::worker::handlers::guardian::{Child, End, Guardian, Launch};

/// How often to look whether the command runs, so that it can be given the terminal.
const LOOK: Duration = Duration::from_millis(10);

/// The variables that name the private Redis.
pub(super) fn connection(url: &str) -> Vec<(String, String)> {
    let names = ["QCTL_REDIS", "REDIS_URL"];
    names.map(|name| (name.to_owned(), url.to_owned())).to_vec()
}

/// Runs the command to its end. Signals for this process are passed on.
pub(super) async fn run(
    guardian: &Guardian,
    words: &[String],
    (config, url): (&Config, &str),
) -> anyhow::Result<Exit> {
    let mut env = connection(url);
    if let Some(path) = config.path.as_deref().and_then(|path| path.to_str()) {
        env.push(("QCTL_CONFIG".to_owned(), path.to_owned()));
    }
    let launch = Launch {
        words: words.to_vec(),
        env,
        ..Launch::default()
    };
    let streams = [
        io::stdin().as_fd().try_clone_to_owned()?,
        io::stdout().as_fd().try_clone_to_owned()?,
        io::stderr().as_fd().try_clone_to_owned()?,
    ];
    let mut interrupt = Interrupt::listen()?;
    let mut continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let mut child = guardian.launch(launch, streams)?;
    // Until it has the terminal, Ctrl-Z is not for the command.
    guardian.look();
    let (leader, mut stops) = (child.leader(), child.stops());
    let started = started(&leader);
    tokio::pin!(started);
    let (mut interrupted, mut has_started) = (false, false);
    let end = loop {
        tokio::select! {
            end = child.ended() => break end,
            exit = interrupt.caught(), if !interrupted => {
                interrupted = true;
                child.signal(if exit == Exit::Terminated { Signal::TERM } else { Signal::INT });
                // A stopped process gets it when it goes on.
                child.signal(Signal::CONT);
            }
            () = &mut started, if !has_started => {
                has_started = true;
                go_on(&child, leader());
            }
            signal = stops.next(), if has_started => {
                // It may have used the terminal before that was its own.
                let was_early = matches!(signal, Signal::TTIN | Signal::TTOU)
                    && tcgetpgrp(io::stdin()).ok() == leader();
                if was_early || (io::stdin().is_terminal() && !job::stop()?) {
                    child.signal(Signal::CONT);
                }
            }
            _ = continued.recv() => go_on(&child, leader()),
        }
    };
    let status = match end.map_err(|error| not_started(&words[0], &error))? {
        End::Exited(status) => status,
        End::Killed(signal) => 128 + signal,
    };
    Ok(Exit::Command(u8::try_from(status).unwrap_or(u8::MAX)))
}

/// Waits until it is known which group the command has.
async fn started(leader: impl Fn() -> Option<Pid>) {
    while leader().is_none() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Lets the command go on. If this process is in the foreground, the command takes its place there, so that it may read the
/// terminal and gets its Ctrl-C. (A process in the background that lends the terminal would be stopped.)
fn go_on(child: &Child, leader: Option<Pid>) {
    let in_foreground = tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp());
    if let Some(group) = leader.filter(|_| in_foreground) {
        tcsetpgrp(io::stdin(), group).ok();
    }
    child.signal(Signal::CONT);
}

fn not_started(word: &str, error: &impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("cannot run {word:?} ({error})"))
}
