//! A proxy between the broker and a server that sees the text of every script that is run, and may change it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::harness::redis::Redis;

/// Scripts that have been run, by their text.
pub(super) type Seen = Arc<Mutex<BTreeSet<String>>>;

/// A proxy that hands every script over with a leading `#!lua` line, under which a server of version 7
/// refuses keys of another slot than the declared ones; or, without that, one that notes the scripts.
pub(super) struct Rewriter {
    seen: Seen,
    by_digest: BTreeMap<Vec<u8>, Vec<u8>>,
    strict: bool,
}

impl Rewriter {
    /// Listens before a server.
    pub(super) fn start(redis: &Redis, strict: bool) -> (String, Seen) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let seen = Seen::default();
        let rewriter = Arc::new(Mutex::new(Self {
            seen: Arc::clone(&seen),
            by_digest: BTreeMap::new(),
            strict,
        }));
        let server = redis.port();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, rewriter) = (client.unwrap(), Arc::clone(&rewriter));
                thread::spawn(move || serve(client, server, &rewriter));
            }
        });
        (url, seen)
    }

    /// The client runs scripts by their digests, and loads one whose digest is not known.
    fn rewrite(&mut self, mut request: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        match &request[..] {
            [script, load, text] if script == b"SCRIPT" && load == b"LOAD" => {
                let source = std::str::from_utf8(text).unwrap();
                let digest = redis::Script::new(source).get_hash().as_bytes().to_vec();
                self.by_digest.insert(digest, text.clone());
            }
            [evalsha, digest, ..] if evalsha == b"EVALSHA" => {
                if let Some(text) = self.by_digest.get(digest) {
                    let text = text.clone();
                    self.seen
                        .lock()
                        .unwrap()
                        .insert(String::from_utf8(text.clone()).unwrap());
                    if self.strict {
                        request[0] = b"EVAL".to_vec();
                        request[1] = [b"#!lua\n".as_slice(), &text].concat();
                    }
                }
            }
            _ => {}
        }
        request
    }
}

/// Hands over requests until the client or the server ends.
fn serve(client: TcpStream, server: u16, rewriter: &Mutex<Rewriter>) {
    let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
    let (mut replies, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut replies, &mut back));
    let mut requests = BufReader::new(client);
    while let Some(request) = read(&mut requests) {
        let request = rewriter.lock().unwrap().rewrite(request);
        if (&server).write_all(&encode(&request)).is_err() {
            break;
        }
    }
}

fn read(client: &mut BufReader<TcpStream>) -> Option<Vec<Vec<u8>>> {
    let number = |client: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        client.read_line(&mut line).ok()?;
        line.trim_end().get(1..)?.parse::<usize>().ok()
    };
    let count = number(client)?;
    let mut arguments = Vec::new();
    for _ in 0..count {
        let mut argument = vec![0; number(client)? + 2];
        client.read_exact(&mut argument).ok()?;
        argument.truncate(argument.len() - 2);
        arguments.push(argument);
    }
    Some(arguments)
}

fn encode(request: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", request.len()).into_bytes();
    for argument in request {
        bytes.extend(format!("${}\r\n", argument.len()).into_bytes());
        bytes.extend(argument);
        bytes.extend(b"\r\n");
    }
    bytes
}
