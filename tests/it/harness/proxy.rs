//! A TCP proxy in front of a [`Redis`] that fails on demand.
//!
//! It reads what clients send request by request, so that a fault hits exactly one of them. Plain
//! RESP only: put it before the plain port, not the TLS one.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::redis::Redis;

pub(crate) struct Proxy {
    port: u16,
    login: String,
    shared: Arc<Shared>,
}

struct Shared {
    server_port: u16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    mode: Mode,
    /// The bytes that mark the request whose reply gets lost.
    losing: Option<Vec<u8>>,
    /// Whether `losing` stays after the first.
    loses_on: bool,
    lost: usize,
    /// Both ends of every connection ever made, to cut them.
    streams: Vec<TcpStream>,
    closed: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Whole,
    Cut,
    Stalled,
}

impl Proxy {
    pub(crate) fn new(redis: &Redis) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let login = redis
            .password()
            .map(|password| format!(":{password}@"))
            .unwrap_or_default();
        let shared = Arc::new(Shared {
            server_port: redis.port(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if !accepting.serve(client.unwrap()) {
                    return;
                }
            }
        });
        Self {
            port,
            login,
            shared,
        }
    }

    /// The address of the server as seen through the proxy.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}127.0.0.1:{}", self.login, self.port)
    }

    /// Ends every connection and every new one at once, until [`Proxy::heal`].
    pub(crate) fn cut(&self) {
        self.shared.change(|state| {
            state.mode = Mode::Cut;
            state.cut_all();
        });
    }

    /// Connections stay open and are accepted, yet nothing passes, until [`Proxy::heal`].
    pub(crate) fn stall(&self) {
        self.shared.change(|state| state.mode = Mode::Stalled);
    }

    /// What was held back by a stall passes now.
    pub(crate) fn heal(&self) {
        self.shared.change(|state| state.mode = Mode::Whole);
    }

    /// The server performs the next request, but its reply is lost with the connection.
    pub(crate) fn lose_next_reply(&self) {
        self.lose_next_reply_to("");
    }

    /// As [`Proxy::lose_next_reply`], for the next request that contains these bytes in one of its
    /// arguments: a command, a key, a script's digest.
    pub(crate) fn lose_next_reply_to(&self, marker: impl AsRef<[u8]>) {
        self.shared
            .change(|state| state.losing = Some(marker.as_ref().to_vec()));
    }

    /// As [`Proxy::lose_next_reply_to`], for every such request from now on.
    pub(crate) fn lose_all_replies_to(&self, marker: impl AsRef<[u8]>) {
        self.lose_next_reply_to(marker);
        self.shared.change(|state| state.loses_on = true);
    }

    /// Ends [`Proxy::lose_all_replies_to`].
    pub(crate) fn lose_no_more_replies(&self) {
        self.shared.change(|state| {
            state.losing = None;
            state.loses_on = false;
        });
    }

    /// How many replies have been lost so far.
    pub(crate) fn lost(&self) -> usize {
        self.shared.state.lock().unwrap().lost
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.closed = true;
            state.mode = Mode::Whole;
            state.cut_all();
        });
        // Wakes the accepting thread, so that it sees that the proxy is closed.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl State {
    fn cut_all(&mut self) {
        for stream in self.streams.drain(..) {
            hang_up(&stream, Shutdown::Both);
        }
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    /// Starts the two threads of a connection; false when the proxy is closed.
    fn serve(self: &Arc<Self>, client: TcpStream) -> bool {
        let mut state = self.state.lock().unwrap();
        if state.closed {
            return false;
        }
        // A server that is down looks through a proxy like one that hangs up.
        let server = TcpStream::connect(("127.0.0.1", self.server_port));
        let (Mode::Whole | Mode::Stalled, Ok(server)) = (state.mode, server) else {
            return true;
        };
        let (client_writer, server_writer) =
            (client.try_clone().unwrap(), server.try_clone().unwrap());
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            state.streams.push(stream.try_clone().unwrap());
        }
        drop(state);
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        let doomed = Arc::new(Mutex::new(false));
        let dooming = Arc::clone(&doomed);
        thread::spawn(move || {
            // An error is an end of the connection, and the other direction has to learn of it.
            drop(up.pass_requests(client, &server_writer, &dooming));
            hang_up(&server_writer, Shutdown::Write);
        });
        thread::spawn(move || {
            drop(down.pass_replies(server, &client_writer, &doomed));
            hang_up(&client_writer, Shutdown::Both);
        });
        true
    }

    /// Ends after the request whose reply is to be lost. The server then sees the end of the
    /// connection behind the request, so that its own end of it proves that the request was performed.
    fn pass_requests(
        &self,
        client: TcpStream,
        mut server: &TcpStream,
        doomed: &Mutex<bool>,
    ) -> io::Result<()> {
        let mut client = BufReader::new(client);
        loop {
            let request = read_request(&mut client)?;
            let mut state = self.wait_while_stalled();
            let marked = |marker: &Vec<u8>| {
                marker.is_empty() || request.windows(marker.len()).any(|w| w == marker)
            };
            let lose = state.losing.as_ref().is_some_and(marked);
            if lose && !state.loses_on {
                state.losing = None;
            }
            drop(state);
            *doomed.lock().unwrap() = lose;
            server.write_all(&request)?;
            if lose {
                return Ok(());
            }
        }
    }

    fn pass_replies(
        &self,
        mut server: TcpStream,
        mut client: &TcpStream,
        doomed: &Mutex<bool>,
    ) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        loop {
            let n = server.read(&mut bytes)?;
            let doomed = *doomed.lock().unwrap();
            if n == 0 {
                if doomed {
                    self.change(|state| state.lost += 1);
                }
                return Ok(());
            }
            drop(self.wait_while_stalled());
            if !doomed {
                client.write_all(&bytes[..n])?;
            }
        }
    }

    fn wait_while_stalled(&self) -> std::sync::MutexGuard<'_, State> {
        let state = self.state.lock().unwrap();
        self.changed
            .wait_while(state, |state| state.mode == Mode::Stalled)
            .unwrap()
    }
}

/// Reads one whole request, an array of bulk strings, as the bytes it came in.
fn read_request(client: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let arguments = read_length(client, b'*', &mut request)?;
    for _ in 0..arguments {
        let length = read_length(client, b'$', &mut request)?;
        let with_line_end = u64::try_from(length + 2).unwrap();
        client.take(with_line_end).read_to_end(&mut request)?;
    }
    Ok(request)
}

fn read_length(
    client: &mut BufReader<TcpStream>,
    kind: u8,
    request: &mut Vec<u8>,
) -> io::Result<usize> {
    let start = request.len();
    client.read_until(b'\n', request)?;
    let line = &request[start..];
    let digits = line
        .strip_prefix(&[kind])
        .and_then(|line| line.strip_suffix(b"\r\n"));
    digits
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a request"))
}

/// Whoever was at the other end may be gone already.
fn hang_up(stream: &TcpStream, how: Shutdown) {
    drop(stream.shutdown(how));
}
