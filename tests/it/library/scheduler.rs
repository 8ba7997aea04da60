//! Periodic tasks: stored, fired, and kept what a provider lists.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use qctl::schedule::stored::{self, Stored};
use qctl::{
    BoxError, Client, Context, Error, FileProvider, Outcome, PeriodicTask, PeriodicTaskProvider,
    Scheduler, Task,
};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::block_in_place;

use super::{Place, told};
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker::shop::connect;

const OFTEN: Duration = Duration::from_millis(20);

async fn stored_at(url: &str) -> Vec<Stored> {
    stored::all(&connect(url).await).await.unwrap()
}

/// Waits until exactly these schedules are stored, each with the queue of its tasks.
fn expect(redis: &Redis, expected: &[(&str, &str)]) {
    let (url, runtime) = (redis.url(), Handle::current());
    block_in_place(|| {
        eventually(SOON, || {
            let stored = runtime.block_on(stored_at(&url));
            let shown = |stored: &Stored| {
                let queue = stored.schedule.as_ref().unwrap().task_now().options.queue;
                (stored.name.clone(), queue.to_string())
            };
            let stored: Vec<_> = stored.iter().map(shown).collect();
            let same = |((name, queue), (a, b)): (&(String, String), &(&str, &str))| {
                name == a && queue == b
            };
            let all = stored.len() == expected.len() && stored.iter().zip(expected).all(same);
            all.then_some(())
        });
    });
}

