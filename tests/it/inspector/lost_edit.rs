//! An edit or a move whose answer is lost is repeated, and reports the truth whatever has become of the tasks meanwhile.

use qctl::inspector::edit::Edit;
use qctl::inspector::{Access, Inspector, Options, Plan, Selection};
use qctl::task::State;

use crate::broker::{Lab, connect, ids, now, queue};
use crate::cli::{keys, task_key};
use crate::harness::proxy::Proxy;

const IDS: [&str; 3] = ["p00001", "p00002", "p00003"];

/// Three pending tasks behind a proxy, and a plan to edit them whose scripts are loaded.
async fn planned(edit: &Edit) -> (Lab, Proxy, Plan) {
    let lab = Lab::start().await;
    let proxy = Proxy::new(&lab.redis);
    let inspector = Inspector::new(connect(&proxy.url()).await.unwrap(), Access::Full);
    lab.fill_one(State::Pending, "warm");
    let mut warm = plan(&inspector, edit, &["warm"]).await;
    while warm.step(now()).await.unwrap().is_some() {}
    assert_eq!(warm.outcome().changed, 1, "{:?}", warm.outcome().failures);
    forget_all(&lab, "low");
    forget_all(&lab, "default");
    lab.fill(State::Pending, IDS.len(), "p");
    let plan = plan(&inspector, edit, &IDS).await;
    (lab, proxy, plan)
}

async fn plan(inspector: &Inspector, edit: &Edit, texts: &[&str]) -> Plan {
    let mut selection = Selection::ids(ids(texts));
    selection.queues = vec![queue("default")];
    let count = inspector.count_to_edit(edit.clone(), &selection, Options::default());
    let mut count = count.await.unwrap();
    while count.step(now()).await.unwrap().is_some() {}
    count.finish().await.unwrap()
}

/// Takes all pending tasks away, as workers do with those that succeed.
fn forget_all(lab: &Lab, queue: &str) -> usize {
    let pending = keys(queue).pending();
    let ids: Vec<String> = lab.redis.query(&["LRANGE", &pending, "0", "-1"]);
    for id in &ids {
        lab.redis.cmd(&["DEL", &task_key(queue, id)]);
    }
    lab.redis.cmd(&["DEL", &pending]);
    ids.len()
}

/// Runs the plan; after the lost answer, workers finish whatever they find in these queues.
async fn all_are_counted(lab: &Lab, proxy: &Proxy, plan: &mut Plan, queues: &[&str]) {
    let mut finished = 0;
    while plan.step(now()).await.unwrap().is_some() {
        if plan.outage().is_some() {
            finished = queues.iter().map(|queue| forget_all(lab, queue)).sum();
            assert!(plan.outcome().unconfirmed > 0);
        }
    }
    let outcome = plan.outcome();
    let counted = (outcome.changed, outcome.failed, outcome.unconfirmed);
    assert_eq!(
        (proxy.lost(), counted),
        (1, (3, 0, 0)),
        "{:?}, {finished} finished",
        outcome.failures
    );
}

/// Every receipt ends by itself.
fn receipts_expire(lab: &Lab) {
    let receipts: Vec<String> = lab.redis.query(&["KEYS", "*:qctl:receipt:*"]);
    assert!(!receipts.is_empty());
    for receipt in receipts {
        let seconds: i64 = lab.redis.query(&["TTL", &receipt]);
        assert!(
            (1..=40 * 86_400).contains(&seconds),
            "{receipt} lives for {seconds} s"
        );
    }
}

#[tokio::test]
async fn an_edited_task_may_have_run_before_the_step_is_repeated() {
    let mut edit = Edit::default();
    edit.max_retry = Some(7);
    let (lab, proxy, mut plan) = planned(&edit).await;
    proxy.lose_next_reply_to(keys("default").groups());
    // Only the first call has reached the server: the other tasks are still there.
    let first = |lab: &Lab| {
        lab.redis
            .cmd(&["LREM", &keys("default").pending(), "1", IDS[0]]);
        lab.redis.cmd(&["DEL", &task_key("default", IDS[0])]);
    };
    while plan.step(now()).await.unwrap().is_some() {
        if plan.outage().is_some() {
            first(&lab);
            assert_eq!(plan.outcome().unconfirmed, 3);
        }
    }
    let outcome = plan.outcome();
    let counted = (outcome.changed, outcome.failed, outcome.unconfirmed);
    assert_eq!(
        (proxy.lost(), counted),
        (1, (3, 0, 0)),
        "{:?}",
        outcome.failures
    );
    receipts_expire(&lab);
}

#[tokio::test]
async fn a_moved_task_may_have_run_before_the_step_is_repeated() {
    let mut edit = Edit::default();
    edit.queue = Some(queue("low"));
    let kept = keys("default").moving_of(&ids(&IDS)[0]);
    let set = keys("default").moving();
    // Only `forget_moved` names both, one after the other.
    let forgets = format!("{kept}\r\n${}\r\n{set}\r\n", set.len());
    // In the order of a move: take, store, forget, let the receipt expire.
    for step in [
        "qctl:moving:\r\n",
        "qctl:receipt:move:",
        &forgets,
        "\r\nEXPIRE\r\n",
    ] {
        let (lab, proxy, mut plan) = planned(&edit).await;
        proxy.lose_next_reply_to(step);
        all_are_counted(&lab, &proxy, &mut plan, &["low"]).await;
        forget_all(&lab, "low");
        for queue in ["default", "low"] {
            let left: u64 = lab.redis.query(&["EXISTS", &keys(queue).pending(), &set]);
            assert_eq!(left, 0, "{step}");
        }
        receipts_expire(&lab);
    }
}
