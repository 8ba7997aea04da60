//! That nothing holds Redis up, however much lies there: with twenty thousand tasks in a container no
//! command of any operation takes ten milliseconds of the server's time.

use std::time::Duration;

use qctl::broker::{AggregationSet, Container, Held, Ripeness, SchedulerEntry, keys};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{NewTask, State, TaskId};

use super::{Lab, id, later, meter, now, task};
use crate::harness::say;

pub(super) const MANY: usize = 20_000;

const LONGEST: Duration = Duration::from_millis(10);

/// Runs a scenario and measures every command of it.
///
/// What a hypervisor takes away counts as the process's time, and so do the cold caches of a busy machine. A command that
/// is slow by itself is slow every time that the scenario is run.
pub(super) async fn never_slow(prepare: impl Fn(&Lab), scenario: impl AsyncFn(&Lab)) {
    const RUNS: usize = 6;
    let mut slowest = Vec::new();
    for _ in 0..RUNS {
        slowest = slow(&prepare, &scenario).await;
        if slowest.is_empty() {
            return;
        }
    }
    panic!("slow in each of {RUNS} runs: {slowest:#?}");
}

/// The slow commands of a scenario, with what they cost.
async fn slow(prepare: impl Fn(&Lab), scenario: impl AsyncFn(&Lab)) -> Vec<(Duration, String)> {
    let lab = Lab::start().await;
    lab.enqueue(&task("first")).await;
    prepare(&lab);
    let Some((url, costs)) = meter::start(&lab.redis) else {
        say("skipped: this system does not tell how long a process ran");
        return Vec::new();
    };
    let lab = Lab {
        broker: super::connect(&url).await.unwrap(),
        ..lab
    };
    scenario(&lab).await;
    let costs = costs.lock().unwrap();
    assert!(costs.len() > 3, "nothing was measured");
    let slow = costs.iter().filter(|(cost, _)| *cost > LONGEST);
    slow.cloned().collect()
}

fn all(prefix: &str) -> Vec<TaskId> {
    (1..=MANY).map(|n| id(&format!("{prefix}{n:05}"))).collect()
}

#[tokio::test]
async fn changes_of_every_container() {
    for (state, action) in [
        (State::Pending, Move::Archive),
        (State::Pending, Move::Delete),
        (State::Scheduled, Move::Retry),
        (State::Retry, Move::Archive),
        (State::Archived, Move::Retry),
        (State::Completed, Move::Delete),
    ] {
        never_slow(
            |lab| lab.fill(state, MANY, "x"),
            async |lab| {
                let container = Container::State(state);
                let pages = lab.broker.pages(&lab.queue, container, action, false);
                let mut pages = pages.await.unwrap();
                while pages
                    .step(usize::MAX, now(), |_| true)
                    .await
                    .unwrap()
                    .is_some()
                {}
            },
        )
        .await;
    }
}

/// The first of a long list to be served are quick to take out, the last are not.
#[tokio::test]
async fn tasks_named_by_id_at_the_far_end_of_pending() {
    for action in [Move::Archive, Move::Delete] {
        never_slow(
            |lab| lab.fill(State::Pending, MANY, "x"),
            async |lab| {
                let ids = &all("x")[MANY - 300..];
                let applied = lab
                    .broker
                    .apply(&lab.queue, action, ids, now())
                    .await
                    .unwrap();
                assert_eq!((applied.changed.len(), applied.refused.len()), (300, 0));
                let applied = lab
                    .broker
                    .apply(&lab.queue, action, ids, now())
                    .await
                    .unwrap();
                assert_eq!(applied.refused.len(), 300);
            },
        )
        .await;
    }
}

#[tokio::test]
async fn removing_a_queue() {
    never_slow(
        |lab| {
            for (state, prefix) in [
                (State::Pending, "p"),
                (State::Scheduled, "s"),
                (State::Retry, "r"),
                (State::Archived, "a"),
                (State::Completed, "c"),
            ] {
                lab.fill(state, MANY / 2, prefix);
            }
            lab.fill_group("g", MANY / 2);
        },
        async |lab| {
            lab.broker
                .drop_queue(&lab.queue, true, now(), |_| ())
                .await
                .unwrap();
            assert_eq!(lab.left(), [""; 0]);
        },
    )
    .await;
}

