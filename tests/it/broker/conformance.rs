//! The conformance suite: every operation of the broker on one queue, with something to do for each branch
//! of every script that names keys. It is written once and runs wherever the queue may lie: on a server, on
//! one that has forgotten all scripts, on each server of a cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use qctl::broker::keys::QueueKeys;
use qctl::broker::records::{LockEnd, LockLife, Restorable};
use qctl::broker::{
    AggregationSet, Container, EnqueueEvent, Error, Held, Mode, Places, Presence, Rate, Relocation,
    Restored, Revision, Ripeness, RunningTask, SchedulePut, Tick, TickClaim, TickRecord, TurnsLeft,
    keys,
};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{Message, NewTask, QueueName, Start, State};
use qctl::worker::DEFAULT_LOG_LIMITS;

use super::{Lab, Store, edit_payload, id, ids, later, now};
use crate::harness::SOON;

const AT_ONCE: Ripeness = Ripeness {
    grace: Duration::ZERO,
    max_delay: Duration::ZERO,
    max_size: 2,
};

/// Runs every operation on the queue of the lab, and leaves nothing of it.
pub(crate) async fn run_all(lab: &Lab<impl Store>) {
    lab.broker
        .expect_rights_of_a_worker(&lab.queue)
        .await
        .unwrap();
    enqueue_each_form(lab).await;
    restore(lab).await;
    enqueue_and_settle(lab).await;
    keep_up(lab).await;
    aggregate(lab).await;
    operate(lab).await;
    choose(lab).await;
    announce(lab).await;
    limits(lab).await;
    lab.broker
        .drop_queue(&lab.queue, true, now(), |_| ())
        .await
        .unwrap();
}

/// A task of type `t` in the queue of the lab, whose payload is its id.
fn plain(lab: &Lab<impl Store>, text: &str) -> NewTask {
    NewTask {
        payload: Some(text.into()),
        ..super::task(text)
    }
    .with(|options| options.queue = lab.queue.clone())
}

/// As [`plain`], with a uniqueness lock of a minute.
fn unique(lab: &Lab<impl Store>, text: &str) -> NewTask {
    plain(lab, text).with(|options| options.unique_for = Some(Duration::from_secs(60)))
}

fn grouped(task: NewTask) -> NewTask {
    task.with(|options| options.group = Some("g".to_owned()))
}

fn delayed(task: NewTask) -> NewTask {
    NewTask {
        start: Start::At(later(1)),
        ..task
    }
}

async fn enqueue_each_form(lab: &Lab<impl Store>) {
    for (form, state) in [
        (plain(lab, "now"), State::Pending),
        (unique(lab, "unique"), State::Pending),
        (delayed(plain(lab, "later")), State::Scheduled),
        (delayed(unique(lab, "unique later")), State::Scheduled),
        (grouped(plain(lab, "grouped")), State::Aggregating),
        (grouped(unique(lab, "unique grouped")), State::Aggregating),
    ] {
        lab.enqueue(&form).await;
        assert_eq!(lab.find(form.id.as_str()).await.unwrap().state, state);
        let again = lab.broker.enqueue(&form, now()).await;
        let copy = NewTask {
            id: id("copy"),
            ..form.clone()
        };
        let copied = lab.broker.enqueue(&copy, now()).await;
        if form.options.unique_for.is_some() {
            assert!(matches!(copied, Err(Error::Duplicate { .. })), "{copied:?}");
        } else {
            assert!(matches!(again, Err(Error::IdTaken { .. })), "{again:?}");
            delete(lab, &["copy"]).await;
        }
        delete(lab, &[form.id.as_str()]).await;
    }
}

