//! Looking into queues, and changing what is in them.

use std::time::Duration;

use qctl::{
    Action, BrokerError, ChangeOptions, Context, Error, HandlerResult, Inspector, InspectorError,
    Outcome, Selection, State, Task,
};

use super::Place;
use crate::harness::SOON;

/// A place with archived tasks `a0` … `a4` of type `mail` and pending ones `p0` … `p2` of type `other`.
async fn filled() -> (Place, Inspector) {
    let place = Place::new().await;
    let worker = place.start(|_: Task, _: Context| async { Ok(Outcome::SkipRetry) });
    let worker = worker.await;
    for n in 0..5 {
        let task = Task::new("mail", n.to_string())
            .id(format!("a{n}"))
            .header("k", "v");
        place.client.enqueue(task).await.unwrap();
    }
    for n in 0..5 {
        place.reaches(&format!("a{n}"), Some(State::Archived)).await;
    }
    worker.stop().await.unwrap();
    for n in 0..3 {
        let task = Task::new("other", "").id(format!("p{n}"));
        place.client.enqueue(task).await.unwrap();
    }
    let inspector = Inspector::new(&place.client);
    (place, inspector)
}

async fn ids(inspector: &Inspector, selection: Selection) -> Vec<String> {
    let mut listing = inspector.list(selection).await.unwrap();
    let mut ids = Vec::new();
    while let Some(page) = listing.next().await.unwrap() {
        ids.extend(page.into_iter().map(|task| task.id));
    }
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_named_by_id_are_listed_and_ids_without_a_task_are_told() {
    let (_place, inspector) = filled().await;
    let selection = Selection::ids(["a1", "gone", "p2", "a3"]);
    let mut listing = inspector.list(selection).await.unwrap();
    let tasks = listing.next().await.unwrap().unwrap();
    let listed: Vec<&str> = tasks.iter().map(|task| &*task.id).collect();
    assert_eq!(listed, ["a1", "p2", "a3"]);
    assert!(listing.next().await.unwrap().is_none());
    let [missing] = listing.not_found() else {
        panic!("{:?}", listing.not_found());
    };
    assert!(missing.to_string().contains("gone"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_and_tasks_are_shown() {
    let (_place, inspector) = filled().await;
    let queues = inspector.queues().await.unwrap();
    assert_eq!(queues.len(), 1);
    assert_eq!(queues[0].queue.as_str(), "default");
    assert_eq!(
        (
            queues[0].counts[&State::Archived],
            queues[0].counts[&State::Pending]
        ),
        (5, 3)
    );
    let task = inspector.task("default", "a1").await.unwrap();
    assert_eq!(
        (&*task.kind, &*task.payload, task.state),
        ("mail", b"1".as_slice(), State::Archived)
    );
    assert_eq!(task.last_error.as_deref(), Some("skip retry for the task"));
    assert_eq!(
        (&*task.headers["k"], task.max_retry, task.retried),
        ("v", 25, 0)
    );
    assert_eq!(task.timeout, Some(Duration::from_secs(1800)));
    assert!(task.last_failed_at.is_some() && task.is_readable && !task.is_orphaned);
    let archived = Selection::queue("def*").state(State::Archived);
    assert_eq!(
        ids(&inspector, archived.clone()).await,
        ["a0", "a1", "a2", "a3", "a4"]
    );
    assert_eq!(
        ids(&inspector, Selection::all().kind("oth?r")).await,
        ["p0", "p1", "p2"]
    );
    assert_eq!(
        ids(&inspector, archived.clone().jq(".payload == 3")).await,
        ["a3"]
    );
    assert_eq!(
        ids(&inspector, archived.clone().error("retry").limit(2))
            .await
            .len(),
        2
    );
    let old = archived.older_than(Duration::from_secs(3600));
    assert_eq!(ids(&inspector, old).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_changed_step_by_step() {
    let (place, inspector) = filled().await;
    let archived = || {
        Selection::queue("default")
            .state(State::Archived)
            .kind("mail")
    };
    let mut options = ChangeOptions::default();
    options.dry_run = true;
    let plan = inspector
        .plan(Action::Retry, archived(), options)
        .await
        .unwrap();
    assert_eq!((plan.total(), plan.sample().len()), (5, 3));
    let outcome = plan.finish().await.unwrap();
    assert_eq!((outcome.changed, outcome.would_change), (0, 5));

    let options = ChangeOptions::default();
    let mut plan = inspector
        .plan(Action::Retry, archived(), options)
        .await
        .unwrap();
    let mut changed = 0;
    while let Some(step) = plan.step().await.unwrap() {
        changed += usize::try_from(step.changed).unwrap();
    }
    assert_eq!((changed, plan.outcome().changed), (5, 5));
    place.reaches("a0", Some(State::Pending)).await;

    let named = Selection::ids(["p0", "p1", "nowhere"]);
    let plan = inspector
        .plan(Action::Delete, named, options)
        .await
        .unwrap();
    let outcome = plan.finish().await.unwrap();
    assert_eq!(
        (outcome.matched, outcome.changed, outcome.failed),
        (3, 2, 1)
    );
    assert_eq!(outcome.failures[0].id.as_str(), "nowhere");
    assert!(place.find("default", "p0").await.is_none());
    // No ids are no tasks, not all of them.
    let none = Selection::ids([""; 0]).or_queue("default");
    let plan = inspector.plan(Action::Delete, none, options).await.unwrap();
    assert_eq!(plan.finish().await.unwrap().changed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn running_tasks_are_cancelled_and_the_end_can_be_waited_for() {
    async fn handle(task: Task, cx: Context) -> HandlerResult {
        if task.kind() == "slow" {
            cx.stop_requested().await;
            return Ok(Outcome::SkipRetry);
        }
        cx.write_result("42").await?;
        Ok(Outcome::Done)
    }
    let place = Place::new().await;
    let inspector = Inspector::new(&place.client);
    let worker = place.start(handle).await;
    place
        .client
        .enqueue(Task::new("slow", "").id("slow"))
        .await
        .unwrap();
    place.reaches("slow", Some(State::Active)).await;
    let plan = inspector.plan(
        Action::Cancel,
        Selection::ids(["slow"]),
        ChangeOptions::default(),
    );
    assert_eq!(plan.await.unwrap().finish().await.unwrap().requested, 1);
    let slow = inspector.wait("default", "slow", Some(SOON)).await.unwrap();
    assert_eq!(slow.state, State::Archived);
    let kept = Task::new("quick", "")
        .id("quick")
        .retention(Duration::from_secs(60));
    place.client.enqueue(kept).await.unwrap();
    let quick = inspector
        .wait("default", "quick", Some(SOON))
        .await
        .unwrap();
    assert_eq!(
        (quick.state, quick.result),
        (State::Completed, Some(b"42".to_vec()))
    );
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_paused_resumed_and_dropped() {
    let (_place, inspector) = filled().await;
    assert!(inspector.pause("default").await.unwrap());
    assert!(!inspector.pause("default").await.unwrap());
    assert!(inspector.queue("default").await.unwrap().paused);
    assert!(inspector.resume("default").await.unwrap());
    let refused = inspector.drop_queue("default", false).await;
    assert!(matches!(
        refused,
        Err(Error::Broker(BrokerError::QueueNotEmpty { .. }))
    ));
    assert_eq!(inspector.drop_queue("default", true).await.unwrap(), 8);
    assert_eq!(inspector.queues().await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused() {
    let (_place, inspector) = filled().await;
    let plan = async |action, selection| {
        let plan = inspector.plan(action, selection, ChangeOptions::default());
        plan.await.unwrap_err()
    };
    let inspected = |error: &Error| match error {
        Error::Inspector(error) => error.clone(),
        other => panic!("{other:?}"),
    };
    let queue = || Selection::queue("default");
    let error = plan(Action::Delete, queue()).await;
    assert!(matches!(inspected(&error), InspectorError::NoState(_)));
    let error = plan(Action::Delete, Selection::all().state(State::Pending)).await;
    assert!(matches!(inspected(&error), InspectorError::NoTarget(_)));
    let error = plan(Action::Retry, queue().state(State::Pending)).await;
    assert!(matches!(
        inspected(&error),
        InspectorError::StateRefused { .. }
    ));
    let error = plan(Action::Retry, Selection::queue("defualt")).await;
    assert!(matches!(
        inspected(&error),
        InspectorError::UnknownQueue { .. }
    ));
    assert!(matches!(
        plan(Action::Retry, Selection::queue(" ")).await,
        Error::Name(_)
    ));
    assert!(matches!(
        plan(Action::Retry, queue().jq("(")).await,
        Error::Setting(_)
    ));
    let gone = inspector.task("default", "nowhere").await.unwrap_err();
    assert!(matches!(
        gone,
        Error::Broker(BrokerError::TaskNotFound { .. })
    ));
    let gone = inspector
        .wait("default", "nowhere", Some(SOON))
        .await
        .unwrap_err();
    assert!(matches!(inspected(&gone), InspectorError::TaskGone { .. }));
}
