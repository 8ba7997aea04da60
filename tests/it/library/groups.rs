//! Groups are merged by a function of the program.

use std::time::Duration;

use qctl::{BoxError, Context, Error, Groups, Outcome, Task};

use super::{Place, told};

async fn joined(group: String, tasks: Vec<Task>) -> Result<Task, BoxError> {
    let payloads: Vec<&[u8]> = tasks.iter().map(Task::payload).collect();
    let task = Task::new("digest", payloads.join(&b','));
    Ok(task.queue("ignored").header("group", group))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tasks_of_a_group_are_handled_as_one() {
    let place = Place::new().await;
    for payload in ["a", "b", "c"] {
        let task = Task::new("note", payload)
            .id(payload)
            .group("user:1")
            .queue("mail");
        place.client.enqueue(task).await.unwrap();
    }
    let (tell, mut told) = told();
    let worker = place
        .worker()
        .queues([("mail", 1)])
        .groups(
            Groups::new(joined)
                .max_size(3)
                .max_delay(Duration::from_secs(600)),
        )
        .start(move |task: Task, cx: Context| {
            tell.send((task, cx.queue().to_owned())).ok();
            async { Ok(Outcome::Done) }
        });
    let worker = worker.await.unwrap();
    let (task, queue) = told.next().await;
    assert_eq!(
        (task.kind(), task.payload(), &*queue),
        ("digest", b"a,b,c".as_slice(), "mail")
    );
    assert_eq!(task.headers()["group"], "user:1");
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grace_period_below_a_second_is_refused() {
    let place = Place::new().await;
    let groups = Groups::new(joined).grace_period(Duration::from_millis(999));
    let worker = place.worker().groups(groups);
    let refused = worker.start(|_: Task, _: Context| async { Ok(Outcome::Done) });
    assert!(matches!(refused.await, Err(Error::Setting(_))));
}
