//! The guardian's own process: starts commands, reports how they end, and ends all of them when
//! the worker is gone.
//!
//! The first thread reads requests and starts commands, a second one waits for them to end. When to stop a
//! command is up to the worker.

use std::collections::{HashMap, HashSet};
use std::io::{self, PipeWriter, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process_group};

use super::family::{self, Member, children, end_all, mark, outlast_worker};
use super::start::this_program;
use super::wire::{End, Launch, Reply, Request, Requests, Streams, line};

/// Runs the guardian's process: requests on standard input, replies on standard output. Returns
/// when the worker is gone or stopped, and all its commands have been ended.
///
/// Must be called by [`back_up`](super::back_up)'s child, outside of any async runtime.
pub fn keep_watch() -> io::Result<()> {
    outlast_worker()?;
    let replies = PipeWriter::from(io::stdout().as_fd().try_clone_to_owned()?);
    let watch = Arc::new(Watch {
        state: Mutex::new(State {
            commands: HashMap::new(),
            starting: None,
            replies,
        }),
        started: Condvar::new(),
    });
    let reaper = Arc::clone(&watch);
    thread::spawn(move || reaper.reap());
    let outcome = watch.serve(Requests::new(io::stdin()));
    end_all(|| watch.lock().groups());
    outcome
}

struct Watch {
    state: Mutex<State>,
    started: Condvar,
}

struct State {
    /// By the id that the worker gave them.
    commands: HashMap<u64, Running>,
    /// While a command starts: the children that ended meanwhile. It may be among them.
    starting: Option<HashMap<Pid, End>>,
    replies: PipeWriter,
}

struct Running {
    /// Leads a process group, which has the same number.
    leader: Pid,
    /// Set when the leader has ended. The command is over when nothing of it is left.
    end: Option<End>,
    /// Whether the worker knows its group.
    reported: bool,
}

/// The program of a launch, in its working directory. One with bounds is started by this program, which sets them first.
fn command(launch: &Launch) -> io::Result<Command> {
    let (program, args) = launch
        .words
        .split_first()
        .ok_or(io::ErrorKind::InvalidData)?;
    let mut command = match &launch.bounds {
        None => Command::new(program),
        Some(bounds) => {
            let mut command = Command::new(this_program()?);
            let bounds = serde_json::to_string(bounds)?;
            command.args(["guardian", "--bounds", &bounds, "--", program]);
            command
        }
    };
    command.args(args);
    if let Some(folder) = &launch.cwd {
        command.current_dir(folder);
    }
    Ok(command)
}

impl Watch {
    fn serve(&self, mut requests: Requests<io::Stdin>) -> io::Result<()> {
        loop {
            match requests.next() {
                Ok(Some((request, streams))) => self.perform(request, streams, &requests)?,
                Ok(None) => return Ok(()),
                // The worker is stopped. Its leases end, and others run its tasks.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.lock().commands.is_empty() {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn perform(
        &self,
        request: Request,
        streams: Option<Streams>,
        requests: &Requests<io::Stdin>,
    ) -> io::Result<()> {
        match (request, streams) {
            (Request::Start { id, launch }, Some(streams)) => self.start(id, &launch, streams),
            (Request::Start { .. }, None) => Err(io::ErrorKind::InvalidData.into()),
            (Request::Signal { id, signal }, _) => {
                if let (Some(command), Some(signal)) = (
                    self.lock().commands.get(&id),
                    Signal::from_named_raw(signal),
                ) && command.end.is_none()
                {
                    // It may have ended a moment ago; the other thread will notice.
                    kill_process_group(command.leader, signal).ok();
                }
                Ok(())
            }
            (Request::Ping { max_silence }, _) => {
                requests.expect_within(max_silence)?;
                let mut state = self.lock();
                state.report()?;
                state.reply(&Reply::Pong)
            }
        }
    }

    fn start(&self, id: u64, launch: &Launch, [input, output, errors]: Streams) -> io::Result<()> {
        // Not locked while it starts, which takes long enough to keep the other thread from its work.
        self.lock().starting = Some(HashMap::new());
        let started = command(launch)?
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .env(family::MARK, mark(id))
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(errors))
            .process_group(0)
            .spawn()
            .map(|child| Pid::from_child(&child));
        let mut state = self.lock();
        let mut ended_meanwhile = state.starting.take().unwrap_or_default();
        match started {
            Ok(leader) => {
                if state.commands.is_empty() {
                    self.started.notify_one();
                }
                let running = Running {
                    leader,
                    end: None,
                    reported: false,
                };
                state.commands.insert(id, running);
                if let Some(end) = ended_meanwhile.remove(&leader) {
                    state.ended(leader, end);
                }
            }
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(0);
                state.reply(&Reply::Refused { id, errno })?;
            }
        }
        state.sweep();
        Ok(())
    }

