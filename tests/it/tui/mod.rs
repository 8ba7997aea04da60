//! `qctl dash` in tmux: each view and each action, sizes, outages, and what is left of the terminal. What each key does in
//! detail is tested with the state, in `src/tui/app`.

mod actions;
mod looks;
mod screen;
mod views;

use qctl::task::State;

use crate::cli::{put, put_one_of_each};
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;

/// The size of most tests.
const SIZE: (u16, u16) = (120, 40);

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
