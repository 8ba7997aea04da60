//! Changes of many tasks: preview, start, progress, pause, stop.

use std::sync::Barrier;
use std::thread;

use rustix::process::Signal;

use super::{Page, encode, enqueue};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Asks for a change of all that match. Returns the address of its page.
#[track_caller]
fn ask(page: &Page, action: &str, query: &str) -> String {
    let form = format!("action={action}&all=1&q={}", encode(query));
    let answer = page.submit("/changes", &form);
    answer.expect(303).header("location").to_owned()
}

/// Sends an action to the page of a change, and returns the status of the answer.
#[track_caller]
pub(super) fn post(page: &Page, address: &str, action: &str, more: &str) -> u16 {
    let id = address.split("id=").nth(1).unwrap();
    let request = page.post(&format!("/change/{action}")).bearer();
    request.form(&format!("id={id}{more}")).send().status
}

/// The number in front of these words.
#[track_caller]
fn number_before(html: &str, words: &str) -> usize {
    let (before, _) = html
        .split_once(words)
        .unwrap_or_else(|| panic!("no {words:?} in {html}"));
    let last = before.rsplit([' ', '>']).next().unwrap();
    last.parse().unwrap()
}

fn pending(redis: &Redis) -> usize {
    redis.query(&["LLEN", "asynq:{low}:pending"])
}

#[test]
fn a_preview_changes_nothing_and_its_result_is_what_it_showed() {
    let redis = Redis::start();
    enqueue(&redis, "low", 30);
    let page = Page::with_token(&redis);
    let address = ask(&page, "archive", "queue:low state:pending");
    let preview = page.read(&address);
    assert!(
        preview.contains("<strong>30 tasks</strong> will be moved to the archive"),
        "{preview}"
    );
    assert!(
        preview.contains("qctl archive --queue low --state pending"),
        "{preview}"
    );
    assert_eq!(preview.matches("class=\"task-name").count(), 3, "{preview}");
    assert_eq!(pending(&redis), 30);
    // What the viewer has seen is no longer true.
    assert_eq!(post(&page, &address, "start", "&count=29"), 409);
    assert_eq!(post(&page, &address, "start", ""), 400);
    assert_eq!(post(&page, &address, "start", "&count=30&rate=0"), 400);
    assert_eq!(pending(&redis), 30);
    assert_eq!(post(&page, &address, "start", "&count=30"), 303);
    eventually(SOON, || {
        page.read(&address)
            .contains("archived 30 tasks")
            .then_some(())
    });
    assert_eq!(pending(&redis), 0);
    // A second click starts nothing.
    assert_eq!(post(&page, &address, "start", "&count=30"), 303);
    assert!(page.read("/changes").contains("archived 30 tasks"));
}

#[test]
fn a_preview_says_which_tasks_have_no_age() {
    let redis = Redis::start();
    enqueue(&redis, "low", 1);
    let scheduled = ["enqueue", "t", "-q", "low", "--in", "1h"];
    Qctl::new(&redis)
        .args(scheduled)
        .run_unchecked()
        .expect_code(0);
    let page = Page::with_token(&redis);
    let told = "left out 1 scheduled task: Redis does not store their age";
    for (states, title) in [
        ("pending,scheduled", "1 task"),
        ("archived,scheduled", "No task matches"),
    ] {
        let query = format!("queue:low state:{states} older:0s");
        let preview = page.read(&ask(&page, "delete", &query));
        assert!(preview.contains(told), "{preview}");
        assert!(preview.contains(title), "{preview}");
    }
}

#[test]
fn a_change_goes_on_without_a_page_and_its_counts_are_exact_when_it_is_paused_or_stopped() {
    let redis = Redis::start();
    enqueue(&redis, "low", 200);
    let page = Page::with_token(&redis);
    let address = ask(&page, "delete", "queue:low state:pending");
    assert_eq!(post(&page, &address, "start", "&count=200&rate=20"), 303);
    // Nobody looks.
    eventually(SOON, || (pending(&redis) < 200).then_some(()));
    assert_eq!(post(&page, &address, "pause", ""), 303);
    let paused = page.read(&address);
    assert!(paused.contains("Paused"), "{paused}");
    let seen = number_before(&paused, " of 200 tasks");
    assert_eq!(pending(&redis), 200 - seen);
    assert_eq!(post(&page, &address, "resume", ""), 303);
    eventually(SOON, || (pending(&redis) < 200 - seen).then_some(()));
    assert_eq!(post(&page, &address, "stop", ""), 303);
    let stopped = page.read(&address);
    assert!(stopped.contains("stopped before the end"), "{stopped}");
    let deleted = number_before(&stopped, " of 200 tasks");
    assert!(deleted < 200, "{stopped}");
    assert_eq!(pending(&redis), 200 - deleted);
}

