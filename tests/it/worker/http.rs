//! `qctl work` with endpoints, from the enqueued task to what is left of it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use qctl::task::{NewTask, State};
use rustix::process::Signal;

use super::reload::Site;
use super::shop::{Shop, seconds_until, task, typed};
use crate::harness::endpoint::{Answer, Endpoint, status, with_headers};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually, say};

/// `qctl work` with one handler, for all types.
fn work(shop: &Shop, url: &str, keys: &str) -> Qctl {
    let file = format!("[handlers.\"*\"]\nhttp = \"{url}\"\n{keys}\n");
    Qctl::new(&shop.redis).file("qctl.toml", file).arg("work")
}

/// Works off what is there. All of it is put back, retried or settled by then.
#[track_caller]
fn work_off(shop: &Shop, endpoint: &Endpoint, keys: &str) -> String {
    let output = work(shop, &endpoint.url(), keys).arg("--burst");
    let output = output.run_unchecked().expect_code(0);
    assert_no_leaks(&shop.redis);
    output.stderr_str().to_owned()
}

fn kept(name: &str) -> NewTask {
    task(name).with(|options| options.retention = Duration::from_secs(60))
}

#[track_caller]
fn error_of(shop: &Shop, text: &str, state: State) -> String {
    shop.reaches(text, state).message.unwrap().last_error
}

#[test]
fn the_payload_is_posted_and_the_body_of_the_answer_is_the_result() {
    let shop = Shop::open();
    let payload: Vec<u8> = (0..=255).cycle().take(10 << 20).collect();
    shop.enqueue(&NewTask {
        payload: Some(payload.clone()),
        ..kept("one")
    });
    let endpoint = Endpoint::start(|_| with_headers(201, &[], b"\xff42".as_slice()));
    work_off(&shop, &endpoint, "");
    let done = shop.reaches("one", State::Completed);
    assert_eq!(done.result.as_deref(), Some(b"\xff42".as_slice()));
    let [request] = &endpoint.received()[..] else {
        panic!("not one request");
    };
    assert_eq!(request.uri.path(), "/hooks");
    assert!(request.body == payload);
    assert_eq!(request.header("qctl-task-id"), "one");
    assert_eq!(request.header("content-type"), "application/octet-stream");
}

type Headers = &'static [(&'static str, &'static str)];

/// The status of an answer, its headers, and the state, retries and error of the task.
const STATUSES: [(u16, Headers, State, i32, &str); 8] = [
    (
        500,
        &[],
        State::Retry,
        1,
        "HTTP 500 Internal Server Error: why",
    ),
    (
        302,
        &[("location", "/other")],
        State::Retry,
        1,
        "HTTP 302 Found: redirects are not followed (/other)",
    ),
    (
        422,
        &[],
        State::Archived,
        0,
        "HTTP 422 Unprocessable Entity: why",
    ),
    (404, &[], State::Retry, 0, "HTTP 404 Not Found: why"),
    (
        503,
        &[("retry-after", "600")],
        State::Retry,
        0,
        "HTTP 503 Service Unavailable: why",
    ),
    (409, &[], State::Retry, 1, "HTTP 409 Conflict: why"),
    (
        200,
        &[("qctl-retry-after", "600")],
        State::Retry,
        0,
        "HTTP 200 OK: why",
    ),
    (
        500,
        &[("qctl-skip-retry", "true")],
        State::Archived,
        0,
        "HTTP 500 Internal Server Error: why",
    ),
];

#[test]
fn the_status_decides_what_becomes_of_the_task() {
    for (code, headers, state, retried, error) in STATUSES {
        let shop = Shop::open();
        shop.enqueue(&task("one"));
        let endpoint = Endpoint::start(move |_| with_headers(code, headers, " why\n"));
        work_off(&shop, &endpoint, "statuses = { 409 = \"retry\" }");
        let found = shop.reaches("one", state);
        let message = found.message.unwrap();
        assert_eq!(
            (message.retried, message.last_error.as_str()),
            (retried, error)
        );
        if headers
            .iter()
            .any(|(name, _)| name.ends_with("retry-after"))
        {
            let left = seconds_until(found.score.unwrap());
            assert!((590..=601).contains(&left), "{left}");
        }
        assert_eq!(endpoint.received().len(), 1);
    }
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_a_failure_without_its_login() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let output = work(&shop, "http://user:hunter2@127.0.0.1:1/x?token=hunter2", "");
    let output = output.arg("--burst").run_unchecked().expect_code(0);
    let error = error_of(&shop, "one", State::Retry);
    assert_eq!(
        error,
        "http://127.0.0.1:1: Connection refused (os error 111)"
    );
    assert!(!output.stderr_str().contains("hunter2"));
    assert_eq!(shop.find("one").unwrap().message.unwrap().retried, 1);
}

