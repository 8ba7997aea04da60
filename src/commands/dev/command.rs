//! A command that runs beside the private Redis, with the terminal of this process.

use std::io;
use std::os::fd::AsFd as _;
use std::time::Duration;

use rustix::process::{Signal, getpgrp};
use rustix::termios::{tcgetpgrp, tcsetpgrp};

use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::worker::handlers::guardian::{End, Guardian, Launch};

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
    let mut child = guardian.launch(launch, streams)?;
    let leader = child.leader();
    let mut interrupted = false;
    let handover = lend_terminal(leader);
    tokio::pin!(handover);
    // A process in the background that lends the terminal would be stopped.
    let in_foreground = tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp());
    let mut has_terminal = !in_foreground;
    let end = loop {
        tokio::select! {
            end = child.ended() => break end,
            exit = interrupt.caught(), if !interrupted => {
                interrupted = true;
                child.signal(if exit == Exit::Terminated { Signal::TERM } else { Signal::INT });
            }
            () = &mut handover, if !has_terminal => {
                has_terminal = true;
                // It may have been stopped for reading a terminal that was not its own.
                child.signal(Signal::CONT);
            }
        }
    };
    let status = match end.map_err(|error| not_started(&words[0], &error))? {
        End::Exited(status) => status,
        End::Killed(signal) => 128 + signal,
    };
    Ok(Exit::Command(u8::try_from(status).unwrap_or(u8::MAX)))
}

/// Makes the group of the command the one in the foreground, so that it may read the terminal and gets its Ctrl-C.
async fn lend_terminal(leader: impl Fn() -> Option<rustix::process::Pid>) {
    loop {
        if let Some(group) = leader() {
            tcsetpgrp(io::stdin(), group).ok();
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn not_started(word: &str, error: &impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("cannot run {word:?} ({error})"))
}
