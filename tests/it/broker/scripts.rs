//! Every script, run by the operations of the library under the two conditions that a usual run does not
//! meet: on a server that has just forgotten all scripts, and on a cluster that refuses keys of other slots.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use qctl::broker::{
    AggregationSet, Container, EnqueueEvent, Presence, Ripeness, RunningTask, SchedulePut, Sending,
    Tick, TickClaim, TickRecord, keys,
};
use qctl::task::transition::{Action, Settlement};
use qctl::task::{NewTask, Start, State};

use super::rewriter::{Rewriter, Seen};
use super::{Lab, grouped, id, ids, later, now, task, unique};
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, say};

/// The files of which no script that was run consists.
fn unseen(seen: &Seen) -> Vec<String> {
    let seen = seen.lock().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua");
    let mut unseen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            if !seen.iter().any(|script| script.ends_with(&text)) {
                unseen.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    unseen
}

const AT_ONCE: Ripeness = Ripeness {
    grace: Duration::ZERO,
    max_delay: Duration::ZERO,
    max_size: 2,
};

/// Runs every script, with something to do for each of its branches that names keys.
async fn run_all(lab: &Lab) {
    enqueue_and_settle(lab).await;
    keep_up(lab).await;
    aggregate(lab).await;
    operate(lab).await;
    choose(lab).await;
    announce(lab).await;
    lab.broker
        .remove_queue(&lab.queue, true, now(), |_| ())
        .await
        .unwrap();
}

async fn enqueue_and_settle(lab: &Lab) {
    let start = Start::At(later(60));
    let many = [
        task("many"),
        NewTask {
            start,
            ..task("late")
        },
    ];
    let outcomes = lab.broker.enqueue_many(&many, Sending::First, now()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let gone = lab
        .broker
        .apply(&lab.queue, Action::Delete, &ids(&["many", "late"]), now())
        .await;
    assert_eq!(gone.unwrap().changed.len(), 2);
    for kind in ["done", "complete", "retry", "archive", "requeue"] {
        let claim = lab
            .active(&NewTask {
                payload: Some(kind.into()),
                ..unique(kind)
            })
            .await;
        let lease = [claim.id.clone()];
        lab.broker
            .extend_leases(&lab.queue, &lease, now())
            .await
            .unwrap();
        assert_eq!(
            lab.broker.write_result(&lab.queue, &claim.id, b"r").await,
            Ok(true)
        );
        let message = claim.message.clone();
        let settlement = match kind {
            "done" => Settlement::Done,
            "complete" => Settlement::Complete {
                message,
                result: b"r".to_vec(),
                expires_at: now(),
            },
            "retry" => Settlement::Retry {
                message,
                at: now(),
                counted: true,
            },
            "archive" => Settlement::Archive { message },
            _ => Settlement::Requeue,
        };
        lab.settle(claim, settlement).await;
    }
    let key = lab.keys.task(&id("broken"));
    lab.redis.cmd(&["HSET", &key, "msg", "\u{1}"]);
    lab.redis
        .cmd(&["RPUSH", &lab.keys.pending(), "broken", "ghost"]);
    let claimed = lab.broker.claim(&lab.queue, 5, now()).await.unwrap();
    assert_eq!(claimed.undecodable, ids(&["broken"]));
}

async fn keep_up(lab: &Lab) {
    let group = Some("g".to_owned());
    lab.enqueue(&NewTask {
        start: Start::At(later(1)),
        ..task("due")
    })
    .await;
    lab.enqueue(&NewTask {
        start: Start::At(later(1)),
        group,
        ..task("due-in-group")
    })
    .await;
    assert_eq!(
        lab.broker
            .forward(&lab.queue, later(9))
            .await
            .unwrap()
            .moved,
        3
    );
    lab.broker.claim(&lab.queue, 9, now()).await.unwrap();
    lab.redis.cmd(&["ZREM", &lab.keys.lease(), "due"]);
    assert_eq!(
        lab.broker.unleased(&lab.queue).await.unwrap(),
        ids(&["due"])
    );
    assert_eq!(
        lab.broker
            .lease_orphans(&lab.queue, &ids(&["due"]), now())
            .await,
        Ok(1)
    );
    for claim in lab
        .broker
        .expired(&lab.queue, later(90))
        .await
        .unwrap()
        .claims
    {
        lab.settle(claim, Settlement::Done).await;
    }
    assert_eq!(
        lab.broker.delete_expired(&lab.queue, now()).await,
        Ok(false)
    );
    assert_eq!(
        lab.broker
            .trim_archive(&lab.queue, later(91 * 86_400))
            .await,
        Ok(false)
    );
}

async fn aggregate(lab: &Lab) {
    for text in ["one", "two", "three", "four"] {
        let payload = Some(text.into());
        let unique_for = Some(Duration::from_secs(60));
        lab.enqueue(&NewTask {
            payload,
            unique_for,
            ..grouped(text, "h")
        })
        .await;
    }
    lab.redis
        .cmd(&["HSET", &lab.keys.task(&id("one")), "msg", "\u{1}"]);
    for reclaimed in [true, false] {
        let set = AggregationSet::new(&lab.queue, "h");
        assert_eq!(lab.broker.open_set(&set, AT_ONCE, now()).await, Ok(true));
        if reclaimed {
            assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(500)).await, Ok(1));
        } else {
            lab.broker.read_set(&set, now()).await.unwrap();
            lab.broker.delete_set(set).await.unwrap();
        }
    }
}