/// A task of each form as an export describes it: read, deleted, and stored again.
async fn restore(lab: &Lab<impl Store>) {
    for (form, state) in [
        (unique(lab, "restored"), State::Pending),
        (delayed(plain(lab, "restored later")), State::Scheduled),
        (grouped(plain(lab, "restored to group")), State::Aggregating),
    ] {
        lab.enqueue(&form).await;
        let message = lab.find(form.id.as_str()).await.unwrap().message.unwrap();
        delete(lab, &[form.id.as_str()]).await;
        let task = Restorable {
            queue: lab.queue.clone(),
            id: form.id.clone(),
            kind: message.kind.clone(),
            state,
            was_active: false,
            is_unreadable: false,
            message: message.to_bytes(),
            score: None,
            pending_since: None,
            group: form.options.group.clone(),
            unique_key: message.unique_key.clone(),
            lock: form.options.unique_for.map(|_| LockEnd::Never),
            result: Some(b"r".to_vec()),
        };
        let (tasks, mut places) = (
            [task],
            Places::new(Mode {
                again: false,
                dry_run: false,
            }),
        );
        for expected in [Restored::Stored, Restored::Existing] {
            let mut restoration = places.restoration(&tasks);
            lab.broker.restore(&mut restoration, now()).await;
            assert_eq!(restoration.into_outcomes(), [Ok(expected)]);
        }
        lab.broker.forget_receipts(&places).await.unwrap();
        assert_eq!(lab.find(form.id.as_str()).await.unwrap().state, state);
        let container = match &form.options.group {
            Some(group) => Container::Group(group.clone()),
            None => Container::State(state),
        };
        let ids = [form.id.as_str().as_bytes().to_vec()];
        let stored = lab.broker.stored(&lab.queue, &container, &ids).await;
        let [Some(stored)] = &stored.unwrap()[..] else {
            panic!("{} is not stored", form.id);
        };
        assert_eq!(stored.message, tasks[0].message);
        assert_eq!(stored.group, form.options.group);
        assert_eq!(stored.lock, form.options.unique_for.map(|_| LockLife::Ever));
        delete(lab, &[form.id.as_str()]).await;
    }
}

async fn delete(lab: &Lab<impl Store>, texts: &[&str]) {
    let deleted = lab
        .broker
        .apply(&lab.queue, Move::Delete, &ids(texts), now())
        .await;
    assert_eq!(deleted.unwrap().changed.len(), texts.len());
}

async fn enqueue_and_settle(lab: &Lab<impl Store>) {
    let many = [plain(lab, "many"), delayed(plain(lab, "late"))];
    let outcomes = lab.broker.enqueue_many(&many, now()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    delete(lab, &["many", "late"]).await;
    for kind in ["done", "complete", "retry", "archive", "requeue"] {
        let claim = lab.active(&unique(lab, kind)).await;
        lab.broker
            .extend_leases(&lab.queue, &[Held::from(&claim)], now())
            .await
            .unwrap();
        assert_eq!(
            lab.broker.write_result(&lab.queue, &claim.id, b"r").await,
            Ok(true)
        );
        let (held, limits) = (Held::from(&claim), DEFAULT_LOG_LIMITS);
        let written = lab.broker.write_log(&lab.queue, &held, None, limits).await;
        assert_eq!(written, Ok(()));
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
    lab.enqueue(&plain(lab, "wait")).await;
    let turns = [TurnsLeft {
        pattern: "t",
        left: Some(0),
    }];
    let ticket = lab.broker.ticket(now());
    let none = lab.broker.claim_in_turn(&lab.queue, 5, &turns, &ticket);
    assert_eq!(none.await.unwrap().in_line, ["t"]);
    let waiting = lab.broker.waiting(&lab.queue, &["t", "other"]).await;
    assert_eq!(waiting, Ok(vec![true, false]));
    let taking = lab.broker.claim_waiting(&lab.queue, "t", 5, &ticket);
    let (taken, left) = taking.await.unwrap();
    assert_eq!((taken.claims.len(), left), (2, 0));
    for claim in taken.claims {
        lab.settle(claim, Settlement::Done).await;
    }
    let key = lab.keys.task(&id("broken"));
    lab.redis.send(&["HSET", &key, "msg", "\u{1}"]);
    lab.redis
        .send(&["RPUSH", &lab.keys.pending(), "broken", "ghost"]);
    let claimed = lab.broker.claim(&lab.queue, 5, now()).await.unwrap();
    assert_eq!(claimed.aside, ids(&["broken"]));
}

async fn keep_up(lab: &Lab<impl Store>) {
    lab.enqueue(&delayed(plain(lab, "due"))).await;
    lab.enqueue(&grouped(delayed(plain(lab, "due-in-group"))))
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
    lab.redis.send(&["ZREM", &lab.keys.lease(), "due"]);
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
    let deleted = lab.broker.delete_expired(&lab.queue, now()).await;
    assert_eq!(deleted.map(|deleted| deleted.more), Ok(false));
    let later = later(91 * 86_400);
    let trimmed = lab.broker.trim_archive(&lab.queue, later).await;
    assert_eq!(trimmed.map(|trimmed| trimmed.more), Ok(false));
}

async fn aggregate(lab: &Lab<impl Store>) {
    for text in ["one", "two", "three", "four"] {
        let group = Some("h".to_owned());
        lab.enqueue(&unique(lab, text).with(|options| options.group = group))
            .await;
    }
    lab.redis
        .send(&["HSET", &lab.keys.task(&id("one")), "msg", "\u{1}"]);
    for reclaimed in [true, false] {
        let set = AggregationSet::new(&lab.queue, "h");
        assert_eq!(lab.broker.open_set(&set, AT_ONCE, now()).await, Ok(true));
        if reclaimed {
            assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(500)).await, Ok(1));
        } else {
            let part = lab.broker.read_set(&set, 0).await.unwrap();
            let merged = unique(lab, "merged");
            let merge = lab.broker.set_merge(&set, &part.members, &merged, now());
            assert_eq!(merge.unwrap().send().await, Ok(true));
            lab.broker.delete_set(set).await.unwrap();
            let merged = ids(&["merged"]);
            let deleted = lab
                .broker
                .apply(&lab.queue, Move::Delete, &merged, now())
                .await;
            assert_eq!(deleted.unwrap().refused, []);
        }
    }
}

