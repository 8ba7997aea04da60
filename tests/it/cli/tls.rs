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

/// Refused for this reason.
#[track_caller]
fn refused(run: Qctl, reason: &str, hint: &str) {
    let output = run.run_unchecked().expect_code(5);
    let said = output.stderr_str();
    assert!(
        said.starts_with("error: cannot reach Redis at rediss://127.0.0.1:"),
        "{said}"
    );
    let end = format!(" ({reason})\nhint: {hint}\n");
    assert!(said.ends_with(&end), "{said}");
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
    refused(
        ls(tls),
        "the server's certificate is signed by an authority that is not trusted",
        "trust the authority, or the certificate itself, with --tls-ca FILE",
    );
    refused(
        with(ls(tls), "--tls-ca", &tls.stranger_ca),
        "the server's certificate is signed by an authority that is not trusted",
        "trust the authority, or the certificate itself, with --tls-ca FILE",
    );
    ls(tls).arg("--insecure").stderr("no queues\n").run();
    ls(tls)
        .env("QCTL_INSECURE", "1")
        .stderr("no queues\n")
        .run();
    refused(
        ls(tls).env("QCTL_INSECURE", "false"),
        "the server's certificate is signed by an authority that is not trusted",
        "trust the authority, or the certificate itself, with --tls-ca FILE",
    );
    // A port without TLS is found out, however long the wait may be.
    let plain = Qctl::at(&format!("rediss://127.0.0.1:{}", redis.port()));
    refused(
        plain.args(["ls", "--redis-timeout", "1h"]),
        "the port does not speak TLS",
        "use redis:// instead of rediss://, or the server's TLS port",
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
        "the server's certificate is not for \"example.com\" but for 127.0.0.1, localhost",
        "pass the name in the certificate with --tls-server-name",
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
    refused(
        trusted(),
        "the server requires a client certificate",
        "add --tls-cert FILE and --tls-key FILE",
    );
}

#[test]
fn settings_that_cannot_be_used_are_wrong_usage() {
    let ls = || Qctl::at("rediss://127.0.0.1:1").arg("ls");
    ls().args(["--tls-cert", "cert.pem"])
        .file("cert.pem", "")
        .status(2)
        .stderr("error: the TLS certificate and its key must be set together\n")
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
    assert_eq!(
        broken.stderr_str(),
        "error: the file of the TLS CA holds a certificate that cannot be read\n"
    );
    for (setting, args) in [
        ("--tls-ca", &["--tls-ca", "ca.pem"][..]),
        ("--tls-server-name", &["--tls-server-name", "example.com"]),
        ("--insecure", &["--insecure"]),
    ] {
        Qctl::at("redis://127.0.0.1:1")
            .arg("ls")
            .args(args)
            .file("ca.pem", "")
            .status(2)
            .stderr(&format!(
                "error: {setting} has no effect without TLS\nhint: use rediss:// for TLS\n"
            ))
            .run();
    }
}
