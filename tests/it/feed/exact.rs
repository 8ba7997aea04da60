//! What a list prints and `enqueue --from` reads has the same payload, byte for byte.

use qctl::broker::keys::{QUEUES, QueueKeys};
use qctl::task::{Message, QueueName, TaskId};

use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// Payloads that a document cannot carry without care.
const ODD: [&[u8]; 22] = [
    b"{\"a\": 1,\n \"b\": 2}\n",
    b"{\"a\":1}\n",
    b" {\"a\":1}",
    b"{\"a\":1}\t",
    b"{\r\n}",
    b"\r[]\r",
    b"{ \"a\" :\t1.0 , \"a\" : 2 }",
    b"[1e400,-0,0.10,123456789012345678901234567890.5]",
    b"\"\\ud800\"",
    b"\"\\u0061\\/\"",
    b"\"\xe2\x80\xa8\xc2\x9b\x7f\"",
    b"null",
    b" null ",
    b"\"a\"",
    b"\"a\"\n",
    b"\n",
    b"",
    b"a\r\nb",
    b"\xef\xbb\xbf{}",
    b"{\"a\":\"\xff\"}",
    b"\0\xff\n",
    b"{\"a\":1}{\"a\":1}",
];

/// Payloads that differ in every run of the test, of bytes that documents are made of.
fn random() -> Vec<u8> {
    const PARTS: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\ud83d",
        b"1",
        b"e9",
        b" ",
        b"\n",
        b"\r",
        b"\xc3\xa9",
        b"\xff",
    ];
    let parts = (0..fastrand::usize(..12)).map(|_| PARTS[fastrand::usize(..PARTS.len())]);
    parts.flatten().copied().collect()
}

fn keys() -> QueueKeys {
    QueueKeys::new(&QueueName::default())
}

fn task_key(id: &str) -> String {
    keys().task(&TaskId::new(id).unwrap())
}

fn payload(redis: &Redis, id: &str) -> Vec<u8> {
    let message: Vec<u8> = redis.query(&["HGET", &task_key(id), "msg"]);
    Message::from_bytes(&message).unwrap().payload
}

/// Pending tasks with these payloads, each with its place in the list as its id.
fn put(redis: &Redis, payloads: &[Vec<u8>]) {
    let mut connection = redis.connection().unwrap();
    let mut pipeline = ::redis::pipe();
    pipeline.sadd(QUEUES, "default").ignore();
    for (number, payload) in payloads.iter().enumerate() {
        let message = Message {
            kind: "t".to_owned(),
            id: number.to_string(),
            queue: "default".to_owned(),
            payload: payload.clone(),
            ..Message::default()
        };
        let fields: [(&str, &[u8]); 2] = [("msg", &message.to_bytes()), ("state", b"pending")];
        pipeline
            .hset_multiple(task_key(&message.id), &fields)
            .ignore();
        pipeline.lpush(keys().pending(), &message.id).ignore();
    }
    pipeline.query::<()>(&mut connection).unwrap();
}

#[test]
fn payloads_come_back_byte_for_byte() {
    let seed = fastrand::u64(..);
    fastrand::seed(seed);
    let deep = [b"[".repeat(2_000), b"]".repeat(2_000)].concat();
    let odd = ODD.iter().map(|&odd| odd.to_vec());
    let payloads: Vec<Vec<u8>> = odd
        .chain([deep])
        .chain((0..500).map(|_| random()))
        .collect();
    let (one, other) = (Redis::start(), Redis::start());
    put(&one, &payloads);
    let line = ["ls", "tasks", "-l", "100000", "-o", "ndjson"];
    let listed = Qctl::new(&one).args(line).run_unchecked().expect_code(0);
    Qctl::new(&other)
        .args(["enqueue", "--from", "-"])
        .stdin(&listed.stdout)
        .stdout(&format!("enqueued {} tasks\n", payloads.len()))
        .run();
    for (number, expected) in payloads.iter().enumerate() {
        let found = payload(&other, &number.to_string());
        assert_eq!(
            found.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "seed {seed}"
        );
    }
}

#[test]
fn a_unique_task_takes_the_same_lock_again() {
    let redis = Redis::start();
    let first = Redis::start();
    for (id, payload) in [
        ("odd", Some("{\"a\": 1,\n \"b\": 2}\n")),
        ("empty", Some("")),
        ("none", None),
    ] {
        let options = payload.map(|text| format!("--payload={text}"));
        Qctl::new(&first)
            .args(["enqueue", id, "--id", id, "--unique", "1h"])
            .args(options.iter().map(String::as_str))
            .run_unchecked()
            .expect_code(0);
    }
    let line = ["ls", "tasks", "-o", "ndjson"];
    let listed = Qctl::new(&first).args(line).run_unchecked().expect_code(0);
    Qctl::new(&redis)
        .args(["enqueue", "--from", "-", "--unique", "1h"])
        .stdin(&listed.stdout)
        .stdout("enqueued 3 tasks\n")
        .run();
    let locks = |redis: &Redis| {
        let mut names: Vec<String> = redis.query(&["KEYS", "*:unique:*"]);
        names.sort();
        names
    };
    assert_eq!(locks(&redis), locks(&first));
}
