//! Encrypted connections: whom they trust, what they show, and which name they check.

use std::path::Path;
use std::time::Duration;

use qctl::broker::{Address, Broker, Error, Settings, Tls};

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
        let Err(Error::Unreachable { reason, .. }) = over_tls("127.0.0.1", files.port, tls).await
        else {
            panic!();
        };
        assert!(reason.contains("certificate"), "{reason}");
    }
    let insecure = Tls {
        insecure: true,
        ..Tls::default()
    };
    works(&over_tls("127.0.0.1", files.port, insecure).await.unwrap()).await;
    // A plain port behind a TLS address, and the other way round: each side waits for the other.
    let brief = Duration::from_millis(500);
    let plain = over_tls_within(brief, "127.0.0.1", redis.port(), trusting(&files.ca)).await;
    assert!(matches!(plain, Err(Error::Unreachable { .. })), "{plain:?}");
    let mut other = settings(&format!("redis://127.0.0.1:{}", files.port));
    other.timeout = brief;
    let other = Broker::connect(other).await.unwrap_err();
    assert!(matches!(other, Error::Unreachable { .. }), "{other:?}");
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
    let Err(Error::Unreachable { reason, .. }) = missing else {
        panic!("{missing:?}");
    };
    assert!(reason.to_lowercase().contains("certificate"), "{reason}");
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
    let Err(Error::Unreachable { reason, .. }) = other else {
        panic!("{other:?}");
    };
    assert!(
        reason.contains("certificate") || reason.contains("name"),
        "{reason}"
    );
    let broker = over_tls("127.0.0.1", files.port, named(Some("localhost"))).await;
    works(&broker.unwrap()).await;
}
