//! The handler that posts tasks to an HTTP endpoint.
//!
//! The URL comes from the configuration, never from a task: users who may enqueue tasks must not be able to choose whom the
//! worker talks to. Redirects are not followed, for the same reason.
//!
//! Invariant: when an attempt is over, its request is too. If the future is dropped, the connection is closed.

mod answer;
mod breaker;
mod client;
mod endpoint;
#[cfg(test)]
mod properties;
mod request;
mod settings;
mod signature;

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderMap, LOCATION};
use hyper::http::{Method, StatusCode};
use hyper::{Request, Response};
use tokio::time::Instant;

pub(crate) use self::answer::Statuses;
pub(crate) use self::breaker::{Breaker, BreakerSettings};
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::request::is_reserved;
pub(crate) use self::settings::{Format, HttpSettings};
pub(crate) use self::signature::Secrets;

use self::answer::Meaning;
use self::client::{HttpClient, client};
use crate::task::transition::{Failure, MAX_RESULT_BYTES, TaskResult, Verdict};
use crate::worker::handlers::{Attempt, Handler, Stop, StopReason};

/// Posts tasks to an endpoint.
pub(crate) struct Http {
    settings: HttpSettings,
    client: HttpClient,
    breaker: Breaker,
}

/// What the endpoint answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// The beginning of the body, if it is longer than a result may be.
    body: Vec<u8>,
    /// The length of the whole body, as far as that is known.
    length: u64,
}

impl Handler for Http {
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        Box::pin(self.attempt(attempt, stop))
    }
}

impl Http {
    pub(crate) fn new(settings: HttpSettings, breaker: Breaker) -> Self {
        Self {
            client: client(settings.tls.clone()),
            settings,
            breaker,
        }
    }

    async fn attempt(&self, attempt: &Attempt, mut stop: Stop) -> Result<TaskResult, Failure> {
        let request = self.request(attempt)?;
        let begun = Instant::now();
        let answer = tokio::select! {
            answer = self.exchange(request) => answer,
            reason = stop.requested() => {
                if reason == StopReason::TimedOut {
                    self.breaker.fails(begun, "no answer in time");
                }
                return Err(Failure::new("stopped".to_owned(), Verdict::Retry));
            }
        };
        match answer {
            Ok(answer) => {
                attempt.transcript.write(&answer.body);
                self.judge(answer, begun)
            }
            Err(error) => {
                self.breaker.fails(begun, &error);
                Err(Failure::new(error, Verdict::Retry))
            }
        }
    }

    fn request(&self, attempt: &Attempt) -> Result<Request<Full<Bytes>>, Failure> {
        let payload = Bytes::from(attempt.message.payload.clone());
        let mut request = Request::new(Full::new(payload));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.endpoint.uri.clone();
        *request.headers_mut() = request::headers(&self.settings, attempt)?;
        Ok(request)
    }

    /// Sends the request and reads the answer.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let server = self.settings.endpoint.server();
        let sent = self.client.request(request).await;
        let response = sent.map_err(|error| format!("{server}: {}", cause(&error)))?;
        let read = Answer::read(response).await;
        read.map_err(|error| format!("{server}: {}", cause(&error)))
    }

    fn judge(&self, answer: Answer, begun: Instant) -> Result<TaskResult, Failure> {
        let Answer {
            status, headers, ..
        } = &answer;
        let status_line = status_line(*status);
        let failure = |verdict, delay| Failure {
            delay,
            ..Failure::new(answer.error(&status_line), verdict)
        };
        match self.settings.statuses.meaning(*status, headers) {
            Meaning::Done => {
                self.breaker.works(begun);
                Ok(answer.into_result())
            }
            Meaning::Decided(verdict, delay) => {
                self.breaker.works(begun);
                Err(failure(verdict, delay))
            }
            Meaning::Busy(retry_after) => {
                let delay = self.breaker.is_busy(begun, retry_after, &status_line);
                Err(failure(Verdict::Release, Some(delay)))
            }
            Meaning::Fails => {
                self.breaker.fails(begun, &status_line);
                Err(failure(Verdict::Retry, None))
            }
            Meaning::Misconfigured => {
                self.breaker.fails(begun, &status_line);
                Err(failure(Verdict::Release, None))
            }
        }
    }
}

impl Answer {
    /// If the body is too long, the connection is closed, however much would follow.
    async fn read(response: Response<Incoming>) -> Result<Self, hyper::Error> {
        let (parts, mut incoming) = response.into_parts();
        let announced = parts.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        while body.len() <= MAX_RESULT_BYTES
            && let Some(frame) = incoming.frame().await
        {
            if let Ok(data) = frame?.into_data() {
                body.extend_from_slice(&data);
            }
        }
        Ok(Self {
            status: parts.status,
            headers: parts.headers,
            length: announced.unwrap_or(0).max(body.len() as u64),
            body,
        })
    }

    fn into_result(self) -> TaskResult {
        if self.length > MAX_RESULT_BYTES as u64 {
            TaskResult::TooLarge(self.length)
        } else {
            TaskResult::Bytes(self.body)
        }
    }

    /// The status and the beginning of the body, or where the endpoint wanted to send the request.
    fn error(&self, status_line: &str) -> String {
        let location = self
            .headers
            .get(LOCATION)
            .filter(|_| self.status.is_redirection());
        if let Some(location) = location {
            let location = String::from_utf8_lossy(location.as_bytes());
            return format!("{status_line}: redirects are not followed ({location})");
        }
        let text = String::from_utf8_lossy(&self.body);
        match text.trim() {
            "" => status_line.to_owned(),
            text => format!("{status_line}: {text}"),
        }
    }
}

/// As in `HTTP 503 Service Unavailable`.
fn status_line(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or_default();
    format!("HTTP {} {reason}", status.as_u16())
        .trim_end()
        .to_owned()
}

/// The last cause of an error says most.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
