//! The environment of a command: what it learns about its task.

use chrono::SecondsFormat;

use crate::task::transition::{Failure, Verdict};
use crate::worker::handlers::Attempt;

/// Names and values.
pub(crate) type Variables = Vec<(String, String)>;

/// The variables of an attempt. The rest of the environment is the worker's.
pub(crate) fn environment(attempt: &Attempt) -> Result<Variables, Failure> {
    let message = &attempt.message;
    let headers = serde_json::to_string(&message.headers)
        .map_err(|error| Failure::new(format!("headers: {error}"), Verdict::GiveUp))?;
    let deadline = attempt.deadline.to_rfc3339_opts(SecondsFormat::Secs, true);
    let variables = named([
        ("QCTL_TASK_ID", message.id.clone()),
        ("QCTL_TASK_TYPE", message.kind.clone()),
        ("QCTL_TASK_QUEUE", message.queue.clone()),
        ("QCTL_TASK_RETRIED", message.retried.to_string()),
        ("QCTL_TASK_MAX_RETRY", message.max_retry.to_string()),
        ("QCTL_TASK_DEADLINE", deadline),
        ("QCTL_TASK_HEADERS", headers),
        ("QCTL_TASK_GROUP", message.group.clone()),
    ])?;
    let trace = TRACE_CONTEXT.into_iter().filter_map(|(header, variable)| {
        let (_, value) =
            (message.headers.iter()).find(|(name, _)| name.eq_ignore_ascii_case(header))?;
        // Without a trace, the command still does its work.
        (!value.contains('\0')).then(|| (variable.to_owned(), value.clone()))
    });
    Ok(variables.into_iter().chain(trace).collect())
}

/// Variables whose values come from tasks.
pub(crate) fn named<const N: usize>(
    variables: [(&'static str, String); N],
) -> Result<Variables, Failure> {
    for (name, value) in &variables {
        // If it were left out or altered, the command might work on another task. Another attempt would not
        // change it.
        if value.contains('\0') {
            let error = format!("{name} contains a NUL byte, which no environment variable can");
            return Err(Failure::new(error, Verdict::GiveUp));
        }
    }
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Ok(variables.into())
}

/// The headers of the W3C's trace context, and the variables by which they are passed to processes.
const TRACE_CONTEXT: [(&str, &str); 2] =
    [("traceparent", "TRACEPARENT"), ("tracestate", "TRACESTATE")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Message;
    use crate::worker::handlers::Transcript;
    use chrono::DateTime;

    fn attempt(message: Message) -> Attempt {
        Attempt {
            transcript: Transcript::default(),
            message,
            deadline: DateTime::from_timestamp(1_700_000_000, 7).unwrap(),
        }
    }

    #[test]
    fn the_environment_describes_the_task() {
        let message = Message {
            id: "t1".into(),
            kind: "email:send".into(),
            queue: "low".into(),
            retried: 2,
            max_retry: 25,
            headers: [("trace\0".to_owned(), "\"é\"\n".to_owned())].into(),
            ..Message::default()
        };
        let environment = environment(&attempt(message)).unwrap();
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("QCTL_TASK_ID", "t1"),
            ("QCTL_TASK_TYPE", "email:send"),
            ("QCTL_TASK_QUEUE", "low"),
            ("QCTL_TASK_RETRIED", "2"),
            ("QCTL_TASK_MAX_RETRY", "25"),
            ("QCTL_TASK_DEADLINE", "2023-11-14T22:13:20Z"),
            ("QCTL_TASK_HEADERS", r#"{"trace\u0000":"\"é\"\n"}"#),
            ("QCTL_TASK_GROUP", ""),
        ];
        assert_eq!(environment, expected);
    }

    #[test]
    fn the_trace_of_a_task_goes_on() {
        let trace = |name: &str, value: &str| {
            let headers = [(name.to_owned(), value.to_owned())].into();
            let message = Message {
                headers,
                ..Message::default()
            };
            environment(&attempt(message)).unwrap().split_off(8)
        };
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let expected = ("TRACEPARENT".to_owned(), parent.to_owned());
        assert_eq!(trace("Traceparent", parent), [expected]);
        assert_eq!(trace("traceparent", "a\0b"), []);
        assert_eq!(trace("trace", parent), []);
    }

    #[test]
    fn what_no_environment_can_carry_is_refused() {
        let hostile = [
            Message {
                id: "a\0b".into(),
                ..Message::default()
            },
            Message {
                kind: "\0".into(),
                ..Message::default()
            },
            Message {
                group: "g\0".into(),
                ..Message::default()
            },
        ];
        for message in hostile {
            let failure = environment(&attempt(message)).unwrap_err();
            assert_eq!(failure.verdict, Verdict::GiveUp);
            assert!(
                failure.error.contains("contains a NUL byte"),
                "{}",
                failure.error
            );
        }
    }
}
