//! Reading: pages, single tasks, groups, whatever lies there.

use std::collections::BTreeMap;

use qctl::broker::records::GroupSize;
use qctl::broker::{Container, Error};
use qctl::task::transition::Settlement;
use qctl::task::{NewTask, Start, State, TaskId};

use super::{Lab, NOW, grouped, id, ids, later, now, queue, task};

async fn page(lab: &Lab, state: State, offset: usize, limit: usize) -> Vec<TaskId> {
    let page = lab.tasks(&Container::State(state)).await.into_iter();
    let page: Vec<_> = page.skip(offset).take(limit).collect();
    assert!(page.iter().all(|task| task.state == state));
    page.into_iter().map(|task| task.id).collect()
}

#[tokio::test]
async fn pages_come_in_the_order_in_which_things_happen() {
    let lab = Lab::start().await;
    for text in ["one", "two", "three", "four", "five"] {
        lab.enqueue(&task(text)).await;
    }
    assert_eq!(page(&lab, State::Pending, 0, 2).await, ids(&["one", "two"]));
    assert_eq!(
        page(&lab, State::Pending, 2, 2).await,
        ids(&["three", "four"])
    );
    assert_eq!(page(&lab, State::Pending, 4, 2).await, ids(&["five"]));
    assert_eq!(page(&lab, State::Pending, 5, 2).await, []);
    assert_eq!(page(&lab, State::Pending, usize::MAX, usize::MAX).await, []);
    lab.broker.claim(&lab.queue, 3, now()).await.unwrap();
    assert_eq!(
        page(&lab, State::Active, 0, 9).await,
        ids(&["one", "two", "three"])
    );
    for (text, seconds) in [("late", 30), ("early", 10)] {
        lab.enqueue(&NewTask {
            start: Start::At(later(seconds)),
            ..task(text)
        })
        .await;
    }
    assert_eq!(
        page(&lab, State::Scheduled, 0, 9).await,
        ids(&["early", "late"])
    );
    assert_eq!(page(&lab, State::Scheduled, 1, 1).await, ids(&["late"]));
}

#[tokio::test]
async fn tasks_are_found_with_all_there_is_to_know() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let found = lab.find("one").await.unwrap();
    assert_eq!(found.message, Ok(claim.message.clone()));
    assert_eq!(found.lease_expires_at.unwrap().timestamp(), NOW + 30);
    assert!(!found.orphaned(later(29)) && found.orphaned(later(30)));
    lab.broker
        .write_result(&lab.queue, &id("one"), b"\0")
        .await
        .unwrap();
    let message = claim.message.clone();
    let retry = Settlement::Retry {
        message,
        at: later(60),
        counted: true,
    };
    lab.settle(claim, retry).await;
    let found = lab.find("one").await.unwrap();
    assert_eq!(found.result.as_deref(), Some(b"\0".as_slice()));
    assert_eq!(found.next_process_at().unwrap().timestamp(), NOW + 60);
    let retry = Container::State(State::Retry);
    assert_eq!(lab.tasks(&retry).await, [found]);
    lab.enqueue(&grouped("two", "g")).await;
    let found = lab.find("two").await.unwrap();
    let paged = lab.tasks(&Container::Group("g".into())).await;
    assert_eq!(paged, [found]);
    assert_eq!(paged[0].score.unwrap().timestamp(), NOW);
    lab.enqueue(&task("three")).await;
    let found = lab.find("three").await.unwrap();
    assert_eq!(found.pending_since, Some(now()));
    assert_eq!(lab.broker.find(&lab.queue, &id("gone")).await, Ok(None));
}

#[tokio::test]
async fn an_id_is_found_in_every_queue_that_has_it() {
    let lab = Lab::start().await;
    let mut queues = Vec::new();
    for n in 0..150 {
        let queue = queue(&format!("{n:03}"));
        if n % 50 == 0 {
            lab.enqueue(&task("one").with(|options| options.queue = queue.clone()))
                .await;
        }
        queues.push(queue);
    }
    let found = lab.broker.find_in(&queues, &id("one")).await.unwrap();
    let found: Vec<_> = found.iter().map(|task| task.queue.as_str()).collect();
    assert_eq!(found, ["000", "050", "100"]);
}

