//! Encrypted connections: whom they trust, what they show, and which name they check.

use std::path::Path;
use std::time::Duration;

use qctl::broker::{Address, Broker, Error, Fault, Settings, Tls};
use rcgen::CertificateParams;
use tempfile::TempDir;

use super::conn::{ENCODED, PASSWORD, discreet, works};
use super::settings;
use crate::harness::SOON;
use crate::harness::redis::{Builder, ClientCertificate, Redis};

fn pem(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

async fn over_tls(host: &str, port: u16, tls: Tls) -> Result<Broker, Error> {
    over_tls_within(SOON, host, port, tls).await
}

async fn over_tls_within(
    timeout: Duration,
    host: &str,
    port: u16,
    tls: Tls,
) -> Result<Broker, Error> {
    let settings = Settings {
        address: Address::parse(&format!("rediss://:{ENCODED}@{host}:{port}")).unwrap(),
        tls,
        timeout,
    };
    Broker::connect(settings).await.map_err(discreet)
}

/// Why there is no connection.
#[track_caller]
fn fault(connected: Result<Broker, Error>) -> Fault {
    match connected {
        Err(Error::Unreachable { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn with_password() -> Builder {
    Redis::with().config(&format!("requirepass \"{PASSWORD}\""))
}

#[tokio::test]
async fn tls_trusts_the_given_ca_alone() {
    let Some(redis) = with_password()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let files = redis.tls().clone();
    let trusting = |ca: &Path| Tls {
        ca: Some(pem(ca)),
        ..Tls::default()
    };
    works(
        &over_tls("127.0.0.1", files.port, trusting(&files.ca))
            .await
            .unwrap(),
    )
    .await;
    let wrong = [trusting(&files.stranger_ca), Tls::default()];
    for tls in wrong {
        let refused = over_tls("127.0.0.1", files.port, tls).await;
        assert_eq!(fault(refused), Fault::UnknownAuthority);
    }
    let insecure = Tls {
        insecure: true,
        ..Tls::default()
    };
    works(&over_tls("127.0.0.1", files.port, insecure).await.unwrap()).await;
}

#[tokio::test]
async fn a_port_with_tls_and_one_without_are_told_apart() {
    let Some(redis) = with_password()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let files = redis.tls().clone();
    // Each side waits for the other, but not until the time is over.
    let patient = Duration::from_secs(600);
    let insecure = Tls {
        insecure: true,
        ..Tls::default()
    };
    let plain = over_tls_within(patient, "127.0.0.1", redis.port(), insecure).await;
    assert_eq!(fault(plain), Fault::NoTls);
    let encrypted = settings(&format!("redis://127.0.0.1:{}", files.port));
    let encrypted = fault(Broker::connect(encrypted).await);
    // OpenSSL answers with an alert, or closes the connection, depending on its version.
    assert!(
        [Fault::NeedsTls, Fault::Closed].contains(&encrypted),
        "{encrypted:?}"
    );
}

/// A certificate that signs itself, as `openssl req -x509` makes it: an authority and a server's at once.
fn self_signed(names: &[&str], change: fn(&mut CertificateParams)) -> (TempDir, Builder) {
    let folder = TempDir::new().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    let (cert_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&cert_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let builder = with_password()
        .tls(ClientCertificate::Ignored)
        .config(&format!("tls-cert-file {}", cert_file.display()))
        .config(&format!("tls-key-file {}", key_file.display()));
    (folder, builder)
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_where_it_is_the_given_one() {
    let (folder, builder) = self_signed(&[], |_| {});
    let Some(redis) = builder.start_or_skip() else {
        return;
    };
    let files = redis.tls().clone();
    let trusting = |folder: &TempDir| Tls {
        ca: Some(pem(&folder.path().join("c.pem"))),
        ..Tls::default()
    };
    let broker = over_tls("127.0.0.1", files.port, trusting(&folder)).await;
    works(&broker.unwrap()).await;
    let (other, named) = self_signed(&["redis.example"], |_| {});
    let refused = over_tls("127.0.0.1", files.port, trusting(&other)).await;
    assert_eq!(fault(refused), Fault::UnknownAuthority);

    let redis = named.start();
    let port = redis.tls().port;
    let expected = Fault::WrongName {
        expected: "127.0.0.1".to_owned(),
        presented: vec!["DnsName(\"redis.example\")".to_owned()],
    };
    assert!(
        expected
            .to_string()
            .ends_with("for \"127.0.0.1\" but for redis.example")
    );
    let refused = over_tls("127.0.0.1", port, trusting(&other)).await;
    assert_eq!(fault(refused), expected);
    let named = Tls {
        server_name: Some("redis.example".to_owned()),
        ..trusting(&other)
    };
    over_tls("127.0.0.1", port, named).await.unwrap();
}

#[tokio::test]
async fn an_expired_or_future_certificate_is_refused_even_if_it_is_the_given_one() {
    let past = |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let future =
        |params: &mut CertificateParams| params.not_before = rcgen::date_time_ymd(3000, 1, 1);
    for (change, expected) in [
        (past as fn(&mut CertificateParams), Fault::Expired),
        (future, Fault::NotYetValid),
    ] {
        let (folder, builder) = self_signed(&["localhost"], change);
        let Some(redis) = builder.start_or_skip() else {
            return;
        };
        let tls = Tls {
            ca: Some(pem(&folder.path().join("c.pem"))),
            ..Tls::default()
        };
        let refused = over_tls("localhost", redis.tls().port, tls).await;
        assert_eq!(fault(refused), expected);
    }
}

#[tokio::test]
async fn tls_shows_our_certificate_where_one_is_asked_for() {
    let Some(redis) = with_password()
        .tls(ClientCertificate::Required)
        .start_or_skip()
    else {
        return;
    };
    let files = redis.tls().clone();
    let without = Tls {
        ca: Some(pem(&files.ca)),
        ..Tls::default()
    };
    let identity = Some((pem(&files.cert), pem(&files.key)));
    let with = Tls {
        identity,
        ..without.clone()
    };
    works(&over_tls("127.0.0.1", files.port, with).await.unwrap()).await;
    let missing = over_tls("127.0.0.1", files.port, without.clone()).await;
    assert_eq!(fault(missing), Fault::CertificateRequired);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = CertificateParams::default().self_signed(&key).unwrap();
    let own_key = key.serialize_pem().into_bytes();
    let strange = Tls {
        identity: Some((own.pem().into_bytes(), own_key.clone())),
        ..without.clone()
    };
    let refused = over_tls("127.0.0.1", files.port, strange).await;
    assert_eq!(fault(refused), Fault::CertificateRefused);
    let mixed = Tls {
        identity: Some((pem(&files.cert), own_key)),
        ..without.clone()
    };
    let refused = over_tls("127.0.0.1", files.port, mixed).await.unwrap_err();
    let what = "the TLS key does not belong to the client certificate";
    assert_eq!(refused, Error::Tls(what.to_owned()));
    let identity = Some((pem(&files.cert), b"no key".to_vec()));
    let broken = over_tls(
        "127.0.0.1",
        files.port,
        Tls {
            identity,
            ..without.clone()
        },
    )
    .await;
    assert!(matches!(broken, Err(Error::Tls(_))), "{broken:?}");
    let ca = Some(b"no certificate".to_vec());
    let broken = over_tls("127.0.0.1", files.port, Tls { ca, ..without }).await;
    assert!(matches!(broken, Err(Error::Tls(_))), "{broken:?}");
}

#[tokio::test]
async fn tls_checks_the_name_that_it_is_told_to() {
    let Some(redis) = with_password()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let files = redis.tls().clone();
    let named = |name: Option<&str>| Tls {
        ca: Some(pem(&files.ca)),
        server_name: name.map(str::to_owned),
        ..Tls::default()
    };
    // The certificate is for 127.0.0.1 and localhost.
    let elsewhere = over_tls("127.0.0.2", files.port, named(None)).await;
    assert!(
        matches!(elsewhere, Err(Error::Unreachable { .. })),
        "{elsewhere:?}"
    );
    let other = over_tls("127.0.0.1", files.port, named(Some("redis.example"))).await;
    let Fault::WrongName { presented, .. } = fault(other) else {
        panic!();
    };
    assert_eq!(presented.len(), 2, "{presented:?}");
    let broker = over_tls("127.0.0.1", files.port, named(Some("localhost"))).await;
    works(&broker.unwrap()).await;
}
