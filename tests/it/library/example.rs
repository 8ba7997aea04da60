//! The example `welcome-email`: from a request to a mail.

#[path = "../../../examples/welcome-email/service/mod.rs"]
mod service;
#[path = "../../../examples/welcome-email/sink.rs"]
mod sink;

use std::net::SocketAddr;
use std::time::Duration;

use qctl::State;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::block_in_place;
use tokio::time::timeout;

use self::service::{Service, Settings};
use self::sink::Sink;
use super::Place;
use crate::harness::{SOON, eventually};

const PAGE_TOKEN: &str = "a token for the page";

async fn start(place: &Place, sink: &Sink) -> Service {
    let settings = Settings {
        redis: place.redis.url(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        smtp: sink.address(),
        // Ten seconds in the real program.
        delay: Duration::from_secs(1),
        page_token: Some(PAGE_TOKEN.to_owned()),
    };
    Service::start(settings).await.unwrap()
}

/// Sends a registration; returns the status and the body of the answer.
async fn register(service: &Service, body: &Value) -> (u16, String) {
    let body = body.to_string();
    let request = format!(
        "POST /register HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

async fn mail(sink: &mut Sink) -> String {
    timeout(SOON, sink.next()).await.unwrap().unwrap()
}

fn task(body: &str) -> Value {
    serde_json::from_str::<Value>(body).unwrap()["task"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_leads_to_one_mail() {
    let place = Place::new().await;
    let mut sink = Sink::start().await.unwrap();
    let service = start(&place, &sink).await;
    let ada = json!({"name": "Ada", "email": "ada@example.com"});
    let (status, body) = register(&service, &ada).await;
    assert_eq!(status, 202);
    let id = task(&body);
    let found = place.find("critical", id.as_str().unwrap()).await.unwrap();
    assert_eq!(found.state, State::Scheduled);
    let message = found.message.unwrap();
    assert_eq!((&*message.kind, message.max_retry), ("email:welcome", 10));
    // The second click.
    assert_eq!(
        register(&service, &ada).await,
        (202, r#"{"task":null}"#.to_owned())
    );
    let mail = mail(&mut sink).await;
    for part in ["To: Ada <ada@example.com>", "Subject: Welcome", "Hello Ada"] {
        assert!(mail.contains(part), "{mail}");
    }
    service.stop().await.unwrap();
    assert!(place.find("critical", id.as_str().unwrap()).await.is_none());
    let servers: Vec<String> = place.redis.query(&["ZRANGE", "asynq:servers", "0", "-1"]);
    assert_eq!(servers, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_refuses_is_asked_again_and_a_bad_address_is_not() {
    let place = Place::new().await;
    let mut sink = Sink::start().await.unwrap();
    sink.refuse(1);
    let service = start(&place, &sink).await;
    let bob = json!({"name": "Bob", "email": "bob@example.com"});
    assert_eq!(register(&service, &bob).await.0, 202);
    assert!(mail(&mut sink).await.contains("bob@example.com"));
    let bad = json!({"name": "Eve", "email": "nowhere"});
    let (_, body) = register(&service, &bad).await;
    let id = task(&body);
    let archived = place.reaches_in("critical", id.as_str().unwrap(), Some(State::Archived));
    let message = archived.await.unwrap().message.unwrap();
    assert_eq!(message.retried, 0);
    assert_eq!(register(&service, &json!({})).await.0, 422);
    service.stop().await.unwrap();
    let failed: u64 = place.redis.query(&["GET", "asynq:{critical}:failed"]);
    assert_eq!(failed, 2);
}

/// Asks for a path of the page; returns the status and the body of the answer.
async fn page(service: &Service, path: &str, headers: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// How often the clock of Redis was read.
fn clock_reads(place: &Place) -> u64 {
    let commands: String = place.redis.query(&["INFO", "commandstats"]);
    let time = commands.split("cmdstat_time:calls=").nth(1).unwrap();
    time.split(',').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_mounted_and_closed_to_strangers() {
    let place = Place::new().await;
    let sink = Sink::start().await.unwrap();
    let service = start(&place, &sink).await;
    let ada = json!({"name": "Ada", "email": "ada@example.com"});
    assert_eq!(register(&service, &ada).await.0, 202);
    let known = format!("host: localhost\r\nauthorization: Bearer {PAGE_TOKEN}\r\n");
    let before = clock_reads(&place);
    let (status, html) = page(&service, "/monitoring/", &known).await;
    assert_eq!(status, 200);
    assert!(
        html.contains("href=\"/monitoring/queue?queue=critical\""),
        "{html}"
    );
    // The page keeps Redis's time from its first viewer on.
    block_in_place(|| eventually(SOON, || (clock_reads(&place) > before).then_some(())));
    let (status, queues) = page(&service, "/monitoring/api/queues", &known).await;
    let queues: Value = serde_json::from_str(&queues).unwrap();
    assert_eq!((status, &queues[0]["queue"]), (200, &"critical".into()));
    for (path, headers, refused) in [
        ("/monitoring/", "host: localhost\r\n", 401),
        ("/monitoring/", "host: evil.example\r\n", 421),
        ("/api/queues", known.as_str(), 404),
    ] {
        assert_eq!(
            page(&service, path, headers).await.0,
            refused,
            "{path} {headers}"
        );
    }
    service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_decisions_about_safety_is_not_built() {
    use qctl::{Client, Page, PageAuth, PageError};
    let place = Place::new().await;
    let client = Client::connect(&place.redis.url()).await.unwrap();
    let page = || Page::builder(&client).behind_my_own_auth();
    let error = |built: Result<_, PageError>| built.err();
    let built = Page::builder(&client).hosts(["a"]).peers(["::1"]).build();
    assert_eq!(error(built), Some(PageError::NoAuth));
    assert_eq!(
        error(page().peers(["::1"]).build()),
        Some(PageError::NoHosts)
    );
    assert_eq!(error(page().hosts(["a"]).build()), Some(PageError::NoPeers));
    let short = page().auth(PageAuth::Token("secret".into()));
    let short = short.hosts(["a"]).peers(["::1"]).build();
    assert_eq!(error(short), Some(PageError::ShortToken));
    let header = page().auth(PageAuth::ProxyHeader("x-user".into()));
    let header = header.hosts(["a"]).peers(["::1"]).build();
    assert_eq!(error(header), Some(PageError::NoProxies));
    let host = page().hosts(["a:80"]).peers(["::1"]).build();
    assert_eq!(error(host), Some(PageError::Host("a:80".into())));
    assert!(page().hosts(["a"]).peers(["::1"]).build().is_ok());
}
