//! Actions on a whole container: each is emptied, what cannot be changed is passed by, and every sweep ends.

use qctl::broker::{Container, Swept};
use qctl::task::transition::Action;
use qctl::task::{NewTask, Start, State};

use super::{Lab, NOW, grouped, id, later, now, scored, task, unique};

/// All steps of a sweep: changed and skipped.
async fn sweep(lab: &Lab, container: Container, action: Action, limit: Option<u64>) -> (u64, u64) {
    let mut sweep = lab
        .broker
        .sweep(&lab.queue, container, action, limit)
        .await
        .unwrap();
    let mut total = Swept::default();
    let mut steps = 0;
    while let Some(step) = sweep.step(now()).await.unwrap() {
        total.changed += step.changed;
        total.skipped += step.skipped;
        steps += 1;
        assert!(steps < 1000, "it does not end");
    }
    (total.changed, total.skipped)
}

#[tokio::test]
async fn a_sweep_empties_each_container() {
    let states = [
        (State::Pending, vec![Action::Archive, Action::Delete]),
        (
            State::Scheduled,
            vec![Action::RunNow, Action::Archive, Action::Delete],
        ),
        (
            State::Retry,
            vec![Action::RunNow, Action::Archive, Action::Delete],
        ),
        (State::Archived, vec![Action::RunNow, Action::Delete]),
        (
            State::Completed,
            vec![Action::RunNow, Action::Archive, Action::Delete],
        ),
    ];
    let lab = Lab::start().await;
    for (state, actions) in states {
        for action in actions {
            for n in 0..250 {
                lab.fill_one(state, &format!("{n:03}"));
            }
            let container = Container::State(state);
            let swept = sweep(&lab, container.clone(), action, None).await;
            assert_eq!(swept, (250, 0), "{state} {action:?}");
            assert_eq!(lab.broker.count(&lab.queue, &container).await, Ok(0));
            let to = match action {
                Action::RunNow => State::Pending,
                Action::Archive => State::Archived,
                Action::Delete => State::Active,
            };
            assert_eq!(
                sweep(&lab, Container::State(to), Action::Delete, None)
                    .await
                    .1,
                0
            );
            assert_eq!(lab.left(), [""; 0], "{state} {action:?}");
        }
    }
}

