//! What operators do to tasks: run, archive, delete, one by one and by the container; edit; pause.

use qctl::broker::Error;
use qctl::task::transition::{Action, Move, Refusal, Settlement};
use qctl::task::{NewTask, Start, State, TaskId};

use super::{Lab, NOW, NOW_NS, id, ids, later, now, scored, task, unique};

/// Puts one task into each state, each with a lock of its own; its id is the state's name.
async fn one_in_each_state(lab: &Lab) {
    for state in ["completed", "retry", "archived", "active"] {
        let claim = lab.active(&locked(state)).await;
        let message = claim.message.clone();
        let settlement = match state {
            "completed" => Settlement::Complete {
                message,
                result: b"r".to_vec(),
                expires_at: later(60),
            },
            "retry" => Settlement::Retry {
                message,
                at: later(60),
                counted: false,
            },
            "archived" => Settlement::Archive { message },
            _ => continue,
        };
        lab.settle(claim, settlement).await;
    }
    lab.enqueue(&locked("pending")).await;
    lab.enqueue(&NewTask {
        start: Start::At(later(60)),
        ..locked("scheduled")
    })
    .await;
    lab.enqueue(&locked("aggregating").with(|options| options.group = Some("g".into())))
        .await;
    let lock = lab.keys.unique("t", Some(b"completed"));
    // The success released it; somebody may have run the task again since.
    lab.redis.cmd(&["SET", &lock, "completed"]);
}

fn locked(text: &str) -> NewTask {
    NewTask {
        payload: Some(text.into()),
        ..unique(text)
    }
}

async fn apply(lab: &Lab, action: Move, texts: &[&str]) -> Vec<Option<Error>> {
    let all = ids(texts);
    let applied = lab
        .broker
        .apply(&lab.queue, action, &all, now())
        .await
        .unwrap();
    assert_eq!(applied.changed.len() + applied.refused.len(), texts.len());
    let refused = |id: &TaskId| {
        let refusal = applied.refused.iter().find(|(refused, _)| refused == id);
        refusal.map(|(_, error)| error.clone())
    };
    all.iter().map(refused).collect()
}

/// The keys that are left, counters and the queue's name aside.
fn tasks_left(lab: &Lab) -> Vec<String> {
    let mut left = lab.left();
    left.retain(|key| {
        !key.starts_with("processed") && !key.starts_with("failed") && key != "asynq:queues"
    });
    left
}

fn wrong_state(lab: &Lab, action: Move, text: &str, state: State, refusal: Refusal) -> Error {
    Error::WrongState {
        verb: Action::from(action).verb(),
        queue: lab.queue.clone(),
        id: id(text),
        state,
        refusal,
    }
}

