//! TLS: whom the program trusts, and who it is itself.

use std::path::Path;

use crate::harness::qctl::Qctl;
use crate::harness::redis::{ClientCertificate, Redis, Tls};

fn ls(tls: &Tls) -> Qctl {
    Qctl::at(&format!("rediss://127.0.0.1:{}", tls.port)).arg("ls")
}

fn with(run: Qctl, flag: &str, file: &Path) -> Qctl {
    run.arg(flag).arg(file)
}

/// Refused for this reason, whose exact words are the library's.
#[track_caller]
fn refused(run: Qctl, reason: &str) {
    let output = run.run_unchecked().expect_code(5);
    let said = output.stderr_str();
    assert!(
        said.starts_with("error: cannot reach Redis at rediss://127.0.0.1:"),
        "{said}"
    );
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_server_must_be_trusted() {
    let Some(redis) = Redis::with()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let tls = redis.tls();
    with(ls(tls), "--tls-ca", &tls.ca)
        .stderr("no queues\n")
        .run();
    ls(tls)
        .env("QCTL_TLS_CA", &tls.ca)
        .stderr("no queues\n")
        .run();
    refused(ls(tls), "invalid peer certificate");
    refused(
        with(ls(tls), "--tls-ca", &tls.stranger_ca),
        "invalid peer certificate",
    );
    ls(tls).arg("--insecure").stderr("no queues\n").run();
    ls(tls)
        .env("QCTL_INSECURE", "1")
        .stderr("no queues\n")
        .run();
    refused(
        ls(tls).env("QCTL_INSECURE", "false"),
        "invalid peer certificate",
    );
}

#[test]
fn the_name_in_the_certificate_must_be_the_one_meant() {
    let Some(redis) = Redis::with()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let tls = redis.tls();
    let trusted = || with(ls(tls), "--tls-ca", &tls.ca);
    trusted()
        .args(["--tls-server-name", "localhost"])
        .stderr("no queues\n")
        .run();
    refused(
        trusted().args(["--tls-server-name", "example.com"]),
        "not valid for name",
    );
}

#[test]
fn a_server_may_ask_who_we_are() {
    let Some(redis) = Redis::with()
        .tls(ClientCertificate::Required)
        .start_or_skip()
    else {
        return;
    };
    let tls = redis.tls();
    let trusted = || with(ls(tls), "--tls-ca", &tls.ca);
    let known = with(
        with(trusted(), "--tls-cert", &tls.cert),
        "--tls-key",
        &tls.key,
    );
    known.stderr("no queues\n").run();
    let by_file = format!(
        "[redis]\ntls_ca = {:?}\ntls_cert = {:?}\ntls_key = {:?}\n",
        tls.ca, tls.cert, tls.key
    );
    ls(tls)
        .file("qctl.toml", by_file)
        .stderr("no queues\n")
        .run();
    trusted().run_unchecked().expect_code(5);
}

#[test]
fn settings_that_cannot_be_used_are_wrong_usage() {
    let ls = || Qctl::at("rediss://127.0.0.1:1").arg("ls");
    ls().args(["--tls-cert", "cert.pem"])
        .file("cert.pem", "")
        .status(2)
        .stderr("error: a TLS certificate and its key are needed together\n")
        .run();
    ls().args(["--tls-ca", "missing.pem"])
        .status(2)
        .stderr("error: cannot read the TLS CA \"missing.pem\" (No such file or directory (os error 2))\n")
        .run();
    let broken = ls()
        .args(["--tls-ca", "broken.pem"])
        .file(
            "broken.pem",
            "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n",
        )
        .run_unchecked()
        .expect_code(2);
    assert!(
        broken
            .stderr_str()
            .starts_with("error: the TLS settings cannot be used ("),
        "{}",
        broken.stderr_str()
    );
}
