//! What the answer of an endpoint means for its task, and for the endpoint.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use hyper::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use hyper::http::StatusCode;

use crate::task::transition::Verdict;

/// For how long a task may be put back.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Puts the task back for so long, uncounted, whatever the status is.
const TASK_RETRY_AFTER: HeaderName = HeaderName::from_static("qctl-retry-after");

/// Archives the task, whatever the status is.
const TASK_SKIP_RETRY: HeaderName = HeaderName::from_static("qctl-skip-retry");

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Success.
    Done,
    /// The endpoint has decided about the task; with a delay where it names one.
    Decided(Verdict, Option<Duration>),
    /// The endpoint takes no tasks for a while.
    Busy(Option<Duration>),
    /// The endpoint fails; this may be the task's fault.
    Fails,
    /// The endpoint is not what the configuration expects. The task is not to blame.
    Misconfigured,
}

/// What a status means for a task where that is configured; `None` is success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statuses(BTreeMap<u16, Option<Verdict>>);

impl Statuses {
    #[must_use]
    pub(crate) fn with(mut self, status: u16, ruling: Option<Verdict>) -> Self {
        self.0.insert(status, ruling);
        self
    }

    pub(super) fn meaning(&self, status: StatusCode, headers: &HeaderMap) -> Meaning {
        if let Some(delay) = delay(headers, &TASK_RETRY_AFTER) {
            return Meaning::Decided(Verdict::Release, Some(delay));
        }
        if headers.get(TASK_SKIP_RETRY).is_some_and(is_yes) {
            return Meaning::Decided(Verdict::GiveUp, None);
        }
        let retry_after = || delay(headers, &RETRY_AFTER);
        match self.0.get(&status.as_u16()) {
            Some(None) => Meaning::Done,
            Some(Some(verdict)) => Meaning::Decided(*verdict, retry_after()),
            None => usual(status, retry_after),
        }
    }
}

fn usual(status: StatusCode, retry_after: impl Fn() -> Option<Duration>) -> Meaning {
    match status.as_u16() {
        200..=299 => Meaning::Done,
        408 | 425 | 429 | 503 => Meaning::Busy(retry_after()),
        // 431: of all headers, only those of the task differ from task to task.
        400 | 410 | 413 | 415 | 422 | 431 => Meaning::Decided(Verdict::GiveUp, None),
        401..=499 => Meaning::Misconfigured,
        _ => Meaning::Fails,
    }
}

fn is_yes(value: &hyper::header::HeaderValue) -> bool {
    let no = ["0", "false", "no"];
    value
        .to_str()
        .is_ok_and(|text| !no.contains(&text.trim().to_ascii_lowercase().as_str()))
}

/// The delay of a header in seconds, or as a date. A date counts from that of the answer, where it has one: the clocks
/// may differ. What is neither is ignored.
fn delay(headers: &HeaderMap, name: &HeaderName) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
    let value = text(name)?.trim();
    let delay = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than the limit.
        value.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        let at = httpdate::parse_http_date(value).ok()?;
        let answered_at = text(&DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let now = answered_at.unwrap_or_else(|| SystemTime::from(crate::clock::now()));
        at.duration_since(now).unwrap_or_default()
    };
    Some(delay.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    fn meaning(
        statuses: &Statuses,
        status: u16,
        pairs: &[(&'static str, &'static str)],
    ) -> Meaning {
        let status = StatusCode::from_u16(status).unwrap();
        statuses.meaning(status, &headers(pairs))
    }

    #[test]
    fn every_status_has_one_meaning() {
        let archived = Meaning::Decided(Verdict::GiveUp, None);
        for status in 100..1000 {
            let expected = match status {
                200..300 => Meaning::Done,
                408 | 425 | 429 | 503 => Meaning::Busy(None),
                400 | 410 | 413 | 415 | 422 | 431 => archived,
                400..500 => Meaning::Misconfigured,
                _ => Meaning::Fails,
            };
            let usual = meaning(&Statuses::default(), status, &[]);
            assert_eq!(usual, expected, "{status}");
        }
    }

    #[test]
    fn the_configuration_overrides_statuses_and_headers_override_both() {
        let statuses = Statuses::default()
            .with(409, Some(Verdict::Retry))
            .with(404, None)
            .with(202, Some(Verdict::Release));
        let minute = Some(Duration::from_secs(60));
        let of =
            |status, headers: &[(&'static str, &'static str)]| meaning(&statuses, status, headers);
        assert_eq!(of(409, &[]), Meaning::Decided(Verdict::Retry, None));
        assert_eq!(of(404, &[]), Meaning::Done);
        assert_eq!(
            of(202, &[("retry-after", "60")]),
            Meaning::Decided(Verdict::Release, minute)
        );
        for status in [200, 404, 409, 500, 503] {
            let later = of(status, &[("qctl-retry-after", "60")]);
            assert_eq!(later, Meaning::Decided(Verdict::Release, minute));
            let never = of(status, &[("qctl-skip-retry", "true")]);
            assert_eq!(never, Meaning::Decided(Verdict::GiveUp, None));
        }
        assert_eq!(of(200, &[("qctl-skip-retry", "0")]), Meaning::Done);
        assert_eq!(of(200, &[("qctl-retry-after", "soon")]), Meaning::Done);
    }

    #[test]
    fn a_delay_is_in_seconds_or_a_date_and_has_a_limit() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("3601", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 2033 08:49:37 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let found = delay(&headers(&[("retry-after", value), date]), &RETRY_AFTER);
            assert_eq!(found, seconds.map(Duration::from_secs), "{value:?}");
        }
        let past = headers(&[("retry-after", date.1)]);
        assert_eq!(delay(&past, &RETRY_AFTER), Some(Duration::ZERO));
        assert_eq!(delay(&headers(&[]), &RETRY_AFTER), None);
    }
}