#[tokio::test]
async fn run_makes_a_task_of_every_other_state_pending() {
    let lab = Lab::start().await;
    one_in_each_state(&lab).await;
    let movable = ["scheduled", "retry", "archived", "completed", "aggregating"];
    assert_eq!(apply(&lab, Move::Retry, &movable).await, vec![None; 5]);
    let expected = [
        "aggregating",
        "completed",
        "archived",
        "retry",
        "scheduled",
        "pending",
    ];
    assert_eq!(lab.list(&lab.keys.pending()), expected);
    for text in movable {
        assert_eq!(lab.state(text), "pending");
        assert_eq!(lab.hash(text)["pending_since"], NOW_NS);
    }
    let left = tasks_left(&lab);
    assert_eq!(
        left.iter()
            .filter(|key| !key.contains(':'))
            .collect::<Vec<_>>(),
        ["active", "lease", "pending"]
    );
    let refused = apply(&lab, Move::Retry, &["pending", "active", "gone"]).await;
    let expected = [
        Some(wrong_state(
            &lab,
            Move::Retry,
            "pending",
            State::Pending,
            Refusal::AlreadyPending,
        )),
        Some(wrong_state(
            &lab,
            Move::Retry,
            "active",
            State::Active,
            Refusal::Running,
        )),
        Some(Error::TaskNotFound {
            queue: Some(lab.queue.clone()),
            id: id("gone"),
        }),
    ];
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn archive_puts_a_task_of_every_other_state_away_and_keeps_its_lock() {
    let lab = Lab::start().await;
    one_in_each_state(&lab).await;
    let movable = ["pending", "scheduled", "retry", "completed", "aggregating"];
    assert_eq!(apply(&lab, Move::Archive, &movable).await, vec![None; 5]);
    let mut expected = movable.map(|text| (text, NOW)).to_vec();
    expected.push(("archived", NOW));
    expected.sort_unstable();
    assert_eq!(lab.zset(&lab.keys.archived()), scored(&expected));
    for text in movable {
        assert_eq!(lab.state(text), "archived");
        assert!(!lab.hash(text).contains_key("pending_since"), "{text}");
        let lock = lab.keys.unique("t", Some(text.as_bytes()));
        assert_eq!(lab.redis.query::<String>(&["GET", &lock]), text);
    }
    let left = tasks_left(&lab);
    assert_eq!(
        left.iter()
            .filter(|key| !key.contains(':'))
            .collect::<Vec<_>>(),
        ["active", "archived", "lease"]
    );
    let refused = apply(&lab, Move::Archive, &["archived", "active", "gone"]).await;
    let expected = [
        Some(wrong_state(
            &lab,
            Move::Archive,
            "archived",
            State::Archived,
            Refusal::AlreadyArchived,
        )),
        Some(wrong_state(
            &lab,
            Move::Archive,
            "active",
            State::Active,
            Refusal::Running,
        )),
        Some(Error::TaskNotFound {
            queue: Some(lab.queue.clone()),
            id: id("gone"),
        }),
    ];
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn delete_leaves_nothing_of_a_task() {
    let lab = Lab::start().await;
    one_in_each_state(&lab).await;
    let deletable = [
        "pending",
        "scheduled",
        "retry",
        "archived",
        "completed",
        "aggregating",
    ];
    assert_eq!(apply(&lab, Move::Delete, &deletable).await, vec![None; 6]);
    let lock = lab.keys.unique("t", Some(b"active"));
    let lock = lock.strip_prefix(lab.keys.prefix()).unwrap();
    assert_eq!(tasks_left(&lab), ["active", "lease", "t:active", lock]);
    let refused = apply(&lab, Move::Delete, &["active", "pending"]).await;
    let expected = [
        Some(wrong_state(
            &lab,
            Move::Delete,
            "active",
            State::Active,
            Refusal::Running,
        )),
        Some(Error::TaskNotFound {
            queue: Some(lab.queue.clone()),
            id: id("pending"),
        }),
    ];
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn a_lock_of_another_task_survives_a_deletion() {
    let lab = Lab::start().await;
    lab.enqueue(&unique("one")).await;
    let lock = lab.keys.unique("t", Some(b"p"));
    lab.redis.cmd(&["SET", &lock, "two"]);
    apply(&lab, Move::Delete, &["one"]).await;
    assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "two");
}

#[tokio::test]
async fn strange_keys_are_refused_and_lost_tasks_are_changed() {
    for action in [Move::Retry, Move::Archive, Move::Delete] {
        let lab = Lab::start().await;
        let key = |text: &str| lab.keys.task(&id(text));
        lab.redis.cmd(&["SET", &key("text"), "x"]);
        lab.redis.cmd(&["HSET", &key("result-only"), "result", "r"]);
        for (text, state) in [
            ("unknown", "retry,archived"),
            ("displaced", "retry"),
            ("groupless", "aggregating"),
        ] {
            lab.redis
                .cmd(&["HSET", &key(text), "msg", "m", "state", state]);
        }
        lab.enqueue(&NewTask {
            start: Start::At(later(9)),
            ..task("good")
        })
        .await;
        let strange = [
            "text",
            "result-only",
            "unknown",
            "displaced",
            "groupless",
            "good",
        ];
        let refused = apply(&lab, action, &strange).await;
        assert!(
            matches!(refused[0], Some(Error::NotATask { .. })),
            "{refused:?}"
        );
        assert!(
            matches!(refused[1], Some(Error::NotATask { .. })),
            "{refused:?}"
        );
        // What is in no container can be changed all the same: there is no other way out.
        assert_eq!(refused[2..], [None, None, None, None]);
        let lost = ["unknown", "displaced", "groupless"];
        match action {
            Move::Retry => assert!(lost.iter().all(|text| lab.state(text) == "pending")),
            Move::Archive => assert!(lost.iter().all(|text| lab.state(text) == "archived")),
            Move::Delete => assert!(lost.iter().all(|text| lab.hash(text).is_empty())),
        }
        assert_eq!(lab.redis.query::<String>(&["GET", &key("text")]), "x");
        assert_eq!(lab.hash("result-only")["result"], b"r");
    }
}

#[tokio::test]
async fn a_full_redis_changes_nothing_but_lets_tasks_be_deleted() {
    let lab = Lab::start().await;
    one_in_each_state(&lab).await;
    let before = lab.snapshot();
    lab.fill_up();
    for action in [Move::Retry, Move::Archive] {
        let refused = lab
            .broker
            .apply(&lab.queue, action, &ids(&["retry", "scheduled"]), now())
            .await;
        assert!(
            matches!(refused, Err(Error::OutOfMemory { .. })),
            "{refused:?}"
        );
        assert_eq!(lab.snapshot(), before);
    }
    assert_eq!(
        apply(&lab, Move::Delete, &["retry", "pending", "aggregating"]).await,
        vec![None; 3]
    );
}

#[tokio::test]
async fn pausing_and_resuming_say_whether_they_changed_anything() {
    let lab = Lab::start().await;
    assert_eq!(lab.broker.pause(&lab.queue, now()).await, Ok(true));
    assert_eq!(lab.broker.pause(&lab.queue, later(9)).await, Ok(false));
    assert_eq!(lab.number(&lab.keys.paused()), Some(NOW));
    assert_eq!(lab.redis.query::<i64>(&["TTL", &lab.keys.paused()]), -1);
    assert_eq!(lab.broker.resume(&lab.queue).await, Ok(true));
    assert_eq!(lab.broker.resume(&lab.queue).await, Ok(false));
    assert_eq!(lab.left(), ["asynq:queues"], "lists show a paused queue");
}
