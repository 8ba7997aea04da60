//! A small HTTP client that sends what it is told to, right or wrong.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::TOKEN;
use crate::harness::SOON;

/// A request. It has a `Host` unless the test adds another.
#[must_use = "nothing is sent before `send`"]
pub(crate) struct Request {
    port: u16,
    line: String,
    headers: Vec<(String, String)>,
    body: String,
    from: Option<IpAddr>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn new(port: u16, method: &str, path: &str) -> Self {
        Self {
            port,
            line: format!("{method} {path} HTTP/1.1"),
            headers: Vec::new(),
            body: String::new(),
            from: None,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the token, as programs send it.
    pub(crate) fn bearer(self) -> Self {
        self.header("authorization", &format!("Bearer {TOKEN}"))
    }

    pub(crate) fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }

    /// As a browser marks the requests of the page itself.
    pub(crate) fn same_origin(self) -> Self {
        self.header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn form(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.header("content-type", "application/x-www-form-urlencoded")
            .header("content-length", &body.len().to_string())
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.json_text(body.to_string())
    }

    /// A JSON document as it is.
    pub(crate) fn json_text(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-type", "application/json")
            .header("content-length", &length)
    }

    /// From another address of this machine.
    pub(crate) fn from(mut self, address: [u8; 4]) -> Self {
        self.from = Some(IpAddr::from(address));
        self
    }

    /// Sends it on a connection of its own, which the server closes.
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        let mut stream = connect(self.port, self.from);
        stream.write_all(self.closing().text().as_bytes()).unwrap();
        Response::read(&mut stream)
    }

    /// The bytes on the wire.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\r\n", self.line);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            write!(text, "host: 127.0.0.1:{}\r\n", self.port).unwrap();
        }
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        text + "\r\n" + &self.body
    }

    fn closing(self) -> Self {
        self.header("connection", "close")
    }
}

impl Response {
    /// The answer on a connection that ends with it.
    #[track_caller]
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A server that refuses a body may reset the connection after its answer.
        drop(stream.read_to_end(&mut bytes));
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        });
        Self {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    /// The value of a header; empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The cookie that it sets, as a browser sends it back.
    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie");
        let pair = set.split(';').next().unwrap().to_owned();
        assert!(pair.contains('='), "no cookie: {self:?}");
        pair
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The same answer, whose status must be this.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// The live updates of a page.
pub(crate) struct Events {
    lines: Lines<BufReader<TcpStream>>,
    /// How many there were so far.
    pub(crate) count: usize,
}

impl Events {
    /// Those that answer a request.
    #[track_caller]
    pub(crate) fn of(request: &Request) -> Self {
        let mut stream = connect(request.port, None);
        stream.write_all(request.text().as_bytes()).unwrap();
        Self {
            lines: BufReader::new(stream).lines(),
            count: 0,
        }
    }

    /// The next update with this text.
    #[track_caller]
    pub(crate) fn next(&mut self, wanted: &str) -> String {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            if line.starts_with("data:") {
                self.count += 1;
                if line.contains(wanted) {
                    return line;
                }
            }
        }
    }
}

/// A connection to a port of this machine.
#[track_caller]
pub(crate) fn connect(port: u16, from: Option<IpAddr>) -> TcpStream {
    let to = SocketAddr::from(([127, 0, 0, 1], port));
    let stream = match from {
        None => TcpStream::connect(to).unwrap(),
        Some(from) => connect_from(from, to),
    };
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

fn connect_from(from: IpAddr, to: SocketAddr) -> TcpStream {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from((from, 0))).unwrap();
    connect(&socket, &to).unwrap();
    TcpStream::from(socket)
}

/// Whether the server has closed the connection, or closes it soon.
pub(crate) fn is_closed(stream: &mut TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    match stream.read(&mut [0; 1024]) {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
