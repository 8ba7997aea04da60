//! Tokens of a rate that a task did not need after all: they go back, and at most once.

use std::time::Duration;

use qctl::worker::{Ended, Event, Limit, Rate, Route};

use super::crew::{Crew, succeed};
use super::shop::{Shop, keys, task};
use crate::harness::proxy::Proxy;
use crate::harness::{SOON, eventually};

/// A handler that may begin one task an hour.
fn rare() -> Route {
    let mut route = succeed("t");
    route.limit = Some(Limit {
        scope: "mail".to_owned(),
        concurrency: None,
        rate: Some(Rate {
            count: 1,
            per: Duration::from_secs(3600),
        }),
    });
    route
}

/// Puts a task in line that is gone: whoever takes a token for it does not need the token.
fn line_up_a_ghost(shop: &Shop) {
    let line = keys().waiting("t");
    shop.redis.cmd(&["ZADD", &line, "1", "gone"]);
}

/// The end of the call that gives one token back to a bucket of one.
const GIVES_BACK: &str = "\r\n3600000000\r\n$1\r\n1\r\n$2\r\n-1\r\n";

#[test]
fn tokens_whose_return_got_no_answer_are_not_returned_again() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    proxy.lose_all_replies_to(GIVES_BACK);
    line_up_a_ghost(&shop);
    let worker = Crew::at(&proxy.url()).route(rare()).start();
    let duty_is = |duty: &str| duty.contains("limits");
    worker.wait_for(|event| match event {
        Event::DutyFailed { duty, .. } if duty_is(duty) => Some(()),
        _ => None,
    });
    worker.wait_for(|event| match event {
        Event::DutyRecovered { duty } if duty_is(duty) => Some(()),
        _ => None,
    });
    worker.stop();
    assert_eq!(proxy.lost(), 1);
}

#[test]
fn a_token_that_was_returned_serves_the_next_task_at_once() {
    let shop = Shop::open();
    line_up_a_ghost(&shop);
    let worker = shop.crew().slots(10).route(rare()).start();
    let line = keys().waiting("t");
    eventually(SOON, || {
        let left: u64 = shop.redis.query(&["ZCARD", &line]);
        (left == 0).then_some(())
    });
    shop.enqueue(&task("real"));
    assert_eq!(worker.finished("real"), Ended::Done);
    worker.stop();
}
