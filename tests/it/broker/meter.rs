//! A proxy that measures what each command costs the server: time of its processor, not of the clock.
//!
//! On a busy machine the slow log of a server fills with commands that only had to wait for the
//! processor. Requests are handed on one at a time, so that the difference is the cost of one.

use std::fs::read_to_string;
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::harness::redis::Redis;

/// Commands with what they cost.
pub(super) type Costs = Arc<Mutex<Vec<(Duration, String)>>>;

/// Listens before a server; `None` where the system does not tell how long a process ran.
pub(super) fn start(redis: &Redis) -> Option<(String, Costs)> {
    let pid = redis.pid();
    used(pid)?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let costs = Costs::default();
    let noted = Arc::clone(&costs);
    let port = redis.port();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
        }
        // It ends with either connection.
        drop(pass(pid, &client, &server, &noted));
    });
    Some((url, costs))
}

fn pass(pid: u32, client: &TcpStream, server: &TcpStream, costs: &Costs) -> io::Result<()> {
    let (mut requests, mut replies) = (BufReader::new(client), BufReader::new(server));
    let (mut client, mut server) = (client, server);
    loop {
        let mut request = Vec::new();
        read(&mut requests, &mut request)?;
        let before = used(pid).unwrap_or_default();
        server.write_all(&request)?;
        let mut reply = Vec::new();
        read(&mut replies, &mut reply)?;
        let cost = used(pid).unwrap_or_default().saturating_sub(before);
        let text = String::from_utf8_lossy(&request).replace("\r\n", " ");
        costs
            .lock()
            .unwrap()
            .push((cost, text.chars().take(300).collect()));
        client.write_all(&reply)?;
    }
}

/// Time of the processor that the main thread of a process has had.
fn used(pid: u32) -> Option<Duration> {
    let text = read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    text.split_whitespace()
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

/// Reads one value of the protocol, a request or a reply, as the bytes it came in.
fn read(from: &mut impl io::BufRead, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut open = 1_u64;
    while open > 0 {
        let start = bytes.len();
        from.read_until(b'\n', bytes)?;
        let line = String::from_utf8_lossy(&bytes[start..])
            .trim_end()
            .to_owned();
        let Some(kind) = line.chars().next() else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        open -= 1;
        let count = line[1..].parse::<u64>();
        match (kind, count) {
            ('$', Ok(length)) => {
                from.take(length + 2).read_to_end(bytes)?;
            }
            ('*', Ok(length)) => open += length,
            // A number, a status, an error, or the -1 of nothing.
            _ => {}
        }
    }
    Ok(())
}
