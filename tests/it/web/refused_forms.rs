//! A form that changes something, and is refused, comes again with what was typed. The status is that of the API for the same
//! reason.

use super::forms::{COPY, FORM, open, post, set};
use super::{Page, store};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

/// A form, the addresses that take it, and the field in which something is mistyped.
struct Case {
    paths: &'static [&'static str],
    fields: Vec<(String, String)>,
    mistyped: (&'static str, &'static str),
}

fn cases(page: &Page) -> [Case; 4] {
    let form = |text: &str| {
        let fields = text.split('&').filter_map(|field| field.split_once('='));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        fields.collect()
    };
    [
        Case {
            paths: &["/task/save", "/task/preview"],
            fields: open(page, FORM),
            mistyped: ("timeout", "<long>"),
        },
        Case {
            paths: &["/task/enqueue", "/task/enqueue/preview"],
            fields: open(page, COPY),
            mistyped: ("timeout", "<long>"),
        },
        Case {
            paths: &["/schedule/save"],
            fields: form("name=nightly&spec=@daily&type=t&note=mine"),
            mistyped: ("spec", "<never>"),
        },
        Case {
            paths: &["/changes"],
            fields: form("action=edit&all=1&q=queue:low state:scheduled&move_to=high"),
            mistyped: ("move_to", " "),
        },
    ]
}

#[test]
fn a_mistake_is_shown_in_the_form() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    for mut case in cases(&page) {
        let (name, value) = case.mistyped;
        set(&mut case.fields, name, value);
        for path in case.paths {
            let html = post(&page, path, &case.fields).expect(400).body;
            let shown = value.trim().replace('<', "&lt;").replace('>', "&gt;");
            assert!(
                html.contains("role=\"alert\"") && html.contains(&format!("value=\"{shown}\"")),
                "{path}: {html}"
            );
        }
    }
}

#[test]
fn without_redis_nothing_that_was_typed_is_lost() {
    let redis = Redis::start();
    store(&redis, b"old");
    let proxy = Proxy::new(&redis);
    let page = Page::behind(&proxy);
    let cases = cases(&page);
    proxy.cut();
    for mut case in cases {
        let (name, value) = case.fields.last_mut().unwrap();
        "7d".clone_into(value);
        let name = name.clone();
        for path in case.paths {
            let answer = post(&page, path, &case.fields).expect(503);
            assert_eq!(answer.header("retry-after"), "5", "{path}");
            let (html, field) = (answer.body, format!("name=\"{name}\" value=\"7d\""));
            assert!(
                html.contains("cannot reach Redis") && html.contains(&field),
                "{path}: {html}"
            );
        }
    }
}
