use std::time::Duration;

use wildmatch::WildMatch;

use super::*;
use crate::inspector::{Expression, StateFilter};
use crate::task::{QueueName, State, TaskId};

fn selected(text: &str) -> Selection {
    Query::parse(text).unwrap().selection().clone()
}

fn mistake(text: &str) -> (usize, String, String) {
    let error = Query::parse(text).unwrap_err();
    (error.at, error.what, error.hint)
}

#[test]
fn all_conditions_of_the_command_line_can_be_written() {
    let all = r#"queue:critical,import:* queue:"a b" state:retry,orphaned type:email:* error:"connection \"refused\""
        older-than:1h newer:2d limit:10 .payload.user_id == 42 and .retried > 3 "#;
    let selection = selected(all);
    let queues: Vec<&str> = selection.queues.iter().map(QueueName::as_str).collect();
    assert_eq!(queues, ["critical", "import:*", "a b"]);
    let states = [StateFilter::In(State::Retry), StateFilter::Orphaned];
    assert_eq!(selection.states, states);
    let filter = &selection.filter;
    assert_eq!(filter.kind, Some(WildMatch::new("email:*")));
    assert_eq!(filter.error.as_deref(), Some(r#"connection "refused""#));
    assert_eq!(filter.older_than, Some(Duration::from_secs(3600)));
    assert_eq!(filter.newer_than, Some(Duration::from_secs(2 * 86_400)));
    assert_eq!(selection.limit, Some(10));
    let expression = filter.expression.as_ref().unwrap();
    assert_eq!(
        expression.as_str(),
        ".payload.user_id == 42 and .retried > 3"
    );
    assert_eq!(selected("group:a,b").group.as_deref(), Some("a,b"));
    assert_eq!(selected("  "), Selection::default());
    let ids = selected("queue:low id:a,b,a").ids.unwrap();
    assert_eq!(ids, ["a", "b"].map(|id| TaskId::new(id).unwrap()));
}

#[test]
fn a_filter_is_recognized_by_its_beginning_or_its_key() {
    for (text, filter) in [
        (".retried > 3", ".retried > 3"),
        ("state:retry (.a or .b)", "(.a or .b)"),
        ("any(.payload[]; . > 1)", "any(.payload[]; . > 1)"),
        ("filter:\"1 == .retried\"", "1 == .retried"),
        (".a == \"state:retry\"", ".a == \"state:retry\""),
    ] {
        let expression = selected(text).filter.expression.unwrap();
        assert_eq!(expression.as_str(), filter);
    }
}

/// A query, the column of its mistake, what it is, and the hint.
const MISTAKES: &[(&str, usize, &str, &str)] = &[
    (
        "state:retry quue:low",
        13,
        "there is no key \"quue\"",
        "did you mean queue:low?",
    ),
    (
        "email:welcome",
        1,
        "there is no key \"email\"",
        "did you mean type:email:welcome? Keys are queue, state, type, group, error, older, newer, limit, id, filter",
    ),
    (
        "welcome",
        1,
        "\"welcome\" has no key",
        "did you mean type:welcome or id:welcome?",
    ),
    (
        "anything",
        1,
        "\"anything\" has no key",
        "did you mean type:anything or id:anything?",
    ),
    (
        "queue:low retry",
        11,
        "\"retry\" has no key",
        "did you mean state:retry?",
    ),
    (
        "queue",
        1,
        "\"queue\" has no key",
        "write queue:critical,import:*",
    ),
    (
        "queue:",
        7,
        "queue: needs a value",
        "write queue:critical,import:*",
    ),
    (
        "state:retry, x",
        13,
        "state: needs a value",
        "write state:retry,archived",
    ),
    (
        "state:retry,archved",
        13,
        "there is no state \"archved\"",
        "did you mean archived?",
    ),
    (
        "state:dead",
        7,
        "there is no state \"dead\"",
        "states are active, pending, scheduled, retry, archived, completed, aggregating, aside, orphaned",
    ),
    (
        "older:1",
        7,
        "\"1\" is not a duration",
        "write 90s, 5m, 1.5h, 3d or 1h30m",
    ),
    (
        "limit:x",
        7,
        "\"x\" is not a whole number",
        "write limit:100",
    ),
    (
        "error:\"a",
        7,
        "this quotation mark is not closed",
        "add one at the end of the value; inside it, write \\\"",
    ),
    (
        "error:\"\\x\"",
        8,
        "unknown escape after a backslash",
        "use \\\", \\\\, \\n, \\r, \\t or \\u{1b}",
    ),
    (
        "queue:\" \"",
        7,
        "a queue name must contain at least one character that is not white space",
        "write queue:critical,import:*",
    ),
    (
        "type:a type:b",
        8,
        "type: is given twice",
        "keep one; a jq filter can join conditions with `and` and `or`",
    ),
    (
        "filter:.a .b",
        11,
        "there are two jq filters",
        "keep one; a jq filter can join conditions with `and` and `or`",
    ),
    (
        "state:retry id:a",
        13,
        "tasks are selected either by id, or by state, group and filters",
        "with id:, only queue: can be used",
    ),
    (
        "group:g state:retry",
        9,
        "tasks of a group are always in state aggregating",
        "remove state: or group:",
    ),
];

#[test]
fn mistakes_have_a_column_and_a_hint() {
    for &(text, at, what, hint) in MISTAKES {
        let expected = (at, what.to_owned(), hint.to_owned());
        assert_eq!(mistake(text), expected, "{text}");
    }
    assert_eq!(mistake(&"x".repeat(5000)).0, 4097);
}

#[test]
fn the_column_of_a_mistake_in_a_filter_counts_from_the_beginning_of_the_query() {
    for (text, at, what) in [
        ("queue:low .n === 1", 14, "unexpected text"),
        ("queue:low .n ==  ", 16, "expected term"),
        ("error:é .a == $x", 15, "there is no variable \"$x\""),
        (r#"filter:".a == \"\" === 1""#, 20, "unexpected text"),
        ("filter:foo(1) state:retry", 8, "there is no filter \"foo\""),
    ] {
        let (column, message, _) = mistake(text);
        assert_eq!(column, at, "{text}: {message}");
        assert_eq!(message, format!("not a jq filter: {what}"), "{text}");
    }
}

/// A short text of few characters, so that quotation marks, commas and colons meet.
fn random_text() -> String {
    let characters: Vec<char> = "ab:,\"\\ .(*?-=é\n\u{1b}\u{202e}'$`".chars().collect();
    let length = fastrand::usize(1..8);
    let chosen = (0..length).filter_map(|_| fastrand::choice(&characters));
    chosen.collect()
}

fn sometimes<T>(value: impl FnOnce() -> T) -> Option<T> {
    fastrand::bool().then(value)
}

fn random_selection() -> Selection {
    let names = (0..fastrand::usize(0..3)).filter_map(|_| QueueName::new(random_text()).ok());
    let queues = names.collect();
    if fastrand::u8(0..4) == 0 {
        let ids = (0..fastrand::usize(1..4)).map(|_| TaskId::from_stored(random_text().into()));
        return Selection {
            queues,
            ..Selection::ids(ids)
        };
    }
    let mut selection = Selection {
        queues,
        group: sometimes(random_text),
        limit: sometimes(|| fastrand::u64(..)),
        ..Selection::default()
    };
    if selection.group.is_none() {
        let states = (0..fastrand::usize(0..4)).filter_map(|_| fastrand::choice(StateFilter::ALL));
        selection.states = states.collect();
    }
    let age = || Duration::new(fastrand::u64(..1 << 33), fastrand::u32(..1_000_000_000));
    let expressions = [
        ".a == \"x, y\"",
        "(.a)",
        "any(.b[]; .)",
        "all",
        "1 == 1",
        " .a ",
        ".a\n| .b",
        "\"\\(.a)\" == \"\"",
    ];
    selection.filter.kind = sometimes(|| WildMatch::new(&random_text()));
    selection.filter.error = sometimes(random_text);
    selection.filter.older_than = sometimes(age);
    selection.filter.newer_than = sometimes(age);
    selection.filter.expression = sometimes(|| {
        let text = fastrand::choice(expressions).unwrap_or(".a");
        Expression::new(text).unwrap()
    });
    selection
}

#[test]
fn what_a_selection_is_written_as_selects_the_same() {
    for _ in 0..300 {
        let selection = random_selection();
        let text = text_of(&selection);
        assert!(!text.contains(char::is_control), "{text:?}");
        let read = Query::parse(&text);
        let read = read.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(*read.selection(), selection, "{text}");
    }
    // No ids must not become all tasks.
    assert_eq!(text_of(&Selection::ids([])), "limit:0");
}

#[test]
fn no_text_makes_the_parser_panic_and_every_mistake_is_inside_it() {
    let words = [
        "queue:", "state:", "retry", ",", "\"", "\\", " ", ".a", "(", "any", "u{", "}", "filter:",
        "é", "id:", "1h", "older:", "\u{0}", "==", "$",
    ];
    for _ in 0..3000 {
        let length = fastrand::usize(0..12);
        let chosen = (0..length).filter_map(|_| fastrand::choice(words));
        let text: String = chosen.collect();
        let length = text.chars().count();
        if let Err(error) = Query::parse(&text) {
            assert!((1..=length + 1).contains(&error.at), "{text:?}: {error}");
        }
        for suggestion in complete(&text, fastrand::usize(0..20), &Known::default()) {
            let range = suggestion.replaces;
            assert!(range.start <= range.end && range.end <= length, "{text:?}");
        }
    }
}

/// Completes at `|`: the text with each suggestion in its place.
fn completed(text: &str) -> Vec<String> {
    let cursor = text.find('|').unwrap();
    let text: Vec<char> = text.replace('|', "").chars().collect();
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let queues = owned(&["critical", "low, slow"]);
    let types = owned(&["email:welcome", "email:reset", "report"]);
    let known = Known {
        queues: &queues,
        types: &types,
        groups: &[],
    };
    let whole: String = text.iter().collect();
    let suggestions = complete(&whole, cursor, &known);
    let applied = suggestions.into_iter().map(|suggestion| {
        let (start, end) = (suggestion.replaces.start, suggestion.replaces.end);
        let before: String = text[..start].iter().collect();
        let after: String = text[end..].iter().collect();
        format!("{before}{}{after}", suggestion.text)
    });
    applied.collect()
}

#[test]
fn keys_and_values_are_completed_at_the_cursor() {
    for (text, expected) in [
        ("st|", &["state:"][..]),
        ("queue:low e|", &["queue:low error:"]),
        ("sta|te:retry", &["state:retry"]),
        ("state:retry,ar|", &["state:retry,archived"]),
        ("state:ac|tive queue:low", &["state:active queue:low"]),
        ("queue:l|", &["queue:\"low, slow\""]),
        ("queue:\"low, |", &["queue:\"low, slow\""]),
        (
            "queue:critical,|",
            &["queue:critical,critical", "queue:critical,\"low, slow\""],
        ),
        ("type:EMAIL:|", &["type:email:welcome", "type:email:reset"]),
        ("error:x|", &[]),
        ("nothing:x|", &[]),
        ("state:retry .st|", &[]),
    ] {
        assert_eq!(completed(text), expected, "{text}");
    }
    assert_eq!(completed("|").len(), 10);
    assert_eq!(completed("state:|").len(), 9);
}
