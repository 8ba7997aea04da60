//! Properties over arbitrary input: configuration files.

use std::path::Path;

use proptest::prelude::*;

use super::{ConfigError, File};

/// Texts that are nearly files, and any other.
fn files() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        r"\[\[?(redis|worker|log|serve|cron|handlers|trouble|check|asynq|wroker)(\.[a-z*:]{1,4})?\]?\]",
        r#"(url|concurrency|queues|run|spec|type|tz|timeout|retry|level|level2)( = |: )("[^"]{0,9}"?|[0-9]{1,20}|\{.{0,9}\}?|\[.{0,4}\]?|1e999|true)"#,
        r"(redis|asynq|worker|cron|- name): ?[a-z&*!|>]{0,5}",
        r"  +[a-z]{1,5}: .{0,9}",
        r".{0,12}",
    ];
    prop_oneof![
        4 => prop::collection::vec(line, 0..7).prop_map(|lines| lines.join("\n")),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn a_file_is_read_or_its_mistakes_lie_within_it(text in files(), yaml: bool) {
        let lines = text.lines().count() + 1;
        let mistakes = match File::parse(&text, yaml, Path::new("f")) {
            Ok(file) => file.mistakes,
            Err(ConfigError::Mistakes(mistakes)) => mistakes,
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        for mistake in mistakes {
            let line = mistake.strip_prefix("f:").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
            prop_assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{mistake} of {lines}");
        }
    }
}