async fn operate(lab: &Lab) {
    let act = async |action, texts: &[&str]| {
        let applied = lab
            .broker
            .apply(&lab.queue, action, &ids(texts), now())
            .await
            .unwrap();
        assert_eq!(applied.refused, []);
    };
    lab.enqueue(&NewTask {
        start: Start::At(later(9)),
        ..unique("edited")
    })
    .await;
    lab.broker
        .update_payload(&lab.queue, &id("edited"), b"other")
        .await
        .unwrap();
    act(Action::RunNow, &["edited", "three"]).await;
    act(Action::Archive, &["edited", "two"]).await;
    act(Action::Delete, &["edited", "three"]).await;
    let archived = Container::State(State::Archived);
    lab.redis.cmd(&["ZADD", &lab.keys.archived(), "1", "ghost"]);
    let mut walk = lab.broker.walk(&lab.queue, archived.clone()).await.unwrap();
    assert_eq!(walk.next().await.unwrap().len(), 3);
    let ghost = ids(&["ghost"]);
    assert_eq!(walk.apply(Action::Delete, &ghost, now()).await, Ok(1));
    sweep(lab, Action::RunNow, archived.clone()).await;
    sweep(lab, Action::Archive, Container::State(State::Pending)).await;
    lab.enqueue(&unique("swept")).await;
    sweep(lab, Action::Delete, Container::State(State::Pending)).await;
    lab.broker.tasks(&lab.queue, &archived, 0, 9).await.unwrap();
    assert!(lab.find("two").await.is_some());
    lab.broker
        .stats(std::slice::from_ref(&lab.queue), now())
        .await
        .unwrap();
    assert_eq!(lab.broker.pause(&lab.queue, now()).await, Ok(true));
    lab.enqueue(&task("last")).await;
}

/// The first task of a container.
async fn sweep(lab: &Lab, action: Action, container: Container) {
    let sweep = lab
        .broker
        .sweep(&lab.queue, container, action, Some(1))
        .await;
    let step = sweep.unwrap().step(now()).await.unwrap().unwrap();
    assert_eq!((step.changed, step.skipped), (1, 0));
}

/// From a queue with one pending task, which is gone in the end.
async fn choose(lab: &Lab) {
    for action in [Action::Archive, Action::Delete] {
        lab.enqueue(&unique("chosen")).await;
        let pending = Container::State(State::Pending);
        let mut walk = lab.broker.walk(&lab.queue, pending).await.unwrap();
        assert_eq!(walk.next().await.unwrap().len(), 2);
        let chosen = ids(&["chosen"]);
        assert_eq!(walk.apply(action, &chosen, now()).await, Ok(1));
        let applied = lab
            .broker
            .apply(&lab.queue, Action::Delete, &chosen, now())
            .await
            .unwrap();
        assert_eq!(applied.changed.is_empty(), action == Action::Delete);
    }
}

