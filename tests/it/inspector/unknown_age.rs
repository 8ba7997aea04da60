//! An age that cannot be known matches no filter, and is counted out loud.

use std::time::Duration;

use qctl::inspector::{Access, Filter, Inspector, Options, Selection};
use qctl::task::State;
use qctl::task::transition::Action;

use crate::broker::{Lab, NOW, id, now};

#[tokio::test]
async fn times_in_other_units_match_no_age() {
    let lab = Lab::start().await;
    lab.redis.cmd(&["SADD", "asynq:queues", "default"]);
    let second = NOW - 7_200;
    for (text, since) in [
        ("nanoseconds", format!("{second}000000000")),
        ("milliseconds", format!("{second}000")),
        ("seconds", second.to_string()),
        ("words", "yesterday".to_owned()),
        ("ahead", format!("{}000000000", NOW + 200_000)),
    ] {
        lab.fill_one(State::Pending, text);
        let key = lab.keys.task(&id(text));
        lab.redis.cmd(&["HSET", &key, "pending_since", &since]);
    }
    lab.fill_one(State::Archived, "archived-in-milliseconds");
    let score = format!("{second}000");
    lab.redis.cmd(&[
        "ZADD",
        &lab.keys.archived(),
        &score,
        "archived-in-milliseconds",
    ]);
    let mut filter = Filter::default();
    filter.older_than = Some(Duration::from_secs(3_600));
    let selection = Selection::queue("default").unwrap().filter(filter);
    let selection = selection.state(State::Pending).state(State::Archived);
    let inspector = Inspector::new(lab.broker.clone(), Access::Full);
    let mut count = inspector
        .count(Action::Delete, &selection, Options::default())
        .await
        .unwrap();
    while count.step(now()).await.unwrap().is_some() {}
    let mut plan = count.finish().await.unwrap();
    while plan.step(now()).await.unwrap().is_some() {}
    let outcome = plan.outcome();
    assert_eq!((outcome.changed, outcome.skipped.unknown_age), (1, 5));
    assert!(lab.find("nanoseconds").await.is_none());
}