#[tokio::test]
async fn strange_hashes_are_shown_and_hide_no_others() {
    let lab = Lab::start().await;
    let archived = lab.keys.archived();
    let add = |id: &[u8]| {
        lab.redis
            .cmd(&[b"ZADD".as_slice(), archived.as_bytes(), b"1", id])
    };
    for id in [
        b"\xff".as_slice(),
        b" ",
        b"gone",
        b"text",
        b"broken",
        b"half",
        b"result-only",
    ] {
        add(id);
    }
    let set = |text: &str, fields: &[&[u8]]| {
        let key = lab.keys.task(&id(text));
        lab.redis
            .cmd(&[&[b"HSET".as_slice(), key.as_bytes()], fields].concat());
    };
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    set(
        "broken",
        &[
            b"msg",
            b"\xff",
            b"state",
            b"archived",
            b"pending_since",
            b"\xff",
        ],
    );
    set("half", &[b"msg", b"", b"state", b"\xff"]);
    set("result-only", &[b"result", b"r"]);
    let container = Container::State(State::Archived);
    let page = lab.tasks(&container).await;
    let shown: BTreeMap<_, _> = page
        .iter()
        .map(|task| (task.id.as_str(), task.message.clone()))
        .collect();
    let expected = [
        (" ", Err(Vec::new())),
        ("broken", Err(b"\xff".to_vec())),
        ("gone", Err(Vec::new())),
        ("half", Err(Vec::new())),
        ("result-only", Err(Vec::new())),
        ("text", Err(Vec::new())),
        ("\u{fffd}", Err(Vec::new())),
    ];
    assert_eq!(shown, BTreeMap::from(expected));
}

#[tokio::test]
async fn what_is_no_task_is_not_found() {
    let lab = Lab::start().await;
    let set = |text: &str, fields: &[&[u8]]| {
        let key = lab.keys.task(&id(text));
        lab.redis
            .cmd(&[&[b"HSET".as_slice(), key.as_bytes()], fields].concat());
    };
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    set("broken", &[b"msg", b"\xff", b"state", b"archived"]);
    set("half", &[b"msg", b"", b"state", b"\xff"]);
    set("result-only", &[b"result", b"r"]);
    let find = async |text| lab.broker.find(&lab.queue, &id(text)).await;
    let broken = find("broken").await.unwrap().unwrap();
    assert_eq!(
        (broken.state, broken.message),
        (State::Archived, Err(b"\xff".to_vec()))
    );
    for text in ["text", "result-only", "gone", "half"] {
        assert_eq!(find(text).await, Ok(None), "{text}");
    }
}

#[tokio::test]
async fn groups_are_listed_page_by_page() {
    let lab = Lab::start().await;
    for n in 0..1500 {
        lab.redis
            .cmd(&["SADD", &lab.keys.groups(), &format!("group {n}")]);
    }
    lab.enqueue(&grouped("one", "group 7")).await;
    let (mut all, mut pages) = (Vec::new(), 0);
    let mut groups = lab.broker.groups(&lab.queue);
    while let Some(page) = groups.next().await.unwrap() {
        all.extend(page);
        pages += 1;
    }
    all.sort_by(|a, b| a.group.cmp(&b.group));
    all.dedup();
    assert_eq!((all.len(), pages > 1), (1500, true));
    let filled: Vec<_> = all.into_iter().filter(|group| group.size > 0).collect();
    let expected = GroupSize {
        queue: lab.queue.clone(),
        group: "group 7".into(),
        size: 1,
        unreadable: None,
    };
    assert_eq!(filled, [expected]);
}

#[tokio::test]
async fn any_pending_agrees_with_a_claim() {
    let lab = Lab::start().await;
    let (empty, paused) = (queue("empty"), queue("paused"));
    lab.enqueue(&task("one").with(|options| options.queue = paused.clone()))
        .await;
    lab.broker.pause(&paused, now()).await.unwrap();
    let queues = [empty, paused, lab.queue.clone()];
    assert_eq!(lab.broker.any_pending(queues.iter()).await, Ok(false));
    lab.enqueue(&task("one")).await;
    assert_eq!(lab.broker.any_pending(queues.iter()).await, Ok(true));
}

#[tokio::test]
async fn expecting_a_queue_asks_the_global_set() {
    let lab = Lab::start().await;
    let missing = Err(Error::QueueNotFound(lab.queue.clone()));
    assert_eq!(lab.broker.expect_queue(&lab.queue).await, missing);
    lab.enqueue(&task("one")).await;
    assert_eq!(lab.broker.expect_queue(&lab.queue).await, Ok(()));
}
