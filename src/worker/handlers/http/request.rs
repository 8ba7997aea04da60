//! The headers of a request: what the endpoint learns about the task.
//!
//! Texts of a task may hold any character, so each value is percent-encoded as the HTTP binding of `CloudEvents` says, and
//! names of headers likewise. The body is the payload, byte for byte.

use chrono::SecondsFormat;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::IgnoredAny;

use super::settings::{Format, HttpSettings};
use crate::clock;
use crate::task::Message;
use crate::task::transition::{Failure, Verdict};
use crate::worker::handlers::Attempt;

/// What a value must not contain as it is, besides what is not ASCII.
const IN_VALUES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// What neither the name of a header nor a segment of a path may contain as it is.
const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The dot separates the parts of what is signed, so that an id must not contain it.
const IN_SIGNED_IDS: &AsciiSet = &IN_VALUES.add(b'.');

/// Headers of W3C trace context, which reach the endpoint as they are.
const TRACE_CONTEXT: [&str; 2] = ["traceparent", "tracestate"];

/// Whether a header of the configuration would replace one that says something else.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    let reserved = [
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "upgrade",
    ];
    let name = name.as_str();
    let prefixed = ["qctl-", "ce-", "webhook-"];
    reserved.contains(&name) || prefixed.iter().any(|prefix| name.starts_with(prefix))
}

/// The headers of an attempt.
pub(super) fn headers(settings: &HttpSettings, attempt: &Attempt) -> Result<HeaderMap, Failure> {
    let message = &attempt.message;
    let mut headers = Headers(HeaderMap::new());
    let deadline = attempt
        .deadline
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    let number = message.retried.saturating_add(1);
    headers.add("qctl-task-id", &message.id)?;
    headers.add("qctl-task-type", &message.kind)?;
    headers.add("qctl-task-queue", &message.queue)?;
    headers.add("qctl-task-max-retry", &message.max_retry.to_string())?;
    headers.add("qctl-attempt-number", &number.to_string())?;
    headers.add("qctl-attempt-deadline", &deadline)?;
    if !message.group.is_empty() {
        headers.add("qctl-task-group", &message.group)?;
    }
    for (name, value) in &message.headers {
        let name = name.to_ascii_lowercase();
        if TRACE_CONTEXT.contains(&name.as_str()) {
            headers.add(&name, value)?;
        } else if name != "content-type" {
            let name = utf8_percent_encode(&name, IN_NAMES);
            headers.add(&format!("qctl-header-{name}"), value)?;
        }
    }
    match settings.format {
        Format::Plain => {}
        Format::CloudEvents => headers.add_event(message)?,
    }
    if let Some(secrets) = &settings.secrets {
        let id = utf8_percent_encode(&message.id, IN_SIGNED_IDS).to_string();
        let timestamp = clock::now().timestamp();
        headers.add_encoded(
            "webhook-signature",
            secrets.sign(&id, timestamp, &message.payload),
        )?;
        headers.add_encoded("webhook-id", id)?;
        headers.add_encoded("webhook-timestamp", timestamp.to_string())?;
    }
    Ok(headers.with_those_of(settings, message))
}

struct Headers(HeaderMap);

impl Headers {
    fn add(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.add_encoded(name, utf8_percent_encode(value, IN_VALUES).to_string())
    }

    fn add_encoded(&mut self, name: &str, value: String) -> Result<(), Failure> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unsent(&error))?;
        let value = HeaderValue::try_from(value).map_err(|error| unsent(&error))?;
        self.0
            .try_append(name, value)
            .map_err(|error| unsent(&error))?;
        Ok(())
    }

    /// The attributes of an event. The id of a task is unique within its queue, as that of an event within its source.
    fn add_event(&mut self, message: &Message) -> Result<(), Failure> {
        let queue = utf8_percent_encode(&message.queue, IN_NAMES);
        self.add("ce-specversion", "1.0")?;
        self.add("ce-id", &message.id)?;
        self.add("ce-type", &message.kind)?;
        self.add("ce-source", &format!("/queues/{queue}"))
    }

    /// The type of the body: as the task says, as the configuration says, or what the payload looks like.
    fn with_those_of(mut self, settings: &HttpSettings, message: &Message) -> HeaderMap {
        let mut of_task = message.headers.iter();
        let of_task = of_task.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let of_task = of_task.and_then(|(_, value)| HeaderValue::from_str(value).ok());
        if let Some(login) = &settings.endpoint.login {
            self.0.insert(AUTHORIZATION, login.clone());
        }
        self.0.insert(USER_AGENT, USER_AGENT_VALUE);
        for (name, value) in &settings.headers {
            self.0.insert(name, value.clone());
        }
        if let Some(of_task) = of_task {
            self.0.insert(CONTENT_TYPE, of_task);
        } else if let Some(detected) = content_type(&message.payload) {
            self.0.entry(CONTENT_TYPE).or_insert(detected);
        }
        self.0
    }
}

const USER_AGENT_VALUE: HeaderValue =
    HeaderValue::from_static(concat!("qctl/", env!("CARGO_PKG_VERSION")));

fn content_type(payload: &[u8]) -> Option<HeaderValue> {
    if payload.is_empty() {
        return None;
    }
    let json = serde_json::from_slice::<IgnoredAny>(payload).is_ok();
    let name = if json {
        "application/json"
    } else {
        "application/octet-stream"
    };
    Some(HeaderValue::from_static(name))
}

