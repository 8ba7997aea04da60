//! A change whose answer is lost is repeated, and counts each task once.

use std::time::Duration;

use qctl::broker::Container;
use qctl::inspector::{Access, Expression, Inspector, Options, Plan, Selection};
use qctl::task::transition::Action;
use qctl::task::{QueueName, State};

use crate::broker::{Lab, connect, ids, now, task};
use crate::harness::proxy::Proxy;

/// A queue behind a proxy.
struct Faulty {
    lab: Lab,
    proxy: Proxy,
    inspector: Inspector,
}

impl Faulty {
    async fn start() -> Self {
        let lab = Lab::start().await;
        let proxy = Proxy::new(&lab.redis);
        let broker = connect(&proxy.url()).await.unwrap();
        Self {
            inspector: Inspector::new(broker, Access::Full),
            lab,
            proxy,
        }
    }

    /// The plan, and after it a dry run that loads its scripts: the answer that is lost must be that of a change.
    async fn plan(&self, action: Action, selection: &Selection, options: Options) -> Plan {
        let plan = self.inspector.plan(action, selection, options);
        let plan = plan.await.unwrap();
        let mut dry_run = options;
        dry_run.dry_run = true;
        let dry = self.inspector.plan(action, selection, dry_run);
        let mut dry = dry.await.unwrap();
        while dry.step(now()).await.unwrap().is_some() {}
        plan
    }

    async fn scheduled(&self) -> u64 {
        let scheduled = Container::State(State::Scheduled);
        let count = self.lab.broker.count(&self.lab.queue, &scheduled);
        count.await.unwrap()
    }
}

fn selections() -> [Selection; 3] {
    let whole = Selection::queue("default").unwrap().state(State::Scheduled);
    let mut by_filter = whole.clone();
    by_filter.filter.expression = Some(Expression::new("true").unwrap());
    let texts: Vec<String> = (1..=400).map(|number| format!("s{number:05}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut by_id = Selection::ids(ids(&texts));
    by_id.queues = vec![QueueName::default()];
    [whole, by_filter, by_id]
}

#[tokio::test]
async fn a_step_whose_answer_was_lost_is_counted_once() {
    for action in [Action::Retry, Action::Archive, Action::Delete] {
        for selection in selections() {
            let faulty = Faulty::start().await;
            faulty.lab.fill(State::Scheduled, 1500, "s");
            let plan = faulty.plan(action, &selection, Options::default());
            let mut plan = plan.await;
            let mut lost = false;
            loop {
                if !lost {
                    faulty.proxy.lose_next_reply_to(faulty.lab.keys.groups());
                }
                let Some(step) = plan.step(now()).await.unwrap() else {
                    break;
                };
                if plan.outage().is_some() {
                    lost = true;
                    assert_eq!(step.seen, 0);
                    let gone = 1500 - faulty.scheduled().await - plan.outcome().changed;
                    assert!(gone > 0);
                    assert_eq!(plan.outcome().unconfirmed, gone, "{action:?}");
                }
                if lost {
                    // A server may have run and deleted the tasks before the step is repeated.
                    let key = faulty.lab.keys.pending();
                    faulty.lab.redis.query::<i64>(&["DEL", &key]);
                }
            }
            assert_eq!(faulty.proxy.lost(), 1);
            let outcome = plan.outcome();
            assert_eq!(
                (outcome.changed, outcome.unconfirmed, outcome.failed),
                (outcome.matched, 0, 0),
                "{action:?} {:?}",
                outcome.failures
            );
            assert_eq!(outcome.skipped.total(), 0);
            assert_eq!(faulty.scheduled().await, 1500 - outcome.matched);
        }
    }
}

#[tokio::test]
async fn tasks_of_a_step_stay_unconfirmed_when_the_limit_has_passed() {
    for selection in selections() {
        let faulty = Faulty::start().await;
        faulty.lab.fill(State::Scheduled, 1500, "s");
        let mut options = Options::default();
        options.resend_limit = Duration::ZERO;
        let plan = faulty.plan(Action::Delete, &selection, options);
        let mut plan = plan.await;
        faulty.proxy.lose_next_reply_to(faulty.lab.keys.groups());
        assert!(plan.step(now()).await.unwrap_err().passing());
        let deleted = 1500 - faulty.scheduled().await;
        assert!(deleted > 0);
        let counted = (plan.outcome().changed, plan.outcome().unconfirmed);
        assert_eq!(counted, (0, deleted));
        // The step may be repeated all the same.
        while plan.step(now()).await.unwrap().is_some() {}
        let counted = (plan.outcome().changed, plan.outcome().unconfirmed);
        assert_eq!(counted, (1500 - faulty.scheduled().await, 0));
    }
}

#[tokio::test]
async fn a_cancellation_without_an_answer_is_requested_once() {
    let faulty = Faulty::start().await;
    faulty.lab.active(&task("one")).await;
    let selection = Selection::queue("default").unwrap();
    let plan = faulty.plan(Action::Cancel, &selection, Options::default());
    let mut plan = plan.await;
    faulty.proxy.lose_next_reply_to("asynq:cancel");
    let first = plan.step(now()).await.unwrap().unwrap();
    assert!(plan.outage().is_some());
    assert_eq!((first.seen, plan.outcome().unconfirmed), (0, 1));
    // The request has reached the server, and the task has ended.
    let key = faulty.lab.keys.active();
    faulty.lab.redis.query::<i64>(&["DEL", &key]);
    while plan.step(now()).await.unwrap().is_some() {}
    let outcome = plan.outcome();
    assert_eq!((outcome.requested, outcome.unconfirmed), (1, 0));
}