    /// Waits for children to end, for as long as the process lives.
    fn reap(&self) {
        loop {
            match rustix::process::wait(WaitOptions::UNTRACED) {
                Ok(Some((pid, status))) => match status.stopping_signal() {
                    Some(signal) => self.lock().stopped(pid, signal),
                    None => self.lock().ended(pid, end_of(status)),
                },
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                // There is no child. One may have started since.
                Err(_) => drop(
                    self.started
                        .wait_while(self.lock(), |state| state.commands.is_empty()),
                ),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end_of(status: WaitStatus) -> End {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Killed(signal.unwrap_or(0)),
    }
}

impl State {
    fn groups(&self) -> Vec<Pid> {
        let running = self
            .commands
            .values()
            .filter(|command| command.end.is_none());
        running.map(|command| command.leader).collect()
    }

    /// A child was stopped: a command, or an orphan that was adopted.
    fn stopped(&mut self, pid: Pid, signal: i32) {
        let mut commands = self.commands.iter();
        if let Some((&id, _)) = commands.find(|(_, command)| command.leader == pid) {
            // This fails if the worker is gone.
            self.reply(&Reply::Stopped { id, signal }).ok();
        }
    }

    /// A child has ended: a command, or an orphan that was adopted.
    fn ended(&mut self, pid: Pid, end: End) {
        let mut commands = self.commands.values_mut();
        if let Some(command) =
            commands.find(|command| command.leader == pid && command.end.is_none())
        {
            command.end = Some(end);
            // What is left in the group must not outlive the command. As long as anything is, the
            // number of the group is not given to another process.
            kill_process_group(pid, Signal::KILL).ok();
        } else if let Some(ended) = &mut self.starting {
            ended.insert(pid, end);
        }
        self.sweep();
    }

    /// Kills what ended commands have left behind, and reports those of which nothing is left. What is left is
    /// adopted, if need be once its parent has ended too, and each end of an adopted child calls this again.
    fn sweep(&mut self) {
        let ended = self
            .commands
            .iter()
            .filter_map(|(id, command)| Some((*id, command.end?)));
        let ended: Vec<(u64, End)> = ended.collect();
        if ended.is_empty() {
            return;
        }
        let strays = self.strays();
        if self.starting.is_some() && !strays.is_empty() {
            // The command that is starting may be among them. Once it is known, this is called again.
            return;
        }
        for (id, end) in ended {
            let group = self.commands[&id].leader;
            let mark = mark(id);
            let left = strays.iter().filter(|stray| stray.belongs_to(group, &mark));
            if left.filter(|stray| stray.kill()).count() == 0 {
                self.commands.remove(&id);
                // This fails if the worker is gone, and then nobody needs to know.
                self.reply(&Reply::Ended { id, end }).ok();
            }
        }
        // Those that have cleared their environment as well may be of any command: they end with the last.
        if self.commands.is_empty() && self.starting.is_none() {
            for stray in strays {
                stray.kill();
            }
        }
    }

    /// Children that are no commands.
    fn strays(&self) -> Vec<Member> {
        let mut children = children();
        // A list would make the end of each command cost the square of their number.
        let running: HashSet<Pid> = self.groups().into_iter().collect();
        children.retain(|child| !running.contains(&child.0));
        children
    }

    /// Tells the worker the groups of commands that go on.
    fn report(&mut self) -> io::Result<()> {
        let unreported = self
            .commands
            .iter_mut()
            .filter(|(_, command)| !command.reported);
        let mut lines = Vec::new();
        for (&id, command) in unreported {
            command.reported = true;
            let group = command.leader.as_raw_nonzero().get();
            lines.extend(line(&Reply::Running { id, group })?);
        }
        self.replies.write_all(&lines)
    }

    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        self.replies.write_all(&line(reply)?)
    }
}
