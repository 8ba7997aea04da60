//! A count ends although tasks arrive as fast as they are read.

use qctl::inspector::{Access, Inspector, Selection};
use qctl::task::State;

use crate::broker::{Lab, now};

#[tokio::test]
async fn a_list_ends_although_arrivals_go_on() {
    let lab = Lab::start().await;
    lab.redis.cmd(&["SADD", "asynq:queues", "default"]);
    lab.fill(State::Pending, 300, "x");
    let inspector = Inspector::new(lab.broker.clone(), Access::Full);
    let selection = Selection::queue("default").unwrap().state(State::Pending);
    let mut listing = inspector.list(&selection).await.unwrap();
    let (mut seen, mut pages) = (0, 0);
    while let Some(page) = listing.next(now()).await.unwrap() {
        seen += page.len();
        pages += 1;
        assert!(pages < 1_000, "it does not end");
        lab.fill(State::Pending, 200, &format!("new-{pages}-"));
    }
    assert!((300..10_000).contains(&seen), "{seen}");
}