async fn announce(lab: &Lab) {
    let presence = Presence {
        host: "host".into(),
        pid: 1,
        server_id: "id".into(),
        concurrency: 1,
        queues: BTreeMap::new(),
        strict: false,
        started_at: now(),
    };
    let running = RunningTask {
        id: "one".into(),
        kind: "t".into(),
        payload: Vec::new(),
        queue: "default".into(),
        started_at: now(),
        deadline: now(),
    };
    lab.broker
        .announce(&presence, "active", &[running], now())
        .await
        .unwrap();
    lab.broker.withdraw(&presence).await.unwrap();
    lab.broker
        .announce_entries("id", &[], SOON, now())
        .await
        .unwrap();
    lab.redis.cmd(&["DEL", keys::SCHEDULERS]);
    let event = EnqueueEvent {
        task_id: "one".into(),
        enqueued_at: Some(now()),
    };
    lab.broker
        .record_event("entry", &event, now())
        .await
        .unwrap();
    lab.broker.forget_events("entry").await.unwrap();
    schedules(lab).await;
}

async fn schedules(lab: &Lab) {
    let put = SchedulePut {
        name: "nightly",
        definition: "{}",
        timing: "@daily",
        paused: None,
        replace: false,
        by: "me",
    };
    let broker = &lab.broker;
    broker.put_schedule(&put, now()).await.unwrap();
    for paused in [true, false] {
        let changed = broker.pause_schedule("nightly", paused, "me", now()).await;
        assert_eq!(changed, Ok(true));
    }
    let at = now() - chrono::TimeDelta::days(40_000);
    let tick = Tick {
        name: "nightly".to_owned(),
        revision: broker.schedule("nightly").await.unwrap().revision,
        at,
    };
    let claims = broker.claim_ticks(&[tick], "me", SOON, SOON).await;
    assert_eq!(claims, Ok(vec![Ok(TickClaim::Claimed)]));
    let record = TickRecord {
        name: "nightly".to_owned(),
        at: Some(at),
        record: "done".to_owned(),
        over: true,
    };
    let settled = broker.settle_ticks(&[record], "me").await;
    assert_eq!(settled, Ok(vec![Ok(())]));
    assert_eq!(broker.schedules().await.unwrap().len(), 1);
    let history = broker.schedule_history("nightly", 5).await.unwrap();
    assert_eq!(history, ["done"]);
    broker.remove_schedule("nightly").await.unwrap();
    lab.redis.cmd(&["DEL", keys::CRON_VERSION]);
}

/// The operations of [`run_all`] through a rewriter, looking at the data past it.
async fn run_all_through(redis: Redis, strict: bool) {
    let (url, seen) = Rewriter::start(&redis, strict);
    let lab = Lab::on(redis).await;
    let lab = Lab {
        broker: super::connect(&url).await.unwrap(),
        ..lab
    };
    run_all(&lab).await;
    assert_eq!(lab.left(), [""; 0]);
    assert_eq!(
        unseen(&seen),
        [""; 0],
        "a script that no operation here runs"
    );
}

/// The rewriter notes those alone that the server did not know, so each was forgotten and loaded again.
#[tokio::test]
async fn every_script_works_on_a_server_that_has_forgotten_it() {
    let redis = Redis::start();
    let lab = Lab::on(redis).await;
    run_all(&lab).await;
    lab.redis.cmd(&["SCRIPT", "FLUSH"]);
    // The client believes that the server knows them all.
    run_all(&lab).await;
    assert_eq!(lab.left(), [""; 0]);
    lab.redis.cmd(&["SCRIPT", "FLUSH"]);
    run_all_through(lab.redis, false).await;
}

#[tokio::test]
async fn every_script_keeps_to_the_slot_of_its_queue() {
    let redis = Redis::with().config("cluster-enabled yes").start();
    if redis
        .try_query::<()>(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
        .is_err()
    {
        say("skipped: this Redis server is too old to check the slots of scripts");
        return;
    }
    eventually(SOON, || {
        let info: String = redis.query(&["CLUSTER", "INFO"]);
        info.contains("cluster_state:ok").then_some(())
    });
    // That the check itself works: a key of another slot is refused.
    let stray = "#!lua\nreturn redis.call('GET', 'elsewhere')";
    let refused = redis
        .try_query::<()>(&["EVAL", stray, "1", "here"])
        .unwrap_err();
    assert!(refused.to_string().contains("slot"), "{refused}");
    run_all_through(redis, true).await;
}