#[test]
fn an_endpoint_that_fails_in_a_row_gets_one_task_at_a_time_and_none_loses_a_retry() {
    let shop = Shop::open();
    for n in 0..10 {
        shop.enqueue(&kept(&format!("t{n}")));
    }
    let endpoint = Endpoint::start(|request| status(if request.number < 4 { 404 } else { 200 }));
    let keys = "breaker = { failures = 3, min = \"100ms\" }\nretry = { backoff = \"constant\", min = \"1s\" }";
    let worker = work(&shop, &endpoint.url(), keys).args(["-c", "1"]).spawn();
    for n in 0..10 {
        let done = shop.reaches(&format!("t{n}"), State::Completed);
        assert_eq!(done.message.unwrap().retried, 0);
    }
    worker.signal(Signal::TERM);
    let said = worker.wait(SOON).expect_code(0).stderr_str().to_owned();
    let of_handler = |word: &str| -> Vec<String> {
        let lines = said.lines().filter_map(|line| line.split_once(word));
        lines.map(|(_, rest)| rest.trim().to_owned()).collect()
    };
    let paused = of_handler(" paused ");
    assert_eq!(paused.len(), 2, "{said}");
    assert_eq!(paused[0], "*  no tasks for 100ms  HTTP 404 Not Found");
    assert_eq!(paused[1], "*  no tasks for 200ms  HTTP 404 Not Found");
    assert_eq!(of_handler(" resumed "), ["*"]);
    let requests = endpoint.received();
    assert_eq!(requests.len(), 14);
    let pause = |n: usize| requests[n].at - requests[n - 1].at;
    assert!(pause(3) >= Duration::from_millis(100) && pause(4) >= Duration::from_millis(200));
    assert_no_leaks(&shop.redis);
}

