//! A selection as text.

use super::key::Key;
use super::quote::quoted;
use super::reader::begins_filter;
use crate::inspector::{Selection, StateFilter};
use crate::task::parse::duration_text;
use crate::task::{QueueName, TaskId};

/// The query that selects the same tasks.
pub fn text_of(selection: &Selection) -> String {
    let Selection {
        queues,
        ids,
        states,
        group,
        filter,
        limit,
    } = selection;
    let mut terms = Vec::new();
    let mut add = |key: Key, value: String| terms.push(format!("{}:{value}", key.name()));
    if !queues.is_empty() {
        add(Key::Queue, list(queues.iter().map(QueueName::as_str)));
    }
    if !states.is_empty() {
        add(
            Key::State,
            list(states.iter().copied().map(StateFilter::name)),
        );
    }
    if let Some(kind) = &filter.kind {
        add(Key::Type, quoted(&kind.to_string(), false));
    }
    for (key, text) in [(Key::Group, group), (Key::Error, &filter.error)] {
        if let Some(text) = text {
            add(key, quoted(text, false));
        }
    }
    for (key, age) in [
        (Key::Older, filter.older_than),
        (Key::Newer, filter.newer_than),
    ] {
        if let Some(age) = age {
            add(key, duration_text(age));
        }
    }
    if let Some(limit) = limit {
        add(Key::Limit, limit.to_string());
    }
    match ids.as_deref() {
        None => {}
        // Without a term, no ids would become all tasks.
        Some([]) => add(Key::Limit, "0".to_owned()),
        Some(ids) => add(Key::Id, list(ids.iter().map(TaskId::as_str))),
    }
    if let Some(expression) = &filter.expression {
        terms.push(filter_text(expression.as_str()));
    }
    terms.join(" ")
}

/// A jq filter, without a key if it is recognized without one.
fn filter_text(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let plain = text.trim() == text && !text.contains(char::is_control);
    if plain && begins_filter(&characters) {
        text.to_owned()
    } else {
        format!("{}:{}", Key::Filter.name(), quoted(text, false))
    }
}

fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.map(|value| quoted(value, true)).collect();
    values.join(",")
}
