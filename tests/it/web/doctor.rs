//! The doctor on the page: looks, findings and explanations.

use qctl::task::State;
use serde_json::{Value, json};

use super::{Page, TOKEN};
use crate::cli::{keys, put, task_key};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// A queue with an id whose task is gone.
pub(crate) fn lose_a_task(redis: &Redis, queue: &str, id: &str) {
    put(redis, queue, id, State::Archived);
    redis.cmd(&["DEL", &task_key(queue, id)]);
}

#[track_caller]
pub(super) fn look(page: &Page, quick: bool) -> String {
    let form = if quick { "quick=true" } else { "" };
    let answer = page.submit("/doctor/look", form);
    assert_eq!(answer.expect(303).header("location"), "/doctor");
    // The answer waits for the end of the scan, but not for long.
    eventually(SOON, || {
        let shown = page.read("/doctor");
        (!shown.contains("<strong>Looking</strong>")).then_some(shown)
    })
}

/// The names of commands that the server has run since the last call.
fn commands(redis: &Redis) -> Vec<String> {
    let stats: String = redis.query(&["INFO", "commandstats"]);
    redis.cmd(&["CONFIG", "RESETSTAT"]);
    let names = stats.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        Some(name.to_owned())
    });
    names.collect()
}

#[test]
fn nothing_is_read_before_somebody_asks_for_a_look() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let page = Page::with_token(&redis);
    page.get("/readyz").send().expect(200);
    commands(&redis);
    let shown = page.read("/doctor");
    assert!(shown.contains("Nothing is known yet"), "{shown}");
    let known = page.get("/api/doctor").bearer().send().expect(200).json();
    assert_eq!(known["findings"], Value::Null);
    let asked = commands(&redis);
    let own = ["auth", "config|resetstat", "info", "time"];
    assert!(
        asked.iter().all(|name| own.contains(&name.as_str())),
        "{asked:?}"
    );
    assert!(look(&page, true).contains("missing-task"));
    assert!(commands(&redis).contains(&"scan".to_owned()));
}

#[test]
fn findings_are_shown_by_severity_with_their_explanations() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let healthy = look(&page, false);
    assert!(healthy.contains("No findings"), "{healthy}");
    lose_a_task(&redis, "low", "gone");
    lose_a_task(&redis, "high", "away");
    redis.cmd(&["SADD", &keys("low").groups(), "empty"]);
    let shown = look(&page, true);
    let place = |text: &str| {
        let place = shown.find(text);
        place.unwrap_or_else(|| panic!("no {text} in {shown}"))
    };
    assert!(place("missing-task") < place("empty-group"));
    assert_eq!(shown.matches("<h3><code>missing-task").count(), 1);
    assert!(place("queue?queue=high") < place("queue?queue=low"));
    for part in ["seen once", "gone", "remove the id", "An id was left"] {
        place(part);
    }
    let explained = page.read("/doctor/explain?code=missing-task");
    assert!(explained.contains("An id was left"), "{explained}");
    assert!(explained.contains("qctl doctor explain missing-task"));
    assert!(
        page.read("/doctor/explain")
            .contains("/doctor/explain?code=stale%2Dlock")
    );
    let unknown = page.get("/doctor/explain?code=none").bearer();
    unknown.send().expect(404);
}

#[test]
fn what_was_seen_once_is_shown_while_the_second_look_is_awaited() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let page = Page::with_token(&redis);
    let shown = look(&page, false);
    assert!(shown.contains("looked at again in"), "{shown}");
    assert!(shown.contains("seen once"), "{shown}");
    let progress = page.read("/doctor/progress");
    assert!(progress.contains("data-poll=\"/doctor/progress\""));
    let stopped = page.submit("/doctor/stop", "");
    stopped.expect(303);
    let stopped = page.read("/doctor");
    assert!(!stopped.contains("data-poll"), "{stopped}");
    assert!(stopped.contains("seen once"), "{stopped}");
}