fn daily(name: &str, queue: &str) -> PeriodicTask {
    PeriodicTask::new("@daily", Task::new("t", name).queue(queue)).name(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_task_is_enqueued_at_every_tick() {
    let place = Place::new().await;
    let scheduler = Scheduler::new(&place.client);
    let task = PeriodicTask::new("@every 1s", Task::new("tick", "p").header("k", "v"));
    let name = scheduler.register(task.clone()).await.unwrap();
    assert_eq!(scheduler.register(task).await.unwrap(), name);
    let (tell, mut told) = told();
    let worker = place.start(move |task: Task, cx: Context| {
        tell.send((cx.task_id().to_owned(), task)).ok();
        async { Ok(Outcome::Done) }
    });
    let worker = worker.await;
    // Two of them: each tick counts once.
    let other = Scheduler::new(&place.client).start().await.unwrap();
    let running = scheduler.start().await.unwrap();
    let (first, task) = told.next().await;
    assert_eq!(
        (task.payload(), &*task.headers()["k"]),
        (b"p".as_slice(), "v")
    );
    let (second, _) = told.next().await;
    assert_ne!(first, second);
    running.stop().await.unwrap();
    other.stop().await.unwrap();
    worker.stop().await.unwrap();
    let scheduler = Scheduler::new(&place.client);
    assert!(scheduler.unregister(&name).await.unwrap());
    assert!(!scheduler.unregister(&name).await.unwrap());
}

/// A provider, and how often it was asked.
struct Counted<P> {
    provider: P,
    calls: watch::Sender<usize>,
}

fn counted<P>(provider: P) -> (Counted<P>, watch::Receiver<usize>) {
    let (calls, count) = watch::channel(0);
    (Counted { provider, calls }, count)
}

impl<P: PeriodicTaskProvider> PeriodicTaskProvider for Counted<P> {
    async fn periodic_tasks(&self) -> Result<Vec<PeriodicTask>, BoxError> {
        self.calls.send_modify(|count| *count += 1);
        self.provider.periodic_tasks().await
    }
}

/// Waits until what the provider lists now has been taken: it is asked again only after that.
async fn synced(calls: &mut watch::Receiver<usize>) {
    let now = *calls.borrow();
    let wait = calls.wait_for(|count| *count >= now + 2);
    tokio::time::timeout(SOON, wait).await.unwrap().unwrap();
}

/// What it lists can be changed.
#[derive(Clone, Default)]
struct Lists(Arc<Mutex<Option<Vec<PeriodicTask>>>>);

impl Lists {
    fn set(&self, tasks: impl Into<Option<Vec<PeriodicTask>>>) {
        *self.0.lock().unwrap() = tasks.into();
    }
}

impl PeriodicTaskProvider for Lists {
    async fn periodic_tasks(&self) -> Result<Vec<PeriodicTask>, BoxError> {
        let listed = self.0.lock().unwrap().clone();
        listed.ok_or_else(|| "the list cannot be had".into())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_lists_is_stored_and_nothing_else_is_touched() {
    let place = Place::new().await;
    let scheduler = Scheduler::new(&place.client);
    scheduler.register(daily("mine", "q")).await.unwrap();
    let lists = Lists::default();
    // The same twice, as Asynq's provider may.
    lists.set(vec![daily("a", "q"), daily("a", "q"), daily("b", "q")]);
    let (provider, mut calls) = counted(lists.clone());
    let scheduler = scheduler.provider("app", provider).sync_interval(OFTEN);
    let running = scheduler.start().await.unwrap();
    expect(
        &place.redis,
        &[("app/a", "q"), ("app/b", "q"), ("mine", "q")],
    );
    lists.set(vec![daily("b", "other"), daily("c", "q")]);
    let after = [("app/b", "other"), ("app/c", "q"), ("mine", "q")];
    expect(&place.redis, &after);
    // An error changes nothing, and neither does a list with a mistake in it.
    lists.set(None);
    synced(&mut calls).await;
    expect(&place.redis, &after);
    let wrong = PeriodicTask::new("61 * * * *", Task::new("t", "")).name("wrong");
    lists.set(vec![daily("d", "q"), wrong]);
    synced(&mut calls).await;
    expect(&place.redis, &after);
    lists.set(vec![]);
    expect(&place.redis, &[("mine", "q")]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_come_back_when_redis_has_lost_them() {
    let place = Place::new().await;
    let lists = Lists::default();
    lists.set(vec![daily("a", "q")]);
    let scheduler = Scheduler::new(&place.client).provider("app", lists);
    let running = scheduler.start().await.unwrap();
    // It must have seen them to miss them.
    block_in_place(|| {
        eventually(SOON, || {
            let announced = ["ZCARD", "asynq:schedulers"];
            (place.redis.query::<u64>(&announced) > 0).then_some(())
        });
    });
    place.redis.cmd(&["FLUSHALL"]);
    expect(&place.redis, &[("app/a", "q")]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_asynq_is_a_provider() {
    let place = Place::new().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |text: &str| std::fs::write(file.path(), text).unwrap();
    write(
        "other: 1\nconfigs:\n  - cronspec: \"@daily\"\n    task_type: t\n    queue: low\n    name: a\n",
    );
    let scheduler = Scheduler::new(&place.client).sync_interval(OFTEN);
    let (provider, mut calls) = counted(FileProvider::new(file.path()));
    let scheduler = scheduler.provider("file", provider);
    let running = scheduler.start().await.unwrap();
    expect(&place.redis, &[("file/a", "low")]);
    for broken in [
        "",
        "configs:\n  - cronspec: [\n",
        "configs:\n  - cronspec: x\n    task_type: t\n",
    ] {
        write(broken);
        synced(&mut calls).await;
        expect(&place.redis, &[("file/a", "low")]);
    }
    write("configs: [{cronspec: \"@hourly\", task_type: t, name: b}]");
    expect(&place.redis, &[("file/b", "default")]);
    running.stop().await.unwrap();
}

async fn refused(client: &Client, name: &str, provider: impl PeriodicTaskProvider) -> Error {
    let scheduler = Scheduler::new(client).provider(name, provider);
    scheduler.start().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_does_not_start_with_what_it_cannot_sync() {
    let place = Place::new().await;
    let client = &place.client;
    assert!(matches!(
        refused(client, "app", Lists::default()).await,
        Error::Provider(_)
    ));
    let missing = refused(client, "app", FileProvider::new("/nowhere.yaml")).await;
    let source = std::error::Error::source(&missing).unwrap();
    assert!(source.to_string().contains("/nowhere.yaml"), "{source}");
    let list = |tasks: Vec<PeriodicTask>| {
        let lists = Lists::default();
        lists.set(tasks);
        lists
    };
    let panics = || async { panic!("oh no") };
    let panicked = refused(client, "app", panics).await;
    assert!(matches!(panicked, Error::Provider(_)));
    let wrong = list(vec![PeriodicTask::new("x", Task::new("t", ""))]);
    assert!(matches!(
        refused(client, "app", wrong).await,
        Error::Schedule { .. }
    ));
    let twice = list(vec![daily("a", "q"), daily("a", "other")]);
    let twice = refused(client, "app", twice).await.to_string();
    assert!(twice.contains("twice"), "{twice}");
    for name in ["", "a/b"] {
        assert!(matches!(
            refused(client, name, list(vec![])).await,
            Error::Setting(_)
        ));
    }
    assert_eq!(stored_at(&place.redis.url()).await.len(), 0);
}