#[test]
fn an_endpoint_that_is_busy_gets_no_task_until_it_wants_one() {
    let shop = Shop::open();
    for n in 0..5 {
        shop.enqueue(&kept(&format!("t{n}")));
    }
    let endpoint = Endpoint::start(|request| match request.number {
        0 => with_headers(429, &[("retry-after", "1")], ""),
        _ => status(204),
    });
    let worker = work(&shop, &endpoint.url(), "").args(["-c", "1"]).spawn();
    for n in 0..5 {
        let done = shop.reaches(&format!("t{n}"), State::Completed);
        assert_eq!(done.message.unwrap().retried, 0);
    }
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
    let requests = endpoint.received();
    assert_eq!(requests.len(), 6);
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

#[test]
fn a_request_is_given_up_when_its_attempt_must_end() {
    let shop = Shop::open();
    let endpoint = Endpoint::start(|_| Answer::Never);
    let url = endpoint.url();
    shop.enqueue(&task("late"));
    let worker = work(&shop, &url, "timeout = \"1s\"").spawn();
    assert_eq!(error_of(&shop, "late", State::Retry), "timed out after 1s");
    endpoint.wait_for_dropped(1);
    drop(worker);
    shop.enqueue(&typed("t", "cancelled"));
    let worker = work(&shop, &url, "").spawn();
    endpoint.wait_for(2);
    // The worker may not listen yet.
    eventually(SOON, || {
        let cancel = Qctl::new(&shop.redis).args(["cancel", "cancelled"]);
        let output = cancel.run_unchecked().expect_code(0);
        output.stderr_str().is_empty().then_some(())
    });
    assert_eq!(error_of(&shop, "cancelled", State::Retry), "cancelled");
    endpoint.wait_for_dropped(2);
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
    assert_no_leaks(&shop.redis);
}

#[test]
fn a_result_that_is_too_large_is_not_read_to_its_end() {
    let shop = Shop::open();
    shop.enqueue(&kept("one"));
    // The body never ends.
    let endless = || {
        let chunk = axum::body::Bytes::from(vec![b'x'; 64 * 1024]);
        let chunks =
            futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
        axum::body::Body::from_stream(chunks)
    };
    let endpoint = Endpoint::start(move |_| with_headers(200, &[], endless()));
    work_off(&shop, &endpoint, "");
    let error = error_of(&shop, "one", State::Completed);
    let text = "MiB is larger than 1 MiB and was not stored";
    assert!(
        error.starts_with("result of 1.") && error.ends_with(text),
        "{error}"
    );
}

const OLD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn example(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("examples/handlers").join(name)
}

/// An example, which knows the old secret; killed when dropped.
struct Example {
    process: Child,
    url: String,
}

impl Example {
    fn start(program: &str, name: &str) -> Option<Self> {
        let process = Command::new(program)
            .arg(example(name))
            .arg("0")
            .env("WEBHOOK_SECRET", OLD_SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut process) = process else {
            say(&format!("{program} is not there: {name} is not tested"));
            return None;
        };
        let mut url = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        Some(Self { process, url })
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn the_examples_check_signatures() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/http-handlers.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for (program, name, language) in [
        ("python3", "webhook.py", "python"),
        ("node", "webhook.mjs", "js"),
    ] {
        let (_, shown) = docs.split_once(&format!("```{language}\n")).unwrap();
        let (shown, _) = shown.split_once("```").unwrap();
        let source = std::fs::read_to_string(example(name)).unwrap();
        assert!(
            source.contains(shown),
            "docs/http-handlers.md has another {name}"
        );
        let Some(endpoint) = Example::start(program, name) else {
            continue;
        };
        let shop = Shop::open();
        let post = |task: &str, payload: &str, secrets: &[&str]| {
            shop.enqueue(&NewTask {
                payload: Some(payload.into()),
                ..kept(task)
            });
            let qctl = work(&shop, &endpoint.url, "secret_file = \"secret\"").arg("--burst");
            let qctl = qctl.file("secret", secrets.join("\n"));
            qctl.run_unchecked().expect_code(0);
        };
        post("good.1", "[1, 2, 39]", &[NEW_SECRET, OLD_SECRET]);
        let result = shop.reaches("good.1", State::Completed).result.unwrap();
        let result: serde_json::Value = serde_json::from_slice(&result).unwrap();
        assert_eq!(result, serde_json::json!({"sum": 42}));
        post("bad", "[1, null", &[OLD_SECRET]);
        let error = error_of(&shop, "bad", State::Archived);
        let start = "HTTP 422 Unprocessable Entity: not a list of numbers";
        assert!(error.starts_with(start), "{error}");
        post("forged", "[]", &[NEW_SECRET]);
        let error = error_of(&shop, "forged", State::Retry);
        assert_eq!(error, "HTTP 401 Unauthorized: wrong signature");
    }
}

#[test]
fn variables_in_headers_are_sent_and_never_shown() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let endpoint = Endpoint::start(|_| status(500));
    let keys = "headers = { Authorization = \"Bearer ${TOKEN}\", x-a = \"${A}-${A}\" }\nformat = \"cloudevents\"";
    let output = work(&shop, &endpoint.url(), keys)
        .args(["--burst", "--log-level", "debug"])
        .env("TOKEN", "hunter2")
        .env("A", "b")
        .run_unchecked()
        .expect_code(0);
    let requests = endpoint.received();
    assert_eq!(requests[0].header("authorization"), "Bearer hunter2");
    assert_eq!(requests[0].header("x-a"), "b-b");
    assert_eq!(requests[0].header("ce-id"), "one");
    assert!(!output.stderr_str().contains("hunter2"));
    assert!(!error_of(&shop, "one", State::Retry).contains("hunter2"));
}

/// And read again when it changes.
#[test]
fn a_file_of_headers_is_sent_and_never_shown() {
    let shop = Shop::open();
    let endpoint = Endpoint::start(|_| status(500));
    let config = format!(
        "[handlers.t]\nhttp = '{}'\nheaders_file = 'headers'\nheaders = {{ x-a = 'a' }}\n",
        endpoint.url()
    );
    let files = [("headers", "# token\nAuthorization: Bearer hunter2\n")];
    let site = Site::with(&shop, &config, &files);
    shop.enqueue(&task("one"));
    let error = error_of(&shop, "one", State::Retry);
    std::fs::write(site.path("headers"), "authorization: hunter3\nbroken\n").unwrap();
    let refused = site.event("reload_refused", 1);
    let said = "headers\": line 2: not a header: expected NAME: VALUE";
    assert!(refused.ends_with(said), "{refused}");
    std::fs::write(site.path("headers"), "authorization: hunter3\n").unwrap();
    let line = site.event("reloaded", 1);
    assert!(line.ends_with("t changed"), "{line}");
    shop.enqueue(&task("two"));
    shop.reaches("two", State::Retry);
    let sent: Vec<String> = (endpoint.received().iter())
        .map(|request| {
            format!(
                "{} {}",
                request.header("x-a"),
                request.header("authorization")
            )
        })
        .collect();
    assert_eq!(sent, ["a Bearer hunter2", "a hunter3"]);
    let log = site.worker.lines().join("\n");
    assert!(
        !log.contains("hunter") && !error.contains("hunter"),
        "{log}"
    );
    site.close(&shop);
}

#[test]
fn the_certificates_of_both_sides_are_checked() {
    let folder = tempfile::TempDir::with_prefix("qctl-tls-").unwrap();
    let endpoint = Endpoint::with_tls(folder.path(), |_| status(204));
    let file = |name| std::fs::read(folder.path().join(name)).unwrap();
    for (name, keys) in [
        ("untrusted", ""),
        ("nameless", "tls_ca = \"tls/ca.pem\""),
        (
            "good",
            "tls_ca = \"tls/ca.pem\"\ntls_cert = \"tls/client.pem\"\ntls_key = \"tls/client.key\"",
        ),
    ] {
        let shop = Shop::open();
        shop.enqueue(&kept(name));
        let qctl = work(&shop, &endpoint.url(), keys).arg("--burst");
        // Paths are relative to the file.
        let qctl = ["ca.pem", "client.pem", "client.key"]
            .into_iter()
            .fold(qctl, |qctl, name| {
                qctl.file(&format!("tls/{name}"), file(name))
            });
        qctl.run_unchecked().expect_code(0);
        if name == "good" {
            shop.reaches(name, State::Completed);
            continue;
        }
        let error = error_of(&shop, name, State::Retry);
        let what = if name == "untrusted" {
            "UnknownIssuer"
        } else {
            "CertificateRequired"
        };
        assert!(
            error.starts_with("https://127.0.0.1:") && error.contains(what),
            "{error}"
        );
    }
    assert_eq!(endpoint.received().len(), 1);
}
