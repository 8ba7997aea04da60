//! Properties over arbitrary input: selections in one line, and jq expressions.

use std::time::Duration;

use proptest::prelude::*;
use wildmatch::WildMatch;

use super::query::{Query, text_of};
use super::{Expression, ExpressionError, Filter, Place, Selection, StateFilter};
use crate::task::{QueueName, TaskId};

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z*?:.,\"\\\\ ]{0,8}[a-z]",
        any::<String>().prop_filter("not blank", |text| !text.trim().is_empty()),
    ]
}

fn selections() -> impl Strategy<Value = Selection> {
    let queues =
        prop::collection::vec(names().prop_map(|name| QueueName::new(name).unwrap()), 0..3);
    let ids = prop::collection::vec(names().prop_map(|id| TaskId::new(id).unwrap()), 1..3);
    let states = prop::sample::subsequence(StateFilter::ALL.to_vec(), 0..4);
    let age = prop::option::of((0..=10_000_000_u64).prop_map(Duration::from_millis));
    let texts = (
        prop::option::of(names()),
        prop::option::of(names()),
        prop::option::of(names()),
    );
    let described = (
        queues,
        states,
        texts,
        (age.clone(), age),
        prop::option::of(any::<u64>()),
    );
    let described = described.prop_map(|(queues, states, texts, ages, limit)| {
        let (kind, error, group) = texts;
        let filter = Filter {
            kind: kind.map(|kind| WildMatch::new(&kind)),
            error,
            older_than: ages.0,
            newer_than: ages.1,
            ..Filter::default()
        };
        // Tasks of a group are in one state.
        let states = if group.is_some() { Vec::new() } else { states };
        Selection {
            queues,
            states,
            group,
            filter,
            limit,
            ..Selection::default()
        }
    });
    prop_oneof![4 => described, 1 => ids.prop_map(Selection::ids)]
}

/// Texts that are nearly queries, and any other.
fn queries() -> impl Strategy<Value = String> {
    let key = "(queue|state|type|group|error|older|newer|older-than|id|limit|filter|qeue)?";
    let value = r#":?("[^"]{0,6}"?|[a-z0-9*,.\\]{0,8}|[.(][a-z. |=]{0,8}|retry|1h)"#;
    let term = (key, value).prop_map(|(key, value)| key + &value);
    prop_oneof![
        3 => prop::collection::vec(term, 0..5).prop_map(|terms| terms.join(" ")),
        1 => any::<String>(),
    ]
}

/// Texts made of the pieces of jq.
fn filters() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        ".",
        ".a",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "|",
        ",",
        "==",
        "and",
        "not",
        "\"",
        "\\(",
        "reduce",
        " as $x ",
        "def f: ",
        ";",
        "if",
        "then",
        "else",
        "end",
        "..",
        "1e999",
        "-1",
        "limit(2; ",
        "tojson",
        "try ",
        "$__loc__",
        "@json",
        "é",
        "#",
        "?//",
        "input",
        "halt",
        "env",
        "$ENV",
        "now",
        "test(\"(\")",
        "ltrimstr(1)",
        "implode",
        "splits(\"\")",
        "getpath([0])",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn a_selection_is_read_as_it_was_written(selection in selections()) {
        let text = text_of(&selection);
        let read = Query::parse(&text);
        prop_assert_eq!(read.as_ref().map(Query::selection), Ok(&selection), "{}", text);
    }

    #[test]
    fn a_mistake_in_a_query_lies_within_it(text in queries()) {
        match Query::parse(&text) {
            Ok(query) => {
                let again = text_of(query.selection());
                let read = Query::parse(&again);
                prop_assert_eq!(read.as_ref().map(Query::selection), Ok(query.selection()), "{}", again);
            }
            Err(mistake) => prop_assert!((1..=text.chars().count() + 1).contains(&mistake.at), "{mistake:?}"),
        }
    }
}

proptest! {
    // Each starts threads.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(2_000), ..ProptestConfig::default() })]

    #[test]
    fn a_text_is_a_jq_expression_or_refused(text in filters()) {
        match Expression::new(&text) {
            Ok(expression) => {
                let document = br#"{"payload":{"a":[1,"x",null]},"id":"t"}"#;
                let evaluated = std::thread::scope(|scope| {
                    let holds = || expression.holds(document);
                    let thread = super::interpreter::on_large_stack().spawn_scoped(scope, holds);
                    thread.unwrap().join()
                });
                prop_assert!(evaluated.is_ok(), "{text}");
            }
            Err(ExpressionError::Syntax { place: Place::Column(column), .. }) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&column), "{column} of {text:?}");
            }
            Err(refused) => prop_assert!(matches!(refused, ExpressionError::Syntax { .. }), "{refused:?}"),
        }
    }
}
