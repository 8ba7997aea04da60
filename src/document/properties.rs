//! Properties over arbitrary input: payloads, JSON as text, and lines of an import.

use proptest::prelude::*;
use serde_json::Value;

use super::json;
use super::payload::Payload;
use super::task::TaskDocument;

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Lines that are nearly documents of tasks.
fn lines() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "type",
        "id",
        "queue",
        "state",
        "payload",
        "payload_encoding",
        "headers",
        "max_retry",
        "timeout_seconds",
        "deadline",
        "unique_seconds",
        "retention_seconds",
        "result",
        "result_encoding",
        "orphaned",
        "waiting_for_handler",
        "next_process_at",
        "tpye",
    ]);
    let members = prop::collection::vec((key, values()), 0..6);
    members.prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(key, value)| format!("{key:?}: {value}"))
            .collect();
        format!("{{{}}}", members.join(", "))
    })
}

proptest! {
    #[test]
    fn a_payload_is_read_as_it_was_written(bytes in prop_oneof![
        any::<Vec<u8>>(),
        values().prop_map(|value| value.to_string().into_bytes()),
        values().prop_map(|value| format!(" {value:#}\n").into_bytes()),
        any::<String>().prop_map(String::into_bytes),
    ]) {
        let payload = Payload::new(bytes.clone());
        let document = format!(
            r#"{{"type":"t","payload":{},"payload_encoding":{}}}"#,
            serde_json::to_string(&payload).unwrap(),
            serde_json::to_string(&payload.encoding()).unwrap(),
        );
        prop_assert!(!document.contains('\n'));
        let read = TaskDocument::read(&document).unwrap().payload;
        prop_assert_eq!(read.map(Payload::into_bytes), Some(bytes));
    }

    #[test]
    fn laid_out_json_is_the_same_json(value in values()) {
        let text = value.to_string();
        let pretty = json::pretty(&text);
        prop_assert_eq!(json::compact(&pretty), text.as_str());
        prop_assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        json::has_half_pair(&text);
    }

    #[test]
    fn any_text_is_no_danger_to_what_expects_json(text: String) {
        json::pretty(&text);
        json::compact(&text);
        json::has_half_pair(&text);
        json::depth(text.as_bytes());
    }

    #[test]
    fn a_mistake_in_a_line_lies_within_it(line in prop_oneof![lines(), any::<String>(), r#"\{("[a-z]{1,8}":[0-9"a-z\[\{]{0,9},?){0,3}\}?"#]) {
        if let Err(mistake) = TaskDocument::read(&line)
            && let Some(column) = mistake.column(&line)
        {
            prop_assert!((1..=line.chars().count() + 1).contains(&column), "{column}: {mistake}");
        }
    }
}
