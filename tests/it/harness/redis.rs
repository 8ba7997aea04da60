//! A private `redis-server`: its own port, socket and folder, nothing persisted, gone when dropped.
//!
//! Besides whatever users a test configures there is always the user `harness`, through which
//! [`Redis::cmd`] talks on a connection of its own. So a test may lock the default user out, or cut
//! every connection of the program under test, and still look at the data.

use std::ffi::OsString;
use std::fs::{File, read_to_string, write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use redis::{Connection, FromRedisValue, RedisResult, Value};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{SOON, clock, eventually, print_log_if_failing, say, setting, within};

pub(super) const HARNESS_USER: &str = "harness";
pub(super) const HARNESS_PASSWORD: &str = "only-for-tests";

pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    tls: Option<Tls>,
    password: Option<String>,
    process: Option<Child>,
    sentinel: bool,
    clock_ahead: i64,
}

/// Whether a TLS server asks its clients for a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    Required,
    Ignored,
}

/// The TLS side of a server: its port, and PEM files of a client that may use it.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) port: u16,
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    /// A CA that signed nothing here, for the refusal.
    pub(crate) stranger_ca: PathBuf,
}

#[derive(Default)]
#[must_use = "nothing runs before `start`"]
pub(crate) struct Builder {
    lines: Vec<String>,
    password: Option<String>,
    tls: Option<ClientCertificate>,
    sentinel: bool,
    clock_ahead: i64,
    port: Option<u16>,
    authority: Option<Arc<Authority>>,
}

/// What signs certificates.
pub(super) type Authority = rcgen::CertifiedIssuer<'static, rcgen::KeyPair>;

impl Builder {
    /// Its certificates come from this authority, so that other servers can trust it.
    pub(super) fn signed_by(mut self, authority: &Arc<Authority>) -> Self {
        self.authority = Some(Arc::clone(authority));
        self
    }

    /// A server on this port, which other servers have been told of.
    pub(super) fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// A server whose clock is so many seconds ahead.
    pub(crate) fn clock_ahead(mut self, seconds: i64) -> Self {
        self.clock_ahead = seconds;
        self
    }

    /// A line of `redis.conf`, such as `maxmemory 1mb` or `user alice on >secret ~* +@read`.
    pub(crate) fn config(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// The default user needs this password; [`Redis::url`] carries it.
    pub(crate) fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.config(&format!("requirepass {password}"))
    }

    pub(crate) fn replica_of(self, primary: &Redis) -> Self {
        self.config(&format!("replicaof 127.0.0.1 {}", primary.port))
            .config(&format!("masteruser {HARNESS_USER}"))
            .config(&format!("masterauth {HARNESS_PASSWORD}"))
    }

    /// A Sentinel. What it watches is in its configuration.
    pub(crate) fn sentinel(mut self) -> Self {
        self.sentinel = true;
        self
    }

    /// A TLS port beside the plain one, with a CA and certificates of its own.
    pub(crate) fn tls(mut self, client: ClientCertificate) -> Self {
        self.tls = Some(client);
        self
    }

    pub(crate) fn start(self) -> Redis {
        self.try_start()
            .unwrap_or_else(|log| panic!("the Redis server did not start:\n{log}"))
    }

    /// As [`Builder::start`], but says so and returns `None` where the server was built without TLS.
    pub(crate) fn start_or_skip(self) -> Option<Redis> {
        match self.try_start() {
            Ok(redis) => Some(redis),
            Err(log) if lacks_tls(&log) => {
                say("skipped: this Redis server was built without TLS");
                None
            }
            Err(log) => panic!("the Redis server did not start:\n{log}"),
        }
    }

    /// Another process may take a free port before the server does, hence the attempts.
    pub(super) fn try_start(self) -> Result<Redis, String> {
        let mut log = String::new();
        for _ in 0..5 {
            match self.attempt() {
                Ok(redis) => return Ok(redis),
                Err(text) => log = text,
            }
            if !log.contains("Address already in use") && !log.contains("Failed listening on port")
            {
                break;
            }
        }
        Err(log)
    }

