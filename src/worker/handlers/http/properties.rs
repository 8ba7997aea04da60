//! Properties over arbitrary input: tasks that become headers, headers that become delays, and URLs.

use chrono::DateTime;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::http::StatusCode;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::answer::{MAX_RETRY_AFTER, Meaning, Statuses};
use super::endpoint::Endpoint;
use super::request::headers;
use super::settings::{Format, HttpSettings};
use crate::task::Message;
use crate::task::transition::Verdict;
use crate::worker::handlers::{Attempt, Transcript};

fn settings(format: Format) -> HttpSettings {
    HttpSettings {
        endpoint: "http://h".parse().unwrap(),
        tls: None,
        format,
        headers: HeaderMap::new(),
        secrets: None,
        statuses: Statuses::default(),
    }
}

fn decoded(headers: &HeaderMap, name: &str) -> String {
    let value = headers[name].to_str().unwrap();
    percent_decode_str(value)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

proptest! {
    #[test]
    fn a_task_comes_out_of_the_headers_as_it_was(
        id: String,
        kind: String,
        queue: String,
        names in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        payload: Vec<u8>,
        events: bool,
    ) {
        let message = Message { id, kind, queue, headers: names, payload, ..Message::default() };
        let format = if events { Format::CloudEvents } else { Format::Plain };
        let deadline = DateTime::UNIX_EPOCH;
        let attempt = Attempt { message: message.clone(), deadline, transcript: Transcript::default() };
        match headers(&settings(format), &attempt) {
            Ok(headers) => {
                prop_assert_eq!(decoded(&headers, "qctl-task-id"), message.id);
                prop_assert_eq!(decoded(&headers, "qctl-task-type"), message.kind);
                prop_assert_eq!(decoded(&headers, "qctl-task-queue"), message.queue);
            }
            Err(failure) => prop_assert_eq!(failure.verdict, Verdict::GiveUp),
        }
    }

    #[test]
    fn no_answer_puts_a_task_back_for_too_long(
        status in 100_u16..1000,
        value in prop_oneof!["[0-9]{0,30}", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", "\\PC{0,40}"],
        own: bool,
    ) {
        let name = if own { "qctl-retry-after" } else { "retry-after" };
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
        let status = StatusCode::from_u16(status).unwrap();
        match Statuses::default().meaning(status, &headers) {
            Meaning::Decided(_, Some(delay)) | Meaning::Busy(Some(delay)) => {
                prop_assert!(delay <= MAX_RETRY_AFTER);
            }
            Meaning::Done
            | Meaning::Decided(_, None)
            | Meaning::Busy(None)
            | Meaning::Fails
            | Meaning::Misconfigured => {}
        }
    }

    #[test]
    fn a_url_is_shown_without_its_login(
        login in "[a-z0-9:%]{0,5}s3cret[a-z0-9:%@/?#]{0,5}",
        rest in prop_oneof!["[a-z.]{0,5}(:[0-9]{0,6})?[/?#a-z=]{0,9}", "\\PC{0,20}"],
        scheme in "(https?|ftp)?(://)?",
    ) {
        let shown = match format!("{scheme}{login}@{rest}").parse::<Endpoint>() {
            Ok(endpoint) => format!("{endpoint} {endpoint:?} {}", endpoint.server()),
            Err(what) => what,
        };
        // What comes after a slash is a path, whatever follows.
        prop_assume!(!login.contains(['/', '?', '#']));
        prop_assert!(!shown.contains("s3cret"), "{shown}");
    }
}
