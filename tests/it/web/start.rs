//! Starting and stopping `qctl serve`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::client::{Request, Response, connect};
use super::{Page, TOKEN};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

#[test]
fn a_new_token_goes_to_a_file_that_only_the_user_can_read() {
    let redis = Redis::start();
    let folder = tempfile::tempdir().unwrap();
    let qctl = Qctl::new(&redis).env("XDG_RUNTIME_DIR", folder.path());
    let page = Page::of(qctl, &[]);
    let line = page
        .running
        .wait_for_line(|line| line.starts_with("the token is in "), SOON);
    let path = line.strip_prefix("the token is in ").unwrap().to_owned();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = std::fs::read_to_string(&path).unwrap();
    let token = token.trim();
    assert_eq!(token.len(), 32);
    assert!(
        page.running
            .lines()
            .iter()
            .all(|line| !line.contains(token))
    );
    let header = format!("Bearer {token}");
    page.get("/api/stats")
        .header("authorization", &header)
        .send()
        .expect(200);
    page.running.signal(Signal::INT);
    page.running.wait(SOON).expect_code(0);
    assert!(!std::fs::exists(&path).unwrap());
}

#[test]
fn settings_that_open_the_page_too_far_are_refused() {
    for (args, said) in [
        (
            &["--auth", "none", "--listen", "0.0.0.0:0"][..],
            "error: without a login, the page cannot be served on 0.0.0.0:0, which is not a loopback address\nhint: listen on 127.0.0.1, or choose another --auth\n",
        ),
        (
            &["--auth", "basic"],
            "error: --auth basic needs --auth-file\n",
        ),
        (
            &["--auth", "proxy-header"],
            "error: --auth proxy-header needs the address of the proxy in --trusted-proxy\n",
        ),
        (
            &["--auth-file", "short"],
            "error: cannot read the token \"short\" (it has fewer than 16 characters)\n",
        ),
        (
            &["--root-path", "/a/../b"],
            "error: \"/a/../b\" cannot be a root path: it begins with / and has only letters, digits, -, _, . and ~ between slashes\nhint: for example: --root-path /monitoring\n",
        ),
        (
            &["--allow-host", "http://example.com"],
            "error: \"http://example.com\" is not a host name\nhint: --allow-host takes a name without a port, for example tools.example.com\n",
        ),
        (
            &["--trusted-proxy", "10.0.0.0/33"],
            "error: \"10.0.0.0/33\" is not an address or a network\nhint: for example: --trusted-proxy 10.0.0.0/8\n",
        ),
        (
            &["--auth", "basic", "--auth-file", "short"],
            "error: cannot use \"short\" (line 1: expected NAME:PASSWORD)\nhint: each line is NAME:PASSWORD\n",
        ),
        (
            &["--https-cert", "x"],
            "error: --https-cert needs --https-key\n",
        ),
    ] {
        let listen = ["serve", "--listen", "127.0.0.1:0"];
        let listen = if args.contains(&"--listen") {
            &listen[..1]
        } else {
            &listen[..]
        };
        let qctl = Qctl::alone().file("short", "secret");
        qctl.args(listen).args(args).status(2).stderr(said).run();
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = format!(
        "error: cannot listen on {address} (Address already in use (os error 98))\nhint: choose another address with --listen\n"
    );
    Qctl::alone()
        .args(["serve", "--listen", &address])
        .status(1)
        .stderr(&said)
        .run();
}

#[test]
fn settings_may_stand_in_the_file() {
    let redis = Redis::start();
    let file = "[serve]\nlisten = [\"127.0.0.1:0\"]\nauth_file = \"token\"\nroot_path = \"/q\"\nallow_hosts = [\"tools.example.com\"]\n";
    let qctl = Qctl::new(&redis)
        .file("token", TOKEN)
        .file("qctl.toml", file);
    let page = Page::of(qctl, &[]);
    let get = page.get("/q/").header("host", "tools.example.com").bearer();
    get.send().expect(200);
    let file = "[serve]\nauth = \"password\"\n";
    let said = "error: qctl.toml:2: serve.auth: expected token, basic, proxy-header or none\n";
    Qctl::alone()
        .file("qctl.toml", file)
        .arg("serve")
        .status(2)
        .stderr(said)
        .run();
}

#[test]
fn paths_in_the_file_are_relative_to_the_file() {
    let redis = Redis::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("token", TOKEN);
    file("metrics", "fedcba9876543210fedcba9876543210");
    file(
        "qctl.toml",
        "[serve]\nlisten = [\"unix:page.sock\"]\nauth_file = \"token\"\nmetrics_token_file = \"metrics\"\n",
    );
    let path = folder.path().join("qctl.toml");
    let running = Qctl::new(&redis)
        .args(["serve", "--config", path.to_str().unwrap()])
        .spawn();
    running.wait_for_line(|line| line.starts_with("listening on unix:"), SOON);
    assert!(std::fs::exists(folder.path().join("page.sock")).unwrap());
    running.signal(Signal::INT);
    running.wait(SOON).expect_code(0);
    // The certificate is read before anything listens.
    file(
        "qctl.toml",
        "[serve]\nhttps_cert = \"cert.pem\"\nhttps_key = \"key.pem\"\n",
    );
    let cert = folder.path().join("cert.pem");
    let said = Qctl::alone()
        .args(["serve", "--config", path.to_str().unwrap()])
        .run_unchecked()
        .expect_code(2);
    let said = said.stderr_str();
    assert!(said.contains(&format!("{cert:?}")), "{said}");
}

#[test]
fn the_printed_address_answers_although_the_page_listens_on_all() {
    let redis = Redis::start();
    let page = Page::start(&redis, &["--auth-file", "token", "--listen", "0.0.0.0:0"]);
    let wide = page.running.wait_for_line(
        |line| line.starts_with("listening on ") && !line.contains(&format!(":{}/", page.port)),
        SOON,
    );
    let address = wide.strip_prefix("listening on http://").unwrap();
    let (host, port) = address.trim_end_matches('/').split_once(':').unwrap();
    assert_eq!(host, "127.0.0.1");
    let get = Request::new(port.parse().unwrap(), "GET", "/").bearer();
    get.header("host", address.trim_end_matches('/'))
        .send()
        .expect(200);
}

#[test]
fn on_a_terminal_the_token_of_a_page_without_an_address_is_in_a_file() {
    let redis = Redis::start();
    let Some(terminal) = Tmux::start(&redis.url(), (200, 20), "serve --listen unix:page.sock")
    else {
        return;
    };
    let screen = terminal.sees(&["listening on unix:page.sock", "the token is in "]);
    let path = screen.split("the token is in ").nth(1).unwrap();
    let path = path.lines().next().unwrap().trim();
    assert_eq!(std::fs::read_to_string(path).unwrap().trim().len(), 32);
    terminal.signal(Signal::INT);
    terminal.left(0);
    assert!(!std::fs::exists(path).unwrap());
}

#[test]
fn the_page_starts_without_redis_and_recovers() {
    let mut redis = Redis::start();
    redis.stop();
    let page = Page::with_token(&redis);
    page.get("/healthz").send().expect(200);
    assert_eq!(page.get("/readyz").send().expect(503).body, "not ready\n");
    let away = page.get("/api/stats").bearer().send().expect(503);
    assert_eq!(away.header("retry-after"), "5");
    let failure = away.json();
    assert_eq!(
        (&failure["code"], &failure["exit_code"]),
        (&"unreachable".into(), &5.into())
    );
    page.get("/").bearer().send().expect(503);
    redis.start_again();
    eventually(SOON, || {
        (page.get("/readyz").send().status == 200).then_some(())
    });
    page.get("/api/stats").bearer().send().expect(200);
}

#[test]
fn health_needs_neither_login_nor_host_and_says_nothing_else() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    for path in ["/healthz", "/readyz"] {
        let answer = page.get(path).header("host", "10.1.2.3:8080").send();
        assert_eq!(answer.expect(200).body, "ok\n");
    }
}

