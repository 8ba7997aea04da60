//! What Go's janitor leaves behind on a cluster. Its script declares the key of the container alone, so it also runs on the
//! server that a slot moves to, before the keys of tasks are there: it removes their ids, and they are out of reach.

use qctl::broker::keys::QueueKeys;
use qctl::clock;
use qctl::task::transition::Settlement;
use serde_json::json;

use super::moving::Moving;
use super::{Site, task_in};
use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_it_loses_on_a_half_moved_slot_are_found_and_repaired() {
    let Some(site) = Site::of(Redis::with).await else {
        return;
    };
    let Some(mut peer) = Peer::on_cluster(&site.cluster) else {
        return;
    };
    let queue = &site.queues[0];
    for text in ["a", "b", "c"] {
        let task = task_in(queue, text);
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        let claimed = site.broker.claim(queue, 1, clock::now()).await.unwrap();
        let claim = claimed.claims.into_iter().next().unwrap();
        let complete = Settlement::Complete {
            message: claim.message.clone(),
            result: Vec::new(),
            expires_at: clock::now(),
        };
        let batch = [(claim, complete)];
        let settled = site.broker.settle(queue, &batch, clock::now()).await;
        settled.unwrap();
    }
    let moving = Moving::begin(&site.cluster, &QueueKeys::new(queue).pending());
    moving.those(|key| key.ends_with("}:completed"));
    let target = &site.cluster.nodes()[moving.to];
    let arrived = || target.query::<u64>(&["CLUSTER", "COUNTKEYSINSLOT", &moving.slot]);
    assert_eq!(arrived(), 1);
    peer.call(&json!({
        "op": "serve", "concurrency": 1, "queues": {queue.as_str(): 1}, "janitor_ms": 100, "handlers": {"*": {"do": "succeed"}},
    }));
    eventually(SOON, || (arrived() == 0).then_some(()));
    peer.kill9();
    while moving.some() > 0 {}
    moving.end();

    let look = ["doctor", "--quick", "--only", "lost-task", "--json"];
    let health = site.qctl(&look).run_unchecked().expect_code(1).json();
    let finding = &health["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["count"]),
        (&json!("lost-task"), &json!(3))
    );
    let fix = ["doctor", "--quick", "--only", "lost-task", "--fix", "--yes"];
    site.qctl(&fix).run_unchecked().expect_code(0);
    site.qctl(&look).run_unchecked().expect_code(0);
    // They are where their state says, and expire from there.
    assert_eq!(
        site.cluster
            .ask::<u64>(&["ZCARD", &QueueKeys::new(queue).completed()]),
        3
    );
}
