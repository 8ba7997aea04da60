//! Properties over arbitrary input: names of keys, and what a server may answer.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::denied::Denied;
use super::keys::{self, Purpose, QueueKeys};
use super::{info, instant};
use crate::task::QueueName;

proptest! {
    #[test]
    fn the_key_of_a_task_is_recognized(queue in "[a-z{}: ]{0,8}[a-z]", id: Vec<u8>) {
        // A queue whose name ends the tag early has keys that nobody can tell apart, in Go as here.
        prop_assume!(!queue.contains("}:"));
        let queue = QueueName::new(queue).unwrap();
        let key = [QueueKeys::new(&queue).task_prefix().as_bytes(), &id].concat();
        prop_assert_eq!(keys::purpose(&key), Some((queue, Purpose::Task(id))));
    }

    #[test]
    fn any_key_has_a_purpose_or_none(key: Vec<u8>, text in r"(asynq|qctl):[{}:a-z]{0,20}") {
        keys::purpose(&key);
        keys::purpose(text.as_bytes());
        keys::type_of(&text);
        keys::server_of(&text);
        keys::scheduler_of(&text);
        keys::history_of(&text);
        keys::never(&text);
    }

    #[test]
    fn a_score_is_a_time_or_none(score: f64) {
        if let Some(at) = instant(score) {
            prop_assert!(score.is_finite() || at == DateTime::<Utc>::UNIX_EPOCH, "{score}: {at}");
        }
    }

    #[test]
    fn a_field_of_info_is_a_line(text: String, field in "[a-z_]{1,12}") {
        if let Some(value) = info::field(&text, &field) {
            prop_assert!(!value.contains('\n'));
        }
    }

    #[test]
    fn a_refusal_is_named_in_one_line(words in "(NOPERM |ERR )?(.{0,20}'[a-z|]{0,9}' command.{0,9}|.{0,30}(key|channel).{0,9}|.*)") {
        if let Some(denied) = Denied::read(&words, Some("u"), []) {
            prop_assert!(denied.to_string().starts_with("the user \"u\" may not "));
        }
    }
}