/// Another attempt would not change it.
fn unsent(error: &dyn std::fmt::Display) -> Failure {
    let text = format!("the task cannot be described in HTTP headers ({error})");
    Failure::new(text, Verdict::GiveUp)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;
    use crate::worker::handlers::Transcript;
    use crate::worker::handlers::http::{Secrets, Statuses};

    fn settings(url: &str) -> HttpSettings {
        HttpSettings {
            endpoint: url.parse().unwrap(),
            tls: None,
            format: Format::Plain,
            headers: HeaderMap::new(),
            secrets: None,
            statuses: Statuses::default(),
        }
    }

    fn message() -> Message {
        Message {
            id: "t1".into(),
            kind: "email:send".into(),
            queue: "low".into(),
            retried: 2,
            max_retry: 25,
            payload: br#"{"a": 1}"#.to_vec(),
            ..Message::default()
        }
    }

    fn sent(settings: &HttpSettings, message: Message) -> BTreeMap<String, String> {
        let attempt = Attempt {
            transcript: Transcript::default(),
            message,
            deadline: DateTime::from_timestamp(1_700_000_000, 7_000_000).unwrap(),
        };
        let headers = headers(settings, &attempt).unwrap();
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let pairs = headers.iter();
        pairs
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect()
    }

    #[test]
    fn the_headers_describe_the_task() {
        let mut settings = settings("http://user:pass@example.com");
        let constant = HeaderName::from_static("x-env");
        settings
            .headers
            .insert(constant, HeaderValue::from_static("prod"));
        let message = Message {
            headers: [("Trace Id", "a b"), ("TraceParent", "00-ab-cd-01")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            group: "g".into(),
            ..message()
        };
        let sent = sent(&settings, message);
        let sent: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let agent = concat!("qctl/", env!("CARGO_PKG_VERSION"));
        let expected = [
            ("authorization", "Basic dXNlcjpwYXNz"),
            ("content-type", "application/json"),
            ("qctl-attempt-deadline", "2023-11-14T22:13:20.007Z"),
            ("qctl-attempt-number", "3"),
            ("qctl-header-trace%20id", "a%20b"),
            ("qctl-task-group", "g"),
            ("qctl-task-id", "t1"),
            ("qctl-task-max-retry", "25"),
            ("qctl-task-queue", "low"),
            ("qctl-task-type", "email:send"),
            ("traceparent", "00-ab-cd-01"),
            ("user-agent", agent),
            ("x-env", "prod"),
        ];
        assert_eq!(sent, expected);
    }

    /// The examples of the HTTP binding of `CloudEvents` 1.0, section 3.1.3.2, and what must not end a header.
    #[test]
    fn texts_are_percent_encoded_as_cloudevents_says() {
        for (text, encoded) in [
            ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
            ("a\"b%c", "a%22b%25c"),
            ("a\r\nx-admin: 1\0\u{7f}", "a%0D%0Ax-admin:%201%00%7F"),
            (
                "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~",
                "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~",
            ),
        ] {
            let message = Message {
                id: text.into(),
                ..message()
            };
            let sent = sent(&settings("http://h"), message);
            assert_eq!(sent["qctl-task-id"], encoded);
        }
    }

    #[test]
    fn a_task_is_an_event_in_binary_mode() {
        let settings = HttpSettings {
            format: Format::CloudEvents,
            ..settings("http://h")
        };
        let message = Message {
            queue: "a b/c".into(),
            ..message()
        };
        let sent = sent(&settings, message);
        for (name, value) in [
            ("ce-specversion", "1.0"),
            ("ce-id", "t1"),
            ("ce-type", "email:send"),
            // A URI, whose % is encoded again.
            ("ce-source", "/queues/a%2520b%252Fc"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(sent[name], value);
        }
    }

    #[test]
    fn the_task_the_configuration_or_the_payload_decides_the_content_type() {
        let mut configured = settings("http://h");
        let xml = HeaderValue::from_static("text/xml");
        configured.headers.insert(CONTENT_TYPE, xml);
        let plain = settings("http://h");
        let of = |settings, payload: &[u8], header: Option<&str>| {
            let headers = header.map(|value| ("Content-Type".to_owned(), value.to_owned()));
            let message = Message {
                payload: payload.to_vec(),
                headers: headers.into_iter().collect(),
                ..message()
            };
            sent(settings, message).get("content-type").cloned()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(&plain, b"[1, 2]", None), text("application/json"));
        let binary = text("application/octet-stream");
        assert_eq!(of(&plain, b"[1, 2", None), binary);
        assert_eq!(of(&plain, b"\xff", Some("a\nb")), binary);
        assert_eq!(of(&plain, b"", None), None);
        assert_eq!(of(&plain, b"{}", Some("text/csv")), text("text/csv"));
        assert_eq!(of(&configured, b"{}", None), text("text/xml"));
        assert_eq!(of(&configured, b"{}", Some("text/csv")), text("text/csv"));
    }

    #[test]
    fn what_is_signed_are_the_headers_as_sent_and_the_payload() {
        let secrets = Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let settings = HttpSettings {
            secrets: Some(secrets.clone()),
            ..settings("http://h")
        };
        let message = Message {
            id: "a.b c".into(),
            ..message()
        };
        let sent = sent(&settings, message);
        assert_eq!(sent["webhook-id"], "a%2Eb%20c");
        let timestamp: i64 = sent["webhook-timestamp"].parse().unwrap();
        assert!((clock::now().timestamp() - timestamp).abs() <= 10);
        let signature = secrets.sign("a%2Eb%20c", timestamp, br#"{"a": 1}"#);
        assert_eq!(sent["webhook-signature"], signature);
    }
}