#[test]
fn of_many_changes_that_begin_at_once_four_run() {
    let redis = Redis::start();
    enqueue(&redis, "low", 200);
    let page = Page::with_token(&redis);
    // Previews that wait for their start do not count.
    let addresses: Vec<String> = (0..8)
        .map(|_| {
            let address = ask(&page, "delete", "queue:low state:pending");
            eventually(SOON, || {
                page.read(&address).contains("200 tasks").then_some(())
            });
            address
        })
        .collect();
    let together = Barrier::new(addresses.len());
    let mut answers: Vec<u16> = thread::scope(|scope| {
        let starts = addresses.iter().map(|address| {
            let (page, together) = (&page, &together);
            scope.spawn(move || {
                together.wait();
                post(page, address, "start", "&count=200&rate=1")
            })
        });
        let starts: Vec<_> = starts.collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, [303, 303, 303, 303, 429, 429, 429, 429]);
}

#[test]
fn the_end_of_the_server_stops_a_change_between_two_steps() {
    let redis = Redis::start();
    enqueue(&redis, "low", 200);
    let page = Page::with_token(&redis);
    let address = ask(&page, "delete", "queue:low state:pending");
    assert_eq!(post(&page, &address, "start", "&count=200&rate=10"), 303);
    eventually(SOON, || (pending(&redis) < 200).then_some(()));
    page.running.signal(Signal::INT);
    page.running.wait(SOON).expect_code(0);
    let left = pending(&redis);
    assert!(left > 0 && left < 200, "{left}");
}

#[test]
fn an_archive_that_would_overflow_says_what_is_lost_first() {
    let redis = Redis::start();
    enqueue(&redis, "low", 2);
    let full: Vec<String> = (0..9_999)
        .flat_map(|n| ["1".to_owned(), format!("old{n}")])
        .collect();
    let mut command = vec!["ZADD".to_owned(), "asynq:{low}:archived".to_owned()];
    command.extend(full);
    redis.cmd(&command);
    let page = Page::with_token(&redis);
    let address = ask(&page, "archive", "queue:low state:pending");
    let refused = page.read(&address);
    assert!(refused.contains("the oldest 2 archived tasks"), "{refused}");
    assert_eq!(pending(&redis), 2);
    let query = encode("queue:low state:pending");
    let form = format!("action=archive&all=1&q={query}&allow_trim=1");
    let answer = page.submit("/changes", &form).expect(303);
    let preview = page.read(answer.header("location"));
    assert!(
        preview.contains("2 archived tasks</strong> will be deleted for good"),
        "{preview}"
    );
    assert!(preview.contains("--allow-trim"), "{preview}");
}

#[test]
fn what_is_no_change_is_refused() {
    let redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    for (form, status) in [
        ("action=retry", 400),
        ("action=delete&all=1&q=queue%3Alow", 400),
        ("action=delete&all=1&q=state%3Apending", 400),
        ("action=delete&all=1&q=queue%3Anone+state%3Apending", 404),
    ] {
        let answer = page.submit("/changes", form);
        assert_eq!(answer.status, status, "{form}: {answer:?}");
    }
    let unknown = "/change?id=00000000000000000000000000000000";
    assert_eq!(page.get(unknown).bearer().send().status, 404);
    assert_eq!(pending(&redis), 1);
    let reader = Page::read_only(&redis);
    let form = "action=delete&all=1&q=queue%3Alow+state%3Apending";
    let answer = reader.submit("/changes", form);
    assert!([404, 405].contains(&answer.status), "{answer:?}");
    let list = reader.read("/tasks");
    assert!(
        !list.contains("name=\"action\"") && list.contains("task-name"),
        "{list}"
    );
}

#[test]
fn tasks_that_match_are_moved_to_a_queue_that_is_asked_for() {
    let redis = Redis::start();
    enqueue(&redis, "low", 3);
    let page = Page::with_token(&redis);
    let form = "action=edit&all=1&q=queue%3Alow+state%3Apending";
    let asked = page.submit("/changes", form).expect(200).body;
    assert!(
        asked.contains("name=\"move_to\"") && asked.contains("value=\"queue:low state:pending\""),
        "{asked}"
    );
    let blank = page
        .submit("/changes", &format!("{form}&move_to=+"))
        .expect(400)
        .body;
    assert!(blank.contains("at least one character"), "{blank}");
    let made = page
        .submit("/changes", &format!("{form}&move_to=high"))
        .expect(303);
    let address = made.header("location");
    let preview = page.read(address);
    assert!(
        preview.contains("will be moved to the queue <strong><bdi>high</bdi></strong>")
            && preview.contains("qctl edit --move-to high --queue low --state pending"),
        "{preview}"
    );
    let count =
        |queue: &str| redis.query::<usize>(&["LLEN", &format!("asynq:{{{queue}}}:pending")]);
    assert_eq!((count("low"), count("high")), (3, 0));
    let id = address.split("id=").nth(1).unwrap();
    page.submit("/change/start", &format!("id={id}&count=3"))
        .expect(303);
    eventually(SOON, || (count("high") == 3).then_some(()));
    assert_eq!(count("low"), 0);
}
