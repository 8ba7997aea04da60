//! What is begun while Redis does not answer: the bar says at once that it is being done, and keys go on working.

use std::path::PathBuf;

use rustix::process::Signal;

use super::SIZE;
use super::edit::{Desk, RETRIES};
use crate::cli::keys;
use crate::harness::proxy::Proxy;
use crate::harness::{SOON, eventually};

/// How Redis goes away.
const OUTAGES: [fn(&Proxy); 2] = [Proxy::cut, Proxy::stall];

#[test]
fn a_copy_is_enqueued_once_when_redis_is_back() {
    let Some(desk) = Desk::new(RETRIES, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("N").sees(&["enqueue", "y/N"]);
    // Whether the copy was stored is unknown each time, so it is sent again.
    desk.proxy.lose_all_replies_to("{\"n\":1}");
    tmux.keys("y")
        .sees(&["enqueuing the copy…", "s, you can go on meanwhile"]);
    // Other places can be looked at.
    tmux.keys("?").sees(&["Keys", "enqueuing the copy…"]);
    tmux.keys("Escape").loses("Keys");
    eventually(SOON, || (desk.proxy.lost() > 1).then_some(()));
    desk.proxy.lose_no_more_replies();
    tmux.sees(&["enqueued task", "in queue low", "2 tasks"]);
    assert_eq!(desk.kept(), [] as [PathBuf; 0]);
}

#[test]
fn a_copy_that_cannot_be_sent_fails_at_once() {
    let Some(desk) = Desk::new(RETRIES, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("N").sees(&["enqueue", "y/N"]);
    desk.proxy.cut();
    tmux.keys("y");
    tmux.sees(&["cannot reach Redis", "your text is in the file"]);
    assert_eq!(desk.kept().len(), 1);
}

#[test]
fn an_edit_is_made_when_redis_is_back() {
    for outage in OUTAGES {
        let Some(desk) = Desk::new(RETRIES, SIZE) else {
            return;
        };
        let tmux = &desk.tmux;
        tmux.keys("E").sees(&["edit 1 task", "y/N"]);
        outage(&desk.proxy);
        tmux.keys("y").sees(&["edit: 0 of 1 task", "x stops it"]);
        tmux.keys("?").sees(&["Keys", "edit: 0 of 1 task"]);
        tmux.keys("Escape").loses("Keys");
        desk.proxy.heal();
        tmux.sees(&["edited 1 task"]);
        assert_eq!(desk.task()["max_retry"], 7);
    }
}

#[test]
fn a_queue_is_paused_when_redis_is_back() {
    let Some(desk) = Desk::new(RETRIES, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("1").sees(&["pause queue"]);
    tmux.keys("P").sees(&["pause queue low? y/N"]);
    desk.proxy.stall();
    tmux.keys("y").sees(&["pausing the queue…"]);
    desk.proxy.heal();
    tmux.sees(&["paused queue low"]);
    assert!(desk.redis.query::<bool>(&["EXISTS", &keys("low").paused()]));
}

#[test]
fn quitting_says_what_it_waits_for_and_ctrl_c_gives_up() {
    let Some(desk) = Desk::new(RETRIES, (80, 24)) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("N").sees(&["enqueue", "y/N"]);
    desk.proxy.stall();
    tmux.keys("y").sees(&["enqueuing the copy…"]);
    tmux.keys("q").loses("1 Queues");
    tmux.sees(&["enqueuing the copy… Ctrl-C gives up"]);
    tmux.signal(Signal::INT);
    let screen = tmux.left(130);
    assert!(
        screen.contains("left without the answer of Redis"),
        "{screen}"
    );
    assert!(screen.contains("your text is in the file"), "{screen}");
    assert_eq!(desk.kept().len(), 1);
}