#[tokio::test]
async fn upkeep_of_many() {
    never_slow(
        |lab| {
            lab.fill(State::Scheduled, MANY, "s");
            lab.fill(State::Completed, MANY, "c");
            lab.fill(State::Archived, MANY, "a");
        },
        async |lab| {
            while lab
                .broker
                .forward(&lab.queue, later(1))
                .await
                .unwrap()
                .may_have_more()
            {}
            while lab
                .broker
                .delete_expired(&lab.queue, later(1))
                .await
                .unwrap()
                .more
            {}
            while lab
                .broker
                .trim_archive(&lab.queue, later(1))
                .await
                .unwrap()
                .more
            {}
            let count = async |state| {
                lab.broker
                    .count(&lab.queue, &Container::State(state))
                    .await
                    .unwrap()
            };
            assert_eq!(
                (count(State::Completed).await, count(State::Archived).await),
                (0, 9999)
            );
        },
    )
    .await;
}

#[tokio::test]
async fn claiming_and_settling_many() {
    never_slow(
        |lab| lab.fill(State::Pending, MANY, "x"),
        async |lab| {
            let mut held = Vec::new();
            for n in 0.. {
                let claims = lab
                    .broker
                    .claim(&lab.queue, 100, now())
                    .await
                    .unwrap()
                    .claims;
                if claims.is_empty() {
                    break;
                }
                // Half of them run on, so that the list of active ones grows long.
                let (now_over, later_over): (Vec<_>, Vec<_>) = claims
                    .into_iter()
                    .enumerate()
                    .partition(|(index, _)| index % 2 == 0);
                held.extend(later_over.into_iter().map(|(_, claim)| claim));
                settle(
                    lab,
                    now_over.into_iter().map(|(_, claim)| claim).collect(),
                    n,
                )
                .await;
            }
            let leases = held.iter().map(Held::from);
            lab.broker
                .extend_leases(&lab.queue, &leases.collect::<Vec<_>>(), now())
                .await
                .unwrap();
            settle(lab, held, 3).await;
        },
    )
    .await;
}

async fn settle(lab: &Lab, claims: Vec<qctl::broker::Claim>, n: usize) {
    let settlement = |message: qctl::task::Message| match n % 4 {
        0 => Settlement::Done,
        1 => Settlement::Complete {
            message,
            result: b"r".to_vec(),
            expires_at: later(60),
        },
        2 => Settlement::Retry {
            message,
            at: later(60),
            counted: true,
        },
        _ => Settlement::Archive { message },
    };
    let batch: Vec<_> = claims
        .into_iter()
        .map(|claim| {
            let settlement = settlement(claim.message.clone());
            (claim, settlement)
        })
        .collect();
    lab.broker.settle(&lab.queue, &batch, now()).await.unwrap();
}

#[tokio::test]
async fn recovering_many() {
    never_slow(
        |lab| lab.fill(State::Active, MANY, "x"),
        async |lab| {
            let orphans = lab.broker.unleased(&lab.queue).await.unwrap();
            assert_eq!(orphans.len(), 10_000);
            assert_eq!(
                lab.broker.lease_orphans(&lab.queue, &orphans, now()).await,
                Ok(10_000)
            );
            loop {
                let found = lab.broker.expired(&lab.queue, now()).await.unwrap();
                if found.claims.is_empty() {
                    break;
                }
                settle(lab, found.claims, 2).await;
            }
        },
    )
    .await;
}