/// A task that moves to another queue and back, and one for which there is no room.
async fn relocate(lab: &Lab<impl Store>) {
    let other = super::queue(&format!("{}-other", lab.queue));
    let broker = &lab.broker;
    let relocated = async |from: &QueueName, to: &QueueName, text| {
        let old = broker.messages(from, &[id(text)]).await.unwrap();
        let old = old[0].clone().unwrap();
        let mut message = Message::from_bytes(&old).unwrap();
        to.as_str().clone_into(&mut message.queue);
        message.unique_key = QueueKeys::new(to).unique("t", Some(&message.payload));
        let revision = Revision {
            id: id(text),
            old,
            message,
            start_at: None,
        };
        let moved = broker
            .relocate(Relocation { from, to }, &[revision], &broker.batch())
            .await;
        moved.unwrap().remove(0)
    };
    lab.enqueue(&unique(lab, "mover")).await;
    let mut stale = lab.find("mover").await.unwrap().message.unwrap();
    stale.retried = 1;
    let old = stale.to_bytes();
    stale.unique_key = QueueKeys::new(&other).unique("t", Some(b"mover"));
    let revision = Revision {
        id: id("mover"),
        old,
        message: stale,
        start_at: None,
    };
    let (from, to) = (&lab.queue, &other);
    let moved = broker
        .relocate(Relocation { from, to }, &[revision], &broker.batch())
        .await;
    assert!(matches!(moved.unwrap()[0], Err(Error::Changed { .. })));
    let there = unique(lab, "mover").with(|options| options.queue = other.clone());
    assert_eq!(broker.lock_against(&there).await, Ok(None));
    assert_eq!(relocated(&lab.queue, &other, "mover").await, Ok(()));
    assert_eq!(lab.find("mover").await, None);
    lab.enqueue(&unique(lab, "mover")).await;
    let taken = relocated(&other, &lab.queue, "mover").await;
    assert!(matches!(taken, Err(Error::IdTaken { .. })), "{taken:?}");
    // The lock is taken, the task is not there: somebody else holds it, until that is deleted.
    delete(lab, &["mover"]).await;
    lab.enqueue(&NewTask {
        id: id("holder"),
        ..unique(lab, "mover")
    })
    .await;
    let taken = relocated(&other, &lab.queue, "mover").await;
    assert!(matches!(taken, Err(Error::Duplicate { .. })), "{taken:?}");
    delete(lab, &["holder"]).await;
    assert_eq!(relocated(&other, &lab.queue, "mover").await, Ok(()));
    assert_eq!(broker.finish_moves(&other).await, Ok(Vec::new()));
    delete(lab, &["mover"]).await;
    broker
        .drop_queue(&other, true, now(), |_| ())
        .await
        .unwrap();
}

async fn operate(lab: &Lab<impl Store>) {
    let act = async |action, texts: &[&str]| {
        let applied = lab
            .broker
            .apply(&lab.queue, action, &ids(texts), now())
            .await
            .unwrap();
        assert_eq!(applied.refused, []);
    };
    lab.enqueue(&delayed(unique(lab, "edited"))).await;
    edit_payload(&lab.broker, &lab.queue, "edited", b"other")
        .await
        .unwrap();
    relocate(lab).await;
    act(Move::Retry, &["edited", "three"]).await;
    act(Move::Archive, &["edited", "two"]).await;
    act(Move::Delete, &["edited", "three"]).await;
    let archived = Container::State(State::Archived);
    lab.redis
        .send(&["ZADD", &lab.keys.archived(), "1", "ghost"]);
    change(lab, Move::Delete, &archived, Some("ghost")).await;
    change(lab, Move::Retry, &archived, None).await;
    let pending = Container::State(State::Pending);
    change(lab, Move::Archive, &pending, None).await;
    lab.enqueue(&unique(lab, "swept")).await;
    change(lab, Move::Delete, &pending, None).await;
    lab.tasks(&archived).await;
    assert!(lab.find("two").await.is_some());
    lab.broker
        .stats(std::slice::from_ref(&lab.queue), now())
        .await
        .unwrap();
    assert_eq!(lab.broker.pause(&lab.queue, now()).await, Ok(true));
    lab.enqueue(&plain(lab, "last")).await;
}