#[test]
fn the_api_has_the_findings_of_the_command_line_and_their_age() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let page = Page::with_token(&redis);
    let asked = page.post("/api/doctor/look").bearer();
    let looked = asked.json(&json!({ "quick": true })).send().expect(200);
    let looked = looked.json();
    let printed = Qctl::new(&redis).args(["doctor", "--quick", "--json"]);
    let printed = printed.run_unchecked().json();
    assert_eq!(looked["findings"], printed["findings"]);
    assert_eq!(looked["incomplete"], printed["incomplete"]);
    assert_eq!(looked["looking"], false);
    let known = page.get("/api/doctor").bearer().send().expect(200).json();
    assert_eq!(known["looked_at"], looked["looked_at"]);
    assert!(known["age_seconds"].as_u64() < Some(60), "{known}");
    for (path, line) in [
        ("?code=stale-lock", "doctor explain stale-lock --json"),
        ("", "doctor explain --json"),
    ] {
        let answer = page.get(&format!("/api/doctor/explain{path}")).bearer();
        let printed = Qctl::new(&redis).args(line.split(' ')).run_unchecked();
        assert_eq!(answer.send().expect(200).json(), printed.json());
    }
    let wrong = page.post("/api/doctor/look").bearer();
    wrong.json(&json!({ "quik": true })).send().expect(422);
}

#[test]
fn there_is_one_look_at_a_time() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let page = Page::with_token(&redis);
    look(&page, false);
    commands(&redis);
    let shown = look(&page, true);
    assert!(shown.contains("looked at again in"), "{shown}");
    let asked = commands(&redis);
    assert!(!asked.contains(&"scan".to_owned()), "{asked:?}");
}

/// It changes nothing, so that readers may look; but no other site may make them.
#[test]
fn a_look_is_for_readers_but_not_for_other_sites() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let page = Page::read_only(&redis);
    let form = format!("token={TOKEN}");
    let login = page.post("/login").same_origin().form(&form).send();
    let cookie = login.expect(303).cookie();
    for path in ["/doctor/look", "/doctor/stop", "/api/doctor/look"] {
        let post = || page.post(path).form("quick=true");
        post().send().expect(401);
        post().cookie(&cookie).send().expect(403);
        let foreign = post()
            .cookie(&cookie)
            .header("sec-fetch-site", "cross-site");
        foreign.send().expect(403);
    }
    assert!(page.read("/doctor").contains("Nothing is known yet"));
    let shown = look(&page, true);
    assert!(shown.contains("missing-task"), "{shown}");
}

#[test]
fn trouble_on_the_overview_leads_to_the_explanation_of_its_code() {
    let redis = Redis::start();
    put(&redis, "low", "lost", State::Active);
    redis.cmd(&["ZADD", &keys("low").lease(), "1700000000", "lost"]);
    let page = Page::with_token(&redis);
    let overview = page.read("/");
    assert!(overview.contains("has lost its worker"), "{overview}");
    let link = "/doctor/explain?code=lease%2Dover";
    assert!(overview.contains(link), "{overview}");
    assert!(page.read(link).contains("lease"));
}

/// A user that may not ask for the types of keys.
#[test]
fn a_look_that_redis_does_not_permit_names_the_right() {
    let redis = Redis::start();
    lose_a_task(&redis, "low", "gone");
    let user = [
        "ACL", "SETUSER", "viewer", "on", ">secret", "~*", "&*", "+@all", "-type",
    ];
    redis.cmd(&user);
    let url = format!("redis://viewer:secret@127.0.0.1:{}", redis.port());
    let page = Page::of(
        Qctl::at(&url).file("token", TOKEN),
        &["--auth-file", "token"],
    );
    let shown = look(&page, true);
    assert!(shown.contains("+type"), "{shown}");
    let refused = page.get("/api/doctor").bearer().send().expect(403).json();
    assert!(refused.to_string().contains("+type"), "{refused}");
}
