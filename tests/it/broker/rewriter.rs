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
    loaded: Option<Vec<u8>>,
    strict: bool,
}

impl Rewriter {
    /// Listens before a server, for one connection after the other.
    pub(super) fn start(redis: &Redis, strict: bool) -> (String, Seen) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let seen = Seen::default();
        let mut rewriter = Self {
            seen: Arc::clone(&seen),
            by_digest: BTreeMap::new(),
            loaded: None,
            strict,
        };
        let server = redis.port();
        thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (mut replies, mut back) =
                (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut replies, &mut back));
            let mut requests = BufReader::new(client);
            while let Some(request) = read(&mut requests) {
                (&server)
                    .write_all(&encode(&rewriter.rewrite(request)))
                    .unwrap();
            }
        });
        (url, seen)
    }

    /// The client runs scripts by their digests, and loads one whose digest is not known. So the text
    /// of a digest is what was loaded just before it was used.
    fn rewrite(&mut self, mut request: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        match &request[..] {
            [script, load, text] if script == b"SCRIPT" && load == b"LOAD" => {
                self.loaded = Some(text.clone());
            }
            [evalsha, digest, ..] if evalsha == b"EVALSHA" => {
                if let Some(text) = self.loaded.take() {
                    self.by_digest.insert(digest.clone(), text);
                }
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