#[tokio::test]
async fn reading_numbers_groups_and_pages() {
    never_slow(
        |lab| {
            lab.fill(State::Pending, MANY, "p");
            lab.fill(State::Retry, MANY, "r");
            let script = "for n = 1, 20000 do redis.call('SADD', KEYS[1], 'group ' .. n) end";
            lab.redis.cmd(&["EVAL", script, "1", &lab.keys.groups()]);
            lab.fill_group("g", MANY);
        },
        async |lab| {
            let stats = lab
                .broker
                .stats(std::slice::from_ref(&lab.queue), now())
                .await
                .unwrap();
            assert_eq!(stats[0].counts[&State::Aggregating], MANY as u64);
            let script = "for n = 1, 20000 do redis.call('SADD', KEYS[1], 'queue-' .. n) end";
            lab.redis.cmd(&["EVAL", script, "1", keys::QUEUES]);
            assert_eq!(lab.broker.queues().await.unwrap().len(), MANY + 1);
            lab.broker.memory(&lab.queue).await.unwrap();
            for state in [State::Pending, State::Retry] {
                let mut walk = lab.broker.walk(&lab.queue, Container::State(state));
                let mut seen = 0;
                loop {
                    let page = walk.tasks().await.unwrap();
                    if page.is_empty() {
                        break;
                    }
                    seen += page.len();
                }
                assert!(seen >= MANY, "{seen}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn announcing_many_schedules() {
    never_slow(
        |_| (),
        async |lab| {
            let entry = |n: usize| SchedulerEntry {
                id: format!("schedule-{n:05}"),
                spec: "0 3 * * *".to_owned(),
                kind: "report:build".to_owned(),
                payload: vec![b'x'; 100],
                options: vec!["Queue(\"default\")".to_owned()],
                next_at: None,
                previous_at: None,
            };
            let entries: Vec<_> = (0..MANY / 2).map(entry).collect();
            for _ in 0..3 {
                let ttl = Duration::from_secs(25);
                let announced = lab.broker.announce_entries("qctl", &entries, ttl, now());
                announced.await.unwrap();
            }
            let found = lab.broker.schedulers(now()).await.unwrap();
            let found = found.iter().map(|scheduler| &scheduler.entries);
            let found: Vec<_> = found.flatten().rev().cloned().collect();
            assert_eq!(found, entries);
        },
    )
    .await;
}

#[tokio::test]
async fn merging_many() {
    let at_once = Ripeness {
        grace: Duration::ZERO,
        max_delay: Duration::ZERO,
        max_size: 0,
    };
    never_slow(
        |lab| lab.fill_group("g", MANY),
        async |lab| {
            let stale = AggregationSet::new(&lab.queue, "g");
            assert_eq!(lab.broker.open_set(&stale, at_once, now()).await, Ok(true));
            assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(500)).await, Ok(1));
            loop {
                let set = AggregationSet::new(&lab.queue, "g");
                if !lab
                    .broker
                    .open_set(&set, at_once, later(500))
                    .await
                    .unwrap()
                {
                    break;
                }
                let mut members = Vec::new();
                loop {
                    let part = lab.broker.read_set(&set, members.len()).await.unwrap();
                    members.extend(part.members);
                    if part.is_end {
                        break;
                    }
                }
                assert!(!members.is_empty());
                let merged = NewTask {
                    id: TaskId::random(),
                    ..task("merged")
                };
                let merge = lab.broker.set_merge(&set, &members, &merged, later(500));
                assert_eq!(merge.unwrap().send().await, Ok(true));
            }
            assert!(!lab.left().iter().any(|key| key.starts_with("g:")));
        },
    )
    .await;
}

/// As a Go server leaves it: an archive far beyond what it should hold.
#[tokio::test]
async fn archiving_into_an_overfull_archive() {
    never_slow(
        |lab| lab.fill(State::Archived, MANY, "a"),
        async |lab| {
            for n in 0..20 {
                let other = NewTask {
                    id: id(&format!("new-{n}")),
                    ..task("x")
                };
                lab.enqueue(&other).await;
                let ids = [other.id];
                lab.broker
                    .apply(&lab.queue, Move::Archive, &ids, now())
                    .await
                    .unwrap();
            }
        },
    )
    .await;
}

/// A measure that sees nothing would let everything here pass.
#[tokio::test]
async fn what_is_slow_is_seen() {
    let lab = Lab::start().await;
    let Some((url, costs)) = meter::start(&lab.redis) else {
        return;
    };
    let mut client = redis::Client::open(url).unwrap().get_connection().unwrap();
    let script = "for n = 1, 200000 do redis.call('SET', 'key', n) end";
    for text in [script, "return 1"] {
        redis::cmd("EVAL")
            .arg(text)
            .arg(0)
            .query::<redis::Value>(&mut client)
            .unwrap();
    }
    let costs = costs.lock().unwrap();
    let cost = |part: &str| {
        costs
            .iter()
            .find(|(_, text)| text.contains(part))
            .unwrap()
            .0
    };
    assert!(cost("200000") > LONGEST && cost("return 1") < LONGEST);
}

/// As claims leave them that fail half-way, again and again.
#[tokio::test]
async fn removing_many_copies_from_active() {
    never_slow(
        |lab| {
            let fill = "for n = 1, 150000 do redis.call('LPUSH', KEYS[1], n % 20) end";
            lab.redis.cmd(&["EVAL", fill, "1", &lab.keys.active()]);
        },
        async |lab| {
            while lab.redis.query::<bool>(&["EXISTS", &lab.keys.active()]) {
                let unleased = lab.broker.unleased(&lab.queue).await.unwrap();
                let unleased: std::collections::BTreeSet<TaskId> = unleased.into_iter().collect();
                let unleased = Vec::from_iter(unleased);
                let given = lab.broker.lease_orphans(&lab.queue, &unleased, now());
                assert!(given.await.unwrap() > 0);
                let found = lab.broker.expired(&lab.queue, later(1)).await.unwrap();
                assert_eq!(found.claims, []);
            }
        },
    )
    .await;
}
