//! A Redis that belongs to this process alone, and ends with it, also when it is killed.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::unix::pipe;

use crate::config::is_installed;
use crate::error::{Exit, Failure};
use crate::worker::handlers::guardian::{Child, Guardian, Launch};

/// How often another free port is tried.
const PORTS_TRIED: usize = 5;

/// What can be started, best known first.
const SERVERS: [&str; 2] = ["redis-server", "valkey-server"];

/// A running server.
pub(super) struct PrivateRedis {
    child: Child,
    url: String,
    log: ServerLog,
    /// Locked, so that two servers never write to one folder.
    _folder: Option<File>,
}

type ServerLog = Lines<BufReader<pipe::Receiver>>;

impl PrivateRedis {
    /// Starts a server and waits until it answers. Data is kept in memory, or in a folder.
    pub(super) async fn start(
        guardian: &Guardian,
        data: Option<&Path>,
        port: Option<u16>,
    ) -> anyhow::Result<Self> {
        let server = SERVERS.into_iter().find(|name| is_installed(name));
        let Some(server) = server else {
            let what = "neither redis-server nor valkey-server is installed";
            let hint = "install one of them, for example: apt-get install redis-server, or brew install redis";
            return Err(Failure::new(Exit::Failed, what).with_hint(hint).into());
        };
        let mut folder = data.map(lock_folder).transpose()?;
        let mut tried = 0;
        loop {
            tried += 1;
            let number = port.map_or_else(free_port, Ok)?;
            let words = words(server, number, data);
            match launch(guardian, words).await? {
                Ok((child, log)) => {
                    return Ok(Self {
                        child,
                        url: format!("redis://127.0.0.1:{number}"),
                        log,
                        _folder: folder.take(),
                    });
                }
                // Somebody else has taken the port in the meantime.
                Err(said) if said.contains("in use") && port.is_none() && tried < PORTS_TRIED => {}
                Err(said) => {
                    let what = format!("{server} does not start: {said}");
                    return Err(Failure::new(Exit::Failed, what).into());
                }
            }
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Reads what the server says, which would otherwise block it, until it ends by itself.
    pub(super) async fn lost(&mut self) -> Failure {
        let mut last = String::new();
        while let Ok(Some(line)) = self.log.next_line().await {
            last = line;
        }
        Failure::new(Exit::Failed, format!("the private Redis has ended: {last}"))
    }

    /// Ends the server, which writes its data first if it keeps any.
    pub(super) async fn stop(mut self) {
        self.child.signal(rustix::process::Signal::TERM);
        let draining = async { while let Ok(Some(_)) = self.log.next_line().await {} };
        let ((), _) = tokio::join!(draining, self.child.ended());
    }
}

/// The folder, created if need be and locked.
fn lock_folder(folder: &Path) -> Result<File, Failure> {
    let cannot = |error: io::Error| {
        let folder = folder.display().to_string();
        Failure::new(
            Exit::Failed,
            format!("cannot keep data in {folder:?} ({error})"),
        )
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let lock = File::create(folder.join("qctl-dev.lock")).map_err(cannot)?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        let folder = folder.display().to_string();
        let what = format!("another qctl dev keeps its data in {folder:?}");
        let hint = "stop that one, or choose another folder with --data";
        return Err(Failure::new(Exit::Conflict, what).with_hint(hint));
    }
    Ok(lock)
}

fn free_port() -> io::Result<u16> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(socket.local_addr()?.port())
}

/// The command line of the server: its settings come from nowhere else.
fn words(server: &str, port: u16, data: Option<&Path>) -> Vec<String> {
    let folder = data.map_or_else(std::env::temp_dir, PathBuf::from);
    let port = port.to_string();
    let append_only = if data.is_some() { "yes" } else { "no" };
    let folder = folder.display().to_string();
    let words = [
        server,
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        append_only,
        "--dir",
        &folder,
        "--daemonize",
        "no",
        "--logfile",
        "",
    ];
    words.map(str::to_owned).to_vec()
}

/// Starts the server. The error is the last that it said.
async fn launch(
    guardian: &Guardian,
    words: Vec<String>,
) -> anyhow::Result<Result<(Child, ServerLog), String>> {
    let (output, theirs) = io::pipe()?;
    let nothing = File::open("/dev/null")?;
    let streams = [nothing.into(), theirs.try_clone()?.into(), theirs.into()];
    let launch = Launch {
        words,
        ..Launch::default()
    };
    let child = guardian.launch(launch, streams)?;
    let output = pipe::Receiver::from_owned_fd(output.into())?;
    let mut log = BufReader::new(output).lines();
    let mut last = String::new();
    while let Some(line) = log.next_line().await? {
        if line.contains("Ready to accept connections") {
            return Ok(Ok((child, log)));
        }
        if line.contains('#') {
            last = line;
        }
    }
    Ok(Err(last))
}
