//! The guardian's parent. When the guardian is killed, or does not end although its worker is gone, it ends the
//! commands in its place.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use tokio::signal::unix::SignalKind;

use super::family::{catch, end_all, outlast_worker};
use super::start::{NAME, this_program};

/// How long the guardian has to end all commands once the worker is gone.
const GUARDIAN_END_GRACE: Duration = Duration::from_secs(1);

enum News {
    /// The guardian has ended, one way or another.
    GuardianEnded,
    /// The worker is gone, or gives up on the guardian.
    LifelineBroke,
}

/// Starts the guardian, which is this program with `args`, and returns when it and all its commands have ended.
/// Standard input and output are for the guardian, standard error is the lifeline.
///
/// Must be called in a process of its own, outside of any async runtime; see [`Guardian`](super::Guardian).
pub fn back_up(args: &[&str]) -> io::Result<()> {
    outlast_worker()?;
    // A program that ignores SIGCHLD does not learn how its children end, and what it starts ignores it too. The guardian
    // should not catch it either: each end of a command would interrupt its first thread.
    catch(&[SignalKind::child()])?;
    let lifeline = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let guardian = Command::new(this_program()?)
        .args(args)
        .arg0(NAME)
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let guardian = Pid::from_child(&guardian);
    // The worker learns from the end of these streams that the guardian has ended.
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    let (news, latest) = mpsc::channel();
    let about_guardian = news.clone();
    thread::spawn(move || reap(guardian, &about_guardian));
    thread::spawn(move || follow(lifeline, &news));
    if let Ok(News::LifelineBroke) = latest.recv()
        && latest.recv_timeout(GUARDIAN_END_GRACE).is_err()
    {
        kill_process(guardian, Signal::KILL).ok();
    }
    end_all(Vec::new);
    Ok(())
}

/// Waits for all children to end: the guardian, and those that it leaves behind.
fn reap(guardian: Pid, news: &Sender<News>) {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, _))) if pid == guardian => drop(news.send(News::GuardianEnded)),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Reads the lifeline, on which nothing is ever sent, to its end.
fn follow(mut lifeline: File, news: &Sender<News>) {
    drop(lifeline.read_to_end(&mut Vec::new()));
    drop(news.send(News::LifelineBroke));
}