/// Changes one task of a container: this one, or the first in one piece.
async fn change(lab: &Lab<impl Store>, action: Move, container: &Container, only: Option<&str>) {
    let pages = lab
        .broker
        .pages(&lab.queue, container.clone(), action, false);
    let mut pages = pages.await.unwrap();
    let limit = if only.is_some() { usize::MAX } else { 1 };
    let step = pages.step(limit, now(), |id| {
        only.is_none_or(|only| id == only.as_bytes())
    });
    assert_eq!(step.await.unwrap().unwrap().changed.len(), 1);
}

/// From a queue with one pending task, which is gone in the end.
async fn choose(lab: &Lab<impl Store>) {
    for action in [Move::Archive, Move::Delete] {
        lab.enqueue(&unique(lab, "chosen")).await;
        let pending = Container::State(State::Pending);
        change(lab, action, &pending, Some("chosen")).await;
        let applied = lab
            .broker
            .apply(&lab.queue, Move::Delete, &ids(&["chosen"]), now())
            .await
            .unwrap();
        assert_eq!(applied.changed.is_empty(), action == Move::Delete);
    }
}

async fn announce(lab: &Lab<impl Store>) {
    // Of the whole system there is one: other queues must not meet ours there.
    let name = lab.queue.as_str();
    let presence = Presence {
        host: name.into(),
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
        queue: name.into(),
        started_at: now(),
        deadline: now(),
    };
    lab.broker
        .announce(&presence, "active", &[running], now())
        .await
        .unwrap();
    let servers = lab.broker.servers(now()).await.unwrap();
    assert!(servers.iter().any(|server| server.host == name));
    lab.broker.withdraw(&presence).await.unwrap();
    let servers = lab.broker.servers(now()).await.unwrap();
    assert!(servers.iter().all(|server| server.host != name));
    lab.broker
        .announce_entries(name, &[], SOON, now())
        .await
        .unwrap();
    lab.redis
        .send(&["ZREM", keys::SCHEDULERS, &keys::scheduler(name)]);
    let event = EnqueueEvent {
        task_id: "one".into(),
        enqueued_at: Some(now()),
    };
    lab.broker.record_event(name, &event, now()).await.unwrap();
    lab.broker.forget_events(name).await.unwrap();
    schedules(lab).await;
}

/// Their keys have no hash tag, so the scope decides which server of a cluster has them.
async fn limits(lab: &Lab<impl Store>) {
    let (broker, scope) = (&lab.broker, lab.queue.as_str());
    let members = ["a".to_owned(), "b".to_owned()];
    let taken = broker.take_places(scope, 1, &members, now()).await;
    assert_eq!(taken, Ok(1));
    let members = &members[..1];
    broker.renew_places(scope, members, later(1)).await.unwrap();
    broker.free_places(scope, members).await.unwrap();
    let rate = Rate {
        count: 1,
        per: Duration::from_secs(1),
    };
    let (taken, _) = broker.take_tokens(scope, rate, 9).await.unwrap();
    assert_eq!(taken, 1);
    broker.give_back_tokens(scope, rate, 1).await.unwrap();
}

async fn schedules(lab: &Lab<impl Store>) {
    let name = lab.queue.as_str();
    let put = SchedulePut {
        name,
        definition: "{}",
        timing: "@daily",
        paused: None,
        replace: false,
        by: "me",
    };
    let broker = &lab.broker;
    broker.put_schedule(&put, now()).await.unwrap();
    for paused in [true, false] {
        let changed = broker.pause_schedule(name, paused, "me", now()).await;
        assert_eq!(changed, Ok(true));
    }
    let at = now() - chrono::TimeDelta::days(40_000);
    let tick = Tick {
        name: name.to_owned(),
        revision: broker.schedule(name).await.unwrap().revision,
        at,
    };
    let claims = broker.claim_ticks(&[tick], "me", SOON, SOON).await;
    assert_eq!(claims, Ok(vec![Ok(TickClaim::Claimed)]));
    let record = TickRecord {
        name: name.to_owned(),
        at: Some(at),
        record: "done".to_owned(),
        over: true,
    };
    let settled = broker.settle_ticks(&[record], "me").await;
    assert_eq!(settled, Ok(vec![Ok(())]));
    let stored = broker.schedules().await.unwrap();
    assert!(stored.iter().any(|schedule| schedule.name == name));
    let history = broker.schedule_history(name, 5).await.unwrap();
    assert_eq!(history, ["done"]);
    broker.remove_schedule(name).await.unwrap();
}
