//! What a worker tells those who watch it: monitoring and a service manager.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tempfile::TempDir;

use super::shop::{Shop, typed};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

struct Watched {
    worker: Running,
    folder: TempDir,
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("worker.sock")
}

fn start(url: &str) -> Watched {
    let folder = TempDir::new().unwrap();
    let listen = format!("unix:{}", socket(&folder).display());
    let worker = Qctl::at(url)
        .args(["work", "--no-scheduler", "--listen", &listen])
        .args([
            "--handle",
            "good=true",
            "--handle",
            "bad=exit 65",
            "--handle",
            "long=sleep 600",
        ])
        .spawn();
    Watched { worker, folder }
}

impl Watched {
    /// The status and the body of an answer; `None` before the worker listens.
    fn get(&self, path: &str) -> Option<(u16, String)> {
        get(&socket(&self.folder), path)
    }

    fn eventually(&self, path: &str, status: u16, part: &str) {
        eventually(SOON, || {
            let (seen, body) = self.get(path)?;
            (seen == status && body.contains(part)).then_some(())
        });
    }
}

pub(crate) fn get(socket: &Path, path: &str) -> Option<(u16, String)> {
    let mut stream = UnixStream::connect(socket).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[test]
fn figures_count_attempts_by_type_and_outcome() {
    let shop = Shop::open();
    let watched = start(&shop.redis.url());
    watched.eventually("/readyz", 200, "ok");
    for (kind, id) in [("good", "a"), ("good", "b"), ("bad", "c"), ("long", "d")] {
        shop.enqueue(&typed(kind, id));
    }
    watched.eventually(
        "/metrics",
        200,
        "attempts_total{type=\"bad\",outcome=\"archived\"} 1\n",
    );
    watched.eventually(
        "/metrics",
        200,
        "attempts_total{type=\"good\",outcome=\"done\"} 2\n",
    );
    watched.eventually("/metrics", 200, "qctl_worker_running{type=\"long\"} 1\n");
    let (_, figures) = watched.get("/metrics").unwrap();
    assert!(
        figures.contains("qctl_worker_running{type=\"good\"} 0\n"),
        "{figures}"
    );
    assert!(
        figures.contains("qctl_worker_attempt_seconds_count{type=\"good\"} 2\n"),
        "{figures}"
    );
    assert_eq!(watched.get("/healthz").unwrap(), (200, "ok\n".to_owned()));
}

#[test]
fn a_worker_is_ready_while_it_takes_tasks() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let watched = start(&proxy.url());
    watched.eventually("/readyz", 200, "ok");
    proxy.cut();
    watched.eventually("/readyz", 503, "not ready: these fail: ");
    assert_eq!(watched.get("/healthz").unwrap().0, 200);
    proxy.heal();
    watched.eventually("/readyz", 200, "ok");
    shop.enqueue(&typed("long", "one"));
    watched.eventually("/metrics", 200, "qctl_worker_running{type=\"long\"} 1\n");
    watched.worker.signal(Signal::TERM);
    watched.eventually("/readyz", 503, "not ready: it is stopping");
    watched.worker.signal(Signal::TERM);
    watched.worker.wait(SOON).expect_code(0);
}

#[test]
fn a_service_manager_hears_when_it_is_ready_alive_and_stopping() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    let heard = |wanted: &str| {
        let mut text = [0; 100];
        loop {
            let length = manager.recv(&mut text).unwrap();
            if text[..length] == *wanted.as_bytes() {
                return;
            }
        }
    };
    shop.enqueue(&typed("env", "one"));
    let told = folder.path().join("told");
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--handle"])
        .arg(format!("env=env >{}", told.display()))
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000")
        .spawn();
    heard("READY=1\n");
    heard("WATCHDOG=1\n");
    heard("WATCHDOG=1\n");
    eventually(SOON, || shop.find("one").is_none().then_some(()));
    let environment = std::fs::read_to_string(told).unwrap();
    assert!(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG"));
    worker.signal(Signal::TERM);
    heard("STOPPING=1\n");
    worker.wait(SOON).expect_code(0);
}

#[test]
fn a_service_manager_that_asks_for_a_reload_hears_when_it_is_over() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let heard = || {
        let mut text = [0; 100];
        // A test that is stopped and continued is interrupted.
        let length = eventually(SOON, || manager.recv(&mut text).ok());
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    fs::write(
        folder.path().join("qctl.toml"),
        "[handlers.t]\ndiscard = true\n",
    )
    .unwrap();
    let worker = Qctl::new(&shop.redis)
        .cwd(folder.path())
        .arg("work")
        .env("NOTIFY_SOCKET", &path)
        .spawn();
    assert_eq!(heard(), "READY=1\n");
    for wrong in ["", "[handlers.t]\nrun = ''\n"] {
        fs::write(folder.path().join("qctl.toml"), wrong).unwrap();
        worker.signal(Signal::HUP);
        let begins = heard();
        let at = begins.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(at.trim_end().parse::<u64>().unwrap() > 0);
        assert_eq!(heard(), "READY=1\n");
    }
    worker.signal(Signal::TERM);
    assert_eq!(heard(), "STOPPING=1\n");
    worker.wait(SOON).expect_code(0);
}

#[test]
fn figures_say_how_long_tasks_were_pending() {
    let shop = Shop::open();
    shop.enqueue(&typed("good", "a"));
    let watched = start(&shop.redis.url());
    watched.eventually(
        "/metrics",
        200,
        "qctl_worker_pending_seconds_count{queue=\"default\"} 1\n",
    );
    let bucket = "qctl_worker_pending_seconds_bucket{queue=\"default\",le=\"0.00025\"} 0\n";
    let (_, figures) = watched.get("/metrics").unwrap();
    assert!(figures.contains(bucket), "{figures}");
}

#[test]
fn an_address_in_use_is_an_error_before_anything_starts() {
    let shop = Shop::open();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--discard", "*", "--listen", &address])
        .run_unchecked()
        .expect_code(1);
    let error = worker.stderr_str();
    assert!(
        error.contains(&format!("error: cannot listen on {address} (")),
        "{error}"
    );
    assert!(
        error.ends_with("hint: choose another address with --listen\n"),
        "{error}"
    );
}
