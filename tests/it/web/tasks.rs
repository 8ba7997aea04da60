//! Lists of tasks.

use std::collections::BTreeSet;

use super::{Page, encode, enqueue};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// The ids on all pages of a list, and the number of pages.
#[track_caller]
fn walk(page: &Page, query: &str) -> (Vec<String>, usize) {
    let mut address = format!("/tasks?q={}", encode(query));
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let html = page.read(&address);
        pages += 1;
        let titles = html.split("class=\"mono\" href=\"").skip(1);
        ids.extend(titles.map(|rest| {
            let title = rest.split("title=\"").nth(1).unwrap();
            title.split('"').next().unwrap().to_owned()
        }));
        let Some(next) = html.split("rel=\"next\" href=\"").nth(1) else {
            return (ids, pages);
        };
        address = next.split('"').next().unwrap().replace("&amp;", "&");
    }
}

#[test]
fn a_list_has_the_tasks_of_ls_page_by_page() {
    let redis = Redis::start();
    enqueue(&redis, "low", 130);
    enqueue(&redis, "high", 7);
    let archive = ["archive", "-q", "low", "-s", "pending", "-l", "60", "--yes"];
    Qctl::new(&redis)
        .args(archive)
        .run_unchecked()
        .expect_code(0);
    let page = Page::with_token(&redis);
    for (query, args) in [
        ("", &[][..]),
        ("queue:low", &["-q", "low"]),
        ("queue:low state:archived", &["-q", "low", "-s", "archived"]),
        (
            "queue:low .payload.n % 2 == 0",
            &["-q", "low", "--filter", ".payload.n % 2 == 0"],
        ),
        ("queue:low limit:70", &["-q", "low", "--limit", "70"]),
    ] {
        let run = Qctl::new(&redis)
            .args(["ls", "tasks", "-o", "id"])
            .args(args);
        let listed = run.run_unchecked().expect_code(0);
        let listed: Vec<&str> = listed.stdout_str().lines().collect();
        let (shown, pages) = walk(&page, query);
        assert_eq!(shown, listed, "{query:?}");
        assert_eq!(
            shown.iter().collect::<BTreeSet<_>>().len(),
            shown.len(),
            "{query:?}"
        );
        assert!(pages >= shown.len() / 50, "{query:?}: {pages} pages");
    }
}

#[test]
fn tasks_named_by_id_are_listed_page_by_page_and_counted() {
    let redis = Redis::start();
    enqueue(&redis, "low", 130);
    let listed = Qctl::new(&redis).args(["ls", "tasks", "-o", "id"]);
    let listed = listed.run_unchecked().expect_code(0);
    let mut ids: Vec<&str> = listed.stdout_str().lines().take(105).collect();
    let page = Page::with_token(&redis);
    let query = format!("id:gone,{}", ids.join(","));
    let (shown, pages) = walk(&page, &query);
    assert_eq!(
        (shown, pages),
        (ids.iter().map(ToString::to_string).collect(), 3)
    );
    let first = format!("/tasks?q={}", encode(&query));
    let first = page.read(&first);
    assert!(first.contains("gone"), "{first}");
    let counted = format!("/tasks/count?q={}", encode(&query));
    let counted = page.read(&counted);
    assert!(counted.contains("105 tasks"), "{counted}");
    ids.truncate(2);
    let api = format!("/api/tasks?q={}", encode(&format!("id:{}", ids.join(","))));
    let api = page.read(&api);
    let api: Vec<serde_json::Value> = serde_json::from_str(&api).unwrap();
    let api: Vec<&str> = api
        .iter()
        .map(|task| task["id"].as_str().unwrap())
        .collect();
    assert_eq!(api, ids);
}

#[test]
fn a_page_goes_on_where_the_last_one_ended_although_tasks_have_left() {
    let redis = Redis::start();
    enqueue(&redis, "low", 120);
    let page = Page::with_token(&redis);
    let (all, _) = walk(&page, "queue:low");
    let first = page.read("/tasks?q=queue%3Alow");
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    // The tasks of the first page run meanwhile, but for the last ten.
    let gone: Vec<&str> = all[..40].iter().map(String::as_str).collect();
    let delete = Qctl::new(&redis)
        .args(["delete", "-q", "low", "--yes"])
        .args(gone);
    delete.run_unchecked().expect_code(0);
    let second = page.read(&next);
    assert!(
        second.contains(&all[50]) && !second.contains(&all[49]),
        "{second}"
    );
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let html = page.read("/tasks?q=state%3Aactive+color%3Ared");
    assert!(html.contains("(column 14)"), "{html}");
    assert!(html.contains("value=\"state:active color:red\""), "{html}");
    let broken = page.get("/tasks?from=xyz").bearer().send();
    assert_eq!(broken.status, 400, "{broken:?}");
    let empty = page.read("/tasks");
    assert!(empty.contains("qctl enqueue"), "{empty}");
}

#[test]
fn the_bar_counts_what_matches_and_the_box_completes() {
    let redis = Redis::start();
    enqueue(&redis, "low", 130);
    let page = Page::with_token(&redis);
    let counted = |query: &str| {
        let address = format!("/tasks/count?q={}", encode(query));
        page.read(&address)
    };
    assert_eq!(counted("queue:low"), "<strong>130 tasks</strong> match");
    assert_eq!(
        counted("queue:low .payload.n == 1"),
        "<strong>1 task</strong> matches"
    );
    assert_eq!(
        counted("queue:low state:archived"),
        "<strong>0 tasks</strong> match"
    );
    let suggested = page
        .get("/tasks/complete?q=queue%3Al&at=7")
        .bearer()
        .send()
        .expect(200);
    assert_eq!(suggested.json()[0]["text"], "low");
}

/// From a few tasks, and from what pages have listed since.
#[test]
fn the_box_completes_types_and_groups_that_were_seen() {
    let redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    let suggested = |query: &str| {
        let address = format!("/tasks/complete?q={}&at={}", encode(query), query.len());
        let answer = page.get(&address).bearer().send().expect(200).json();
        let texts = answer.as_array().unwrap().iter();
        let texts = texts.map(|one| one["text"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(suggested("queue:low type:e"), ["email"]);
    let line = r#"{"type":"event","queue":"low","group":"visits","payload":1}"#;
    let run = Qctl::new(&redis)
        .args(["enqueue", "--from", "-"])
        .stdin(line);
    run.run_unchecked().expect_code(0);
    // Keys that are typed read nothing from Redis.
    assert_eq!(suggested("type:e"), ["email"]);
    page.get("/tasks?q=state:aggregating")
        .bearer()
        .send()
        .expect(200);
    assert_eq!(suggested("type:e"), ["email", "event"]);
    assert_eq!(suggested("group:"), ["visits"]);
}
