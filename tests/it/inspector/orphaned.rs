//! Tasks whose server is gone: there is a way out before a worker recovers them, and none while they run.

use qctl::broker::Held;
use qctl::inspector::{Access, Inspector, Options, Selection, StateFilter};
use qctl::task::transition::Action;
use qctl::task::{QueueName, State};

use crate::broker::{Lab, id, now, task};

#[tokio::test]
async fn only_orphaned_tasks_are_changed_while_others_run() {
    for (action, state) in [
        (Action::Retry, Some("pending")),
        (Action::Archive, Some("archived")),
        (Action::Delete, None),
    ] {
        let lab = Lab::start().await;
        for text in ["over", "none", "running"] {
            lab.active(&task(text)).await;
        }
        // Long over by Redis's own clock, which decides.
        lab.redis
            .cmd(&["ZADD", &lab.keys.lease(), "1000000000", "over"]);
        lab.redis.cmd(&["ZREM", &lab.keys.lease(), "none"]);
        let inspector = Inspector::new(lab.broker.clone(), Access::Full);
        let queue = QueueName::default();
        for named in [false, true] {
            let selection = if named {
                Selection::ids([id("running")])
            } else {
                Selection::queue(queue.as_str())
                    .unwrap()
                    .state(StateFilter::Orphaned)
            };
            let plan = inspector.plan(action, &selection, Options::default());
            let mut plan = plan.await.unwrap();
            while plan.step(now()).await.unwrap().is_some() {}
            let outcome = plan.outcome();
            if named {
                assert_eq!((outcome.changed, outcome.failed), (0, 1), "{action:?}");
            } else {
                assert_eq!((outcome.matched, outcome.changed), (2, 2), "{action:?}");
            }
        }
        for text in ["over", "none"] {
            let found = lab.find(text).await;
            assert_eq!(found.map(|task| task.state.name()), state, "{action:?}");
        }
        assert_eq!(lab.list(&lab.keys.active()), ["running"]);
        assert_eq!(lab.zset(&lab.keys.lease()).len(), 1);
        assert_eq!(lab.find("running").await.unwrap().state, State::Active);
    }
}

/// A lease that was over when the tasks were counted, and holds again when their turn comes.
#[tokio::test]
async fn a_task_whose_server_came_back_is_left_alone() {
    let lab = Lab::start().await;
    let held = [Held::from(&lab.active(&task("one")).await)];
    lab.redis
        .cmd(&["ZADD", &lab.keys.lease(), "1000000000", "one"]);
    let inspector = Inspector::new(lab.broker.clone(), Access::Full);
    let orphaned = Selection::queue("default")
        .unwrap()
        .state(StateFilter::Orphaned);
    let plan = inspector.plan(Action::Delete, &orphaned, Options::default());
    let mut plan = plan.await.unwrap();
    lab.broker
        .extend_leases(&lab.queue, &held, now())
        .await
        .unwrap();
    while plan.step(now()).await.unwrap().is_some() {}
    assert_eq!(
        (plan.outcome().changed, plan.outcome().skipped.moved),
        (0, 1)
    );
    assert_eq!(lab.state("one"), "active");
}