    fn attempt(&self) -> Result<Redis, String> {
        let folder = TempDir::with_prefix("qctl-redis-").unwrap();
        let port = self.port.unwrap_or_else(free_port);
        let mut lines = vec![
            format!("port {port}"),
            "bind 127.0.0.1".to_owned(),
            "unixsocket redis.sock".to_owned(),
            "save \"\"".to_owned(),
            "appendonly no".to_owned(),
            // A primary waits five seconds for further replicas otherwise.
            "repl-diskless-sync-delay 0".to_owned(),
            format!("user {HARNESS_USER} on >{HARNESS_PASSWORD} ~* &* +@all"),
        ];
        let tls = self
            .tls
            .map(|client| self.issue(folder.path(), client, &mut lines));
        lines.extend_from_slice(&self.lines);
        write(folder.path().join("redis.conf"), lines.join("\n")).unwrap();
        let mut redis = Redis {
            folder,
            port,
            tls,
            password: self.password.clone(),
            process: None,
            sentinel: self.sentinel,
            clock_ahead: self.clock_ahead,
        };
        redis.launch().map(|()| redis)
    }
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self::with().start()
    }

    pub(crate) fn with() -> Builder {
        Builder::default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The plain address, as the default user, database 0.
    pub(crate) fn url(&self) -> String {
        let login = self
            .password()
            .map(|password| format!(":{password}@"))
            .unwrap_or_default();
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// The unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Of a server started with [`Builder::tls`].
    pub(crate) fn tls(&self) -> &Tls {
        self.tls.as_ref().expect("a server started with `tls`")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().expect("a running server").id()
    }

    /// Sends one command as an administrator and panics if the answer is an error.
    #[track_caller]
    pub(crate) fn cmd(&self, args: &[impl AsRef<[u8]>]) -> Value {
        self.query(args)
    }

    /// As [`Redis::cmd`], converted: `redis.query::<u64>(&["LLEN", "asynq:{default}:pending"])`.
    #[track_caller]
    pub(crate) fn query<T: FromRedisValue>(&self, args: &[impl AsRef<[u8]>]) -> T {
        self.try_query(args).unwrap()
    }

    pub(crate) fn try_query<T: FromRedisValue>(&self, args: &[impl AsRef<[u8]>]) -> RedisResult<T> {
        let mut command = redis::Cmd::new();
        for arg in args {
            command.arg(arg.as_ref());
        }
        command.query(&mut self.connection()?)
    }

    /// A connection as an administrator, for pipelines, subscriptions and other lasting things.
    pub(crate) fn connection(&self) -> RedisResult<Connection> {
        let url = format!(
            "redis+unix://{}?user={HARNESS_USER}&pass={HARNESS_PASSWORD}",
            self.socket().display()
        );
        redis::Client::open(url)?.get_connection()
    }

    /// Ends the server, and keeps its data in its folder for [`Redis::start_again`].
    pub(crate) fn stop(&mut self) {
        // The reply is the connection closing.
        self.try_query::<()>(&["SHUTDOWN", "SAVE"]).unwrap_err();
        self.process.take().unwrap().wait().unwrap();
    }

    /// Ends the server with all its data, as a crash does.
    pub(crate) fn kill9(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts a stopped server on the same port and socket.
    pub(crate) fn start_again(&mut self) {
        self.launch()
            .unwrap_or_else(|log| panic!("the Redis server did not start again:\n{log}"));
    }

    /// Every client is disconnected, no data is lost.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// The process stops answering, while its connections stay open.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.process.as_ref().unwrap()), signal).unwrap();
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Starts the process and waits until it answers; its log is the error.
    fn launch(&mut self) -> Result<(), String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let program = server_program();
        let process = Command::new(&program)
            .arg("redis.conf")
            .args(self.sentinel.then_some("--sentinel"))
            .current_dir(self.folder.path())
            .envs(
                (self.clock_ahead != 0)
                    .then(|| clock::ahead(self.clock_ahead))
                    .into_iter()
                    .flatten(),
            )
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
        self.process = Some(process);
        let up = within(SOON, || {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap().is_some();
            let answers = !ended && self.try_query::<Value>(&["PING"]).is_ok();
            (ended || answers).then_some(answers)
        });
        match up {
            Some(true) => Ok(()),
            Some(false) | None => Err(read_to_string(self.log()).unwrap_or_default()),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, or been ended by the test: gone is what counts.
            drop(process.kill());
            drop(process.wait());
        }
        print_log_if_failing(
            &format!("log of the Redis server on port {}", self.port),
            &self.log(),
        );
    }
}

impl Builder {
    fn issue(&self, folder: &Path, client: ClientCertificate, lines: &mut Vec<String>) -> Tls {
        let ca = self.authority.clone();
        let ca = ca.unwrap_or_else(|| Arc::new(authority()));
        let file = |name: &str, text: String| {
            let path = folder.join(name);
            write(&path, text).unwrap();
            path
        };
        let issue = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
            let params = rcgen::CertificateParams::new(names).unwrap();
            let cert = params.signed_by(&key, &*ca).unwrap();
            (
                file(&format!("{name}.crt"), cert.pem()),
                file(&format!("{name}.key"), key.serialize_pem()),
            )
        };
        let (server_cert, server_key) = issue("server");
        let (cert, key) = issue("client");
        let tls = Tls {
            port: free_port(),
            ca: file("ca.crt", ca.pem()),
            cert,
            key,
            stranger_ca: file("stranger.crt", authority().pem()),
        };
        let auth = if client == ClientCertificate::Required {
            "yes"
        } else {
            "no"
        };
        lines.extend([
            format!("tls-port {}", tls.port),
            format!("tls-cert-file {}", server_cert.display()),
            format!("tls-key-file {}", server_key.display()),
            format!("tls-ca-cert-file {}", tls.ca.display()),
            format!("tls-auth-clients {auth}"),
        ]);
        tls
    }
}

pub(super) fn authority() -> Authority {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "qctl test authority");
    rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap()
}

/// What Redis and Valkey say to a TLS directive when built without it.
fn lacks_tls(log: &str) -> bool {
    log.contains("Failed finding TLS support")
        || (log.contains("Bad directive") && log.contains("tls-"))
}

fn server_program() -> OsString {
    setting("QCTL_TEST_REDIS_SERVER").unwrap_or_else(|| "redis-server".into())
}

/// The ports of servers. They lie below the range from which systems take the local port of an outgoing connection, so that
/// none of the many connections of a test run sits on a port when the server binds it; and so do the ports of cluster
/// buses, 10,000 above.
const PORTS: Range<u16> = 12_000..22_000;

/// A port that no server of this process gets again before all others have had their turn: some are bound long after
/// other servers have been told of them.
pub(super) fn free_port() -> u16 {
    static NEXT: LazyLock<Mutex<u16>> = LazyLock::new(|| Mutex::new(fastrand::u16(PORTS)));
    eventually(SOON, || {
        let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
        let port = *next;
        *next = if port + 1 < PORTS.end {
            port + 1
        } else {
            PORTS.start
        };
        std::net::TcpListener::bind(("127.0.0.1", port))
            .ok()
            .map(|_| port)
    })
}