#[tokio::test]
async fn a_sweep_of_a_group_leaves_no_name_behind() {
    for action in [Action::RunNow, Action::Archive, Action::Delete] {
        let lab = Lab::start().await;
        for text in ["one", "two"] {
            lab.enqueue(&grouped(text, "g")).await;
        }
        lab.redis.cmd(&["ZADD", &lab.keys.group("g"), "1", "ghost"]);
        let swept = sweep(&lab, Container::Group("g".into()), action, None).await;
        if action == Action::Delete {
            assert_eq!(swept, (3, 0));
            assert_eq!(lab.left(), ["asynq:queues"]);
        } else {
            assert_eq!(swept, (2, 1));
            assert!(lab.left().contains(&"groups".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_sweep_stops_at_its_limit_and_starts_with_the_first() {
    let lab = Lab::start().await;
    for n in 0..5 {
        lab.enqueue(&NewTask {
            start: Start::At(later(n)),
            ..task(&n.to_string())
        })
        .await;
    }
    // The first is due at once and not scheduled at all.
    let scheduled = Container::State(State::Scheduled);
    assert_eq!(
        sweep(&lab, scheduled, Action::Delete, Some(3)).await,
        (3, 0)
    );
    assert_eq!(lab.zset(&lab.keys.scheduled()), scored(&[("4", NOW + 5)]));
}

#[tokio::test]
async fn arrivals_do_not_keep_a_sweep_going() {
    let lab = Lab::start().await;
    for n in 0..1300 {
        lab.fill_one(State::Scheduled, &format!("m-{n:04}"));
    }
    let container = Container::State(State::Scheduled);
    let mut sweep = lab
        .broker
        .sweep(&lab.queue, container, Action::RunNow, None)
        .await
        .unwrap();
    let (mut changed, mut steps) = (0, 0);
    while let Some(step) = sweep.step(now()).await.unwrap() {
        changed += step.changed;
        steps += 1;
        assert!(steps < 10, "it does not end");
        // As many come in front as have gone.
        for n in 0..300 {
            lab.fill_one(State::Scheduled, &format!("a-{steps}-{n:03}"));
        }
    }
    assert_eq!((changed, steps), (1300, 3));
}

#[tokio::test]
async fn what_cannot_be_changed_is_passed_by() {
    let lab = Lab::start().await;
    for n in 0..250 {
        lab.fill_one(State::Retry, &format!("{n:03}"));
    }
    // They say that they are elsewhere, or are not there at all.
    for n in 0..150 {
        let key = lab.keys.task(&id(&format!("{n:03}")));
        if n % 2 == 0 {
            lab.redis.cmd(&["HSET", &key, "state", "active"]);
        } else {
            lab.redis.cmd(&["DEL", &key]);
        }
    }
    lab.redis.cmd(&[
        b"ZADD".as_slice(),
        lab.keys.retry().as_bytes(),
        b"0",
        b"\xff",
    ]);
    let retry = Container::State(State::Retry);
    assert_eq!(
        sweep(&lab, retry.clone(), Action::RunNow, None).await,
        (100, 151)
    );
    assert_eq!(
        sweep(&lab, retry.clone(), Action::Delete, None).await,
        (76, 75)
    );
    assert_eq!(lab.broker.count(&lab.queue, &retry).await, Ok(75));
}

#[tokio::test]
async fn ids_without_a_task_are_deleted_from_every_container() {
    let lab = Lab::start().await;
    let containers = [
        State::Pending,
        State::Scheduled,
        State::Retry,
        State::Archived,
        State::Completed,
    ];
    for state in containers {
        for n in 0..120 {
            let text = format!("{n}");
            lab.fill_one(state, &text);
            lab.redis.cmd(&["DEL", &lab.keys.task(&id(&text))]);
        }
        lab.redis
            .cmd(&["HSET", &lab.keys.task(&id("7")), "result", "late"]);
        let swept = sweep(&lab, Container::State(state), Action::Delete, None).await;
        assert_eq!(swept, (120, 0), "{state}");
        assert_eq!(lab.left(), [""; 0], "{state}");
    }
}

#[tokio::test]
async fn what_stays_in_pending_keeps_its_order() {
    // A stranger's key is no task: its id can be deleted, but the key stays.
    const STRANGE: &str = "1200";
    let elsewhere = ["1100", "1099", "0150", "0002", "0001"];
    let cases = [
        (Action::Archive, [&[STRANGE], &elsewhere[..]].concat()),
        (Action::Delete, elsewhere.to_vec()),
    ];
    for (action, left) in cases {
        let lab = Lab::start().await;
        for n in 0..1250 {
            lab.fill_one(State::Pending, &format!("{n:04}"));
        }
        for text in elsewhere {
            let key = lab.keys.task(&id(text));
            lab.redis.cmd(&["HSET", &key, "state", "retry"]);
        }
        let strange = lab.keys.task(&id(STRANGE));
        lab.redis.cmd(&["DEL", &strange]);
        lab.redis.cmd(&["SET", &strange, "a text"]);
        let skipped = left.len() as u64;
        let pending = Container::State(State::Pending);
        let swept = sweep(&lab, pending, action, None).await;
        assert_eq!(swept, (1250 - skipped, skipped), "{action:?}");
        assert_eq!(lab.list(&lab.keys.pending()), left, "{action:?}");
        assert_eq!(lab.redis.query::<String>(&["GET", &strange]), "a text");
    }
}

#[tokio::test]
async fn locks_go_with_their_tasks_whatever_else_is_noted_there() {
    let lab = Lab::start().await;
    for n in 0..3 {
        lab.enqueue(&NewTask {
            payload: Some(n.to_string().into()),
            ..unique(&n.to_string())
        })
        .await;
    }
    // Asynq's inspector and its requeue do not note since when a task is pending.
    let key = lab.keys.task(&id("1"));
    lab.redis.cmd(&["HDEL", &key, "pending_since"]);
    let pending = Container::State(State::Pending);
    assert_eq!(sweep(&lab, pending, Action::Delete, None).await, (3, 0));
    assert_eq!(lab.left(), ["asynq:queues"]);
}
