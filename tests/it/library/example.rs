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
use tokio::time::timeout;

use self::service::{Service, Settings};
use self::sink::Sink;
use super::Place;
use crate::harness::SOON;

async fn start(place: &Place, sink: &Sink) -> Service {
    let settings = Settings {
        redis: place.redis.url(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        smtp: sink.address(),
        // Ten seconds in the real program.
        delay: Duration::from_secs(1),
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
