//! Each view, and the way in and out.

use qctl::task::State;

use super::{SIZE, dash, redis, select};
use crate::cli::{message, put, put_many, put_message};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

#[test]
fn from_trouble_to_its_tasks() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    // The first row is the worst: a pending task that no worker serves.
    tmux.sees(&["Trouble", "no worker serves it"]);
    tmux.keys("Enter");
    tmux.sees(&["Queues › Tasks", "queue:low state:pending", "1 task"]);
}

#[test]
fn from_queues_to_a_task_and_back() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("s").sees(&["sorted by name"]);
    tmux.keys("End Enter");
    tmux.sees(&["Queues › low", "Processed today"]);
    tmux.keys("Escape").loses("› low");
    tmux.keys("2");
    let list = select(&tmux, "queue:critical", "3 tasks");
    assert!(
        list.contains("second") && list.contains("archived"),
        "{list}"
    );
    tmux.keys("Enter");
    tmux.sees(&["Tasks › first", "Last error", "boom", "Payload", "\"n\": 1"]);
    tmux.sees(&["$ qctl inspect", "first"]);
    tmux.keys("Escape");
    tmux.sees(&["3 tasks"]);
}

#[test]
fn a_selection_looks_at_everything() {
    let redis = Redis::start();
    for number in 0..1_500 {
        let mut message = message("low", &format!("task-{number}"));
        message.kind = (if number == 7 { "rare:kind" } else { "common" }).to_owned();
        put_message(&redis, &message, State::Pending);
    }
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1,500 pending"]);
    tmux.keys("2");
    tmux.sees(&["200 of 1,500 tasks"]);
    let list = select(&tmux, "type:rare:*", "1 task");
    assert!(
        list.contains("rare:kind") && list.contains("task-7"),
        "{list}"
    );
    tmux.text("/state:ret");
    tmux.keys("Tab").sees(&["select: type:rare:* state:retry"]);
    tmux.text("x").keys("Enter");
    tmux.sees(&["column 19"]);
    tmux.keys("Escape");
}

#[test]
fn a_selection_of_few_among_many_says_how_far_it_has_looked() {
    let redis = Redis::start();
    put_many(&redis, 50_000);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", " q "]);
    tmux.keys("2").sees(&["200 of 50,001 tasks"]);
    tmux.text("/type:rare").keys("Enter");
    tmux.sees(&["0 tasks so far", "Looked at ", "; ↓ looks further."]);
    // Each time twice as far.
    tmux.until("the end of the search", |screen| {
        if screen.contains("↓ looks further") {
            tmux.keys("Down");
        }
        screen.contains("No tasks match.")
            && screen.contains("Looked at 50,001 tasks; r looks again.")
    });
}

#[test]
fn a_worker_without_a_heartbeat_was_last_seen() {
    let redis = redis();
    let expired = (qctl::clock::now().timestamp() - 40).to_string();
    let name = "asynq:servers:{web-1:42:9b1c}";
    redis.cmd(&["ZADD", "asynq:servers", &expired, name]);
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("3");
    tmux.sees(&[
        "No server is running",
        "web-1:42 has no heartbeat, last seen",
    ]);
}

#[test]
fn workers_and_what_they_run() {
    let redis = Redis::start();
    let worker = Qctl::new(&redis)
        .args(["work", "-q", "low", "--handle", "nap=sleep 60"])
        .spawn();
    Qctl::new(&redis)
        .args(["enqueue", "nap", "--queue", "low", "--id", "long"])
        .run_unchecked()
        .expect_code(0);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("3");
    tmux.sees(&["1 server, 1 running task", "Running tasks", "nap", "long"]);
    tmux.keys("Enter");
    tmux.sees(&["Workers › ", "HOST", "low:1", "nap"]);
    tmux.keys("Escape").loses("Workers ›");
    tmux.keys("Down C");
    tmux.sees(&["cancel 1 task? y/N", "qctl cancel"]);
    tmux.keys("y");
    tmux.sees(&["asked 1 server to cancel 1 task"]);
    eventually(SOON, || {
        let state = crate::cli::state(&redis, "low", "long");
        (state.as_deref() == Some("retry")).then_some(())
    });
    drop(worker);
}

#[test]
fn schedules_their_times_and_their_history() {
    let redis = Redis::start();
    let qctl = |words: &[&str]| {
        let done = Qctl::new(&redis).args(words).run_unchecked();
        done.expect_code(0);
    };
    qctl(&["cron", "add", "nightly", "0 2 * * *", "report:build"]);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["No queues yet"]);
    tmux.keys("4");
    tmux.sees(&["nightly", "at 02:00 every day", "1 schedule"]);
    tmux.keys("R");
    tmux.sees(&[
        "enqueue the task of schedule nightly now? y/N",
        "qctl cron run nightly",
    ]);
    tmux.keys("y").sees(&["enqueued task"]);
    tmux.keys("Enter");
    tmux.sees(&[
        "Schedules › nightly",
        "Next",
        "History",
        "enqueued (cron run)",
    ]);
    tmux.keys("P").sees(&["pause schedule nightly? y/N"]);
    tmux.keys("y").sees(&["paused schedule nightly"]);
    tmux.sees(&["STATE", "paused"]);
    tmux.keys("D")
        .sees(&["remove schedule nightly and its history? y/N"]);
    tmux.keys("y")
        .sees(&["removed schedule nightly", "This schedule was removed."]);
    tmux.keys("Escape")
        .sees(&["No schedules yet. Add one: qctl cron add NAME '0 2 * * *' TYPE"]);
}

#[test]
fn commands_are_run_in_the_terminal_with_the_same_connection() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "--read-only") else {
        return;
    };
    tmux.text(":sta");
    tmux.keys("Tab").sees(&[":stats"]);
    tmux.text("critical -o csv").keys("Enter");
    tmux.sees(&["queue,size", "critical,3", "press a key to return"]);
    tmux.keys("x").sees(&["1 Queues", "live"]);
    tmux.text(":retry -q critical").keys("Enter");
    tmux.until("the refusal", |screen| {
        screen.contains("read-only is set") && screen.matches("press a key").count() == 2
    });
    tmux.keys("x").sees(&["1 Queues", "live"]);
}

#[test]
fn hostile_text_does_nothing_to_the_terminal() {
    let redis = Redis::start();
    let mut message = message("q\u{1b}[31m", "evil\u{1b}[2J");
    message.kind = "\u{1b}]0;owned\u{7}\u{202e}kind".to_owned();
    message.payload = b"\"\x1b[2J\x1b[H\\u001b[2Jpayload\"".to_vec();
    put_message(&redis, &message, State::Pending);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&[r"q\u{1b}[31m", "no worker serves it"]);
    tmux.keys("Enter");
    tmux.sees(&[r"\u{1b}]0;owned\u{7}\u{202e}kind", "payload"]);
    tmux.keys("Enter");
    tmux.sees(&["Payload", "Type", r"\u{202e}kind"]);
    tmux.keys("D").sees(&["delete 1 task? y/N"]);
    tmux.keys("y").sees(&["deleted 1 task"]);
    assert!(!tmux.screen().contains('\u{202e}'));
}

#[test]
fn the_help_lists_the_keys_of_the_place() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2 ?");
    tmux.sees(&[
        "Tasks › Keys",
        "Change",
        "retry the task",
        "mark all that match",
    ]);
    tmux.keys("?").sees(&["archived", "scheduled"]);
    put(&redis, "low", "later", State::Pending);
    tmux.sees(&["later"]);
}
