//! `qctl dash` in tmux: each view and each action, sizes, outages, and what is left of the terminal. What each key does in
//! detail is tested with the state, in `src/tui/app`.

mod actions;
mod away;
mod doctor;
mod edit;
mod leaving;
mod looks;
mod moving;
mod narrow;
mod output;
mod protected;
mod screen;
mod views;

use qctl::task::State;

use crate::cli::{keys, put, put_many, put_one_of_each};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

/// The size of most tests.
pub(crate) const SIZE: (u16, u16) = (120, 40);

/// A Redis with one task in each state in `low`, and some archived ones in `critical`.
fn redis() -> Redis {
    let redis = Redis::start();
    put_one_of_each(&redis, "low");
    for id in ["first", "second", "third"] {
        put(&redis, "critical", id, State::Archived);
    }
    redis
}

/// The dashboard, once it shows the queues.
fn dash(redis: &Redis, args: &str) -> Option<Tmux> {
    let tmux = Tmux::start(&redis.url(), SIZE, &format!("dash {args}"))?;
    tmux.sees(&["1 Queues", "critical", "low", "live"]);
    Some(tmux)
}

/// Selects tasks, and waits until the list shows so many (`3 tasks`). A part of that is on the screen before, while the
/// selection is typed above the old list.
#[track_caller]
fn select(tmux: &Tmux, selection: &str, count: &str) -> String {
    // The line begins with the selection of the list that is shown; one with a space in front is added to it.
    let is_added = selection.starts_with(' ');
    tmux.keys(if is_added { "/" } else { "/ C-u" });
    tmux.text(selection).keys("Enter");
    tmux.until(&format!("{count} of {selection}"), |screen| {
        let title = screen.lines().nth(1).unwrap_or_default();
        let (title, selection) = (title.trim_end(), selection.trim());
        title.contains(selection) && title.ends_with(count) && !screen.contains("select: ")
    })
}

/// The dashboard behind a proxy, after it has begun to delete 50,000 archived tasks of the queue `q`: some of them are gone.
fn deleting() -> Option<(Redis, Proxy, Tmux)> {
    let redis = Redis::start();
    put_many(&redis, 50_000);
    let proxy = Proxy::new(&redis);
    let tmux = Tmux::start(&proxy.url(), SIZE, "dash")?;
    tmux.sees(&["1 Queues", " q "]);
    tmux.keys("2");
    select(&tmux, "queue:q state:archived", "tasks");
    let before = archived(&redis);
    tmux.keys("a D").sees(&["delete ", "y/N"]);
    tmux.keys("y");
    eventually(SOON, || (archived(&redis) < before).then_some(()));
    Some((redis, proxy, tmux))
}

fn archived(redis: &Redis) -> u64 {
    redis.query(&["ZCARD", &keys("q").archived()])
}

/// Whether a part of the archived tasks is left, and the audit log says why.
fn assert_interrupted(redis: &Redis) {
    assert!(archived(redis) > 0, "the change was not stopped");
    let log = Qctl::new(redis)
        .args(["ls", "audit"])
        .run_unchecked()
        .expect_code(0);
    let log = log.stdout_str();
    assert!(
        log.contains("delete") && log.contains("interrupted"),
        "{log}"
    );
}
