//! A change whose answer is lost: its outcome says how many tasks it does not know about.

use qctl::broker::Broker;
use qctl::inspector::{Access, Inspector, Options, Selection};
use qctl::task::transition::Action;
use qctl::task::{QueueName, State};

use crate::broker::{Lab, connect, ids, now};
use crate::harness::proxy::Proxy;

async fn count(broker: &Broker) -> u64 {
    let scheduled = qctl::broker::Container::State(State::Scheduled);
    let queue = QueueName::default();
    broker.count(&queue, &scheduled).await.unwrap()
}

#[tokio::test]
async fn a_step_without_an_answer_is_unconfirmed() {
    let mut named = Selection::ids(ids(&["s00001", "s00002", "s00003"]));
    named.queues = vec![QueueName::default()];
    let selections = [
        Selection::queue("default").unwrap().state(State::Scheduled),
        named,
    ];
    for selection in selections {
        let lab = Lab::start().await;
        lab.fill(State::Scheduled, 1500, "s");
        let proxy = Proxy::new(&lab.redis);
        let broker = connect(&proxy.url()).await.unwrap();
        let inspector = Inspector::new(broker.clone(), Access::Full);
        let plan = inspector.plan(Action::Delete, &selection, Options::default());
        let mut plan = plan.await.unwrap();
        // Loads the scripts.
        let mut options = Options::default();
        options.dry_run = true;
        let mut dry = inspector
            .plan(Action::Delete, &selection, options)
            .await
            .unwrap();
        while dry.step(now()).await.unwrap().is_some() {}
        proxy.lose_next_reply_to(lab.keys.groups());
        assert!(plan.step(now()).await.unwrap_err().passing());
        assert_eq!(proxy.lost(), 1);
        let deleted = 1500 - count(&lab.broker).await;
        assert!(deleted > 0);
        assert_eq!(
            (plan.outcome().changed, plan.outcome().unconfirmed),
            (0, deleted)
        );
        // The rest may be changed all the same.
        while plan.step(now()).await.unwrap().is_some() {}
        let outcome = plan.outcome();
        let left = count(&lab.broker).await;
        assert_eq!(outcome.changed + outcome.unconfirmed, 1500 - left);
    }
}