#[test]
fn a_unix_socket_is_one_of_several_listeners() {
    let redis = Redis::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.sock");
    // What a killed process has left.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = format!("unix:{}", path.display());
    let page = Page::start(&redis, &["--listen", &listen, "--auth-file", "token"]);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let request = page
        .get("/api/stats")
        .bearer()
        .header("connection", "close")
        .text();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(Response::parse(&answer).status, 200);
    page.get("/api/stats").bearer().send().expect(200);
    page.running.signal(Signal::TERM);
    page.running.wait(SOON).expect_code(143);
    assert!(!std::fs::exists(&path).unwrap());
}

#[test]
fn with_a_certificate_the_page_speaks_tls_and_nothing_else() {
    let redis = Redis::start();
    let names = vec!["127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let qctl = Qctl::new(&redis)
        .file("token", TOKEN)
        .file("cert.pem", own.cert.pem())
        .file("key.pem", own.signing_key.serialize_pem());
    let args = "--auth-file token --https-cert cert.pem --https-key key.pem";
    let page = Page::of(qctl, &args.split(' ').collect::<Vec<_>>());
    let mut known = rustls::RootCertStore::empty();
    known.add(own.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(known)
        .with_no_client_auth();
    let name = IpAddr::from([127, 0, 0, 1]).into();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(client, connect(page.port, None));
    let login = page.post("/login").same_origin();
    let login = login.header("connection", "close");
    let login = login.form(&format!("token={TOKEN}")).text();
    stream.write_all(login.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let answer = Response::parse(&answer).expect(303);
    assert!(
        answer.header("set-cookie").ends_with("; Secure"),
        "{answer:?}"
    );
    let mut plain = connect(page.port, None);
    plain
        .write_all(page.get("/").bearer().text().as_bytes())
        .unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer));
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}

#[test]
fn every_answer_is_hardened() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    for request in [
        page.get("/").bearer(),
        page.get("/"),
        page.get("/api/stats").bearer(),
        page.get("/nothing").bearer(),
        page.get("/healthz"),
        page.get("/").header("host", "evil.example"),
    ] {
        let answer = request.send();
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{answer:?}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'; base-uri 'none'")
                && !policy.contains("unsafe")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
}

#[test]
fn an_unused_connection_does_not_delay_the_stop() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let mut idle = connect(page.port, None);
    page.get("/").bearer().send().expect(200);
    page.running.signal(Signal::INT);
    page.running.wait(Duration::from_secs(4)).expect_code(0);
    assert!(super::client::is_closed(&mut idle, SOON));
}
