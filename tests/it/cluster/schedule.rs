//! Schedules: they lie in one slot, what they enqueue into in others. All of a cluster shares them, so each
//! test has one for itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use qctl::broker::keys::QueueKeys;
use qctl::clock;
use qctl::schedule::changed_by::{ChangedBy, Stamp};
use qctl::schedule::event::ScheduleEvent;
use qctl::schedule::form::Form;
use qctl::schedule::scheduler::Scheduler;
use qctl::schedule::stored::{self, Replace, TickOutcome};
use qctl::task::transition::Move;
use qctl::worker::Ended;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Site;
use crate::broker::connect;
use crate::harness::cluster::Cluster;
use crate::harness::{SOON, eventually};
use crate::worker::crew::{Crew, succeed};

impl Site<Box<Cluster>> {
    async fn put(&self, name: &str, queue: &str, spec: &str) {
        let form = Form {
            name: Some(name.to_owned()),
            spec: spec.to_owned(),
            kind: "t".to_owned(),
            queue: Some(queue.to_owned()),
            catch_up: Some("all".to_owned()),
            ..Form::default()
        };
        let now = clock::now();
        let schedule = form.check(now).unwrap();
        let me = ChangedBy::User("me".to_owned());
        let stamp = Stamp { by: &me, now };
        let placed = stored::put(&self.broker, &schedule, None, Replace::Yes, stamp);
        placed.await.unwrap();
    }
}

impl Site<Box<Cluster>> {
    /// Sends the last tick of each schedule again after its task is gone, as a scheduler without an answer does.
    async fn expect_receipts_of(&self, names: &[String]) {
        for (name, queue) in names.iter().zip(&self.queues) {
            let stored = stored::one(&self.broker, name).await.unwrap();
            let tick = stored.progress.fired.unwrap();
            let tasks = [stored.schedule.unwrap().task(tick)];
            let (id, now) = (tasks[0].id.clone(), clock::now());
            let deleted = self
                .broker
                .apply(queue, Move::Delete, std::slice::from_ref(&id), now)
                .await;
            assert!(deleted.is_ok(), "{deleted:?}");
            let mut submission = self.broker.shared_submission(&tasks, now);
            self.broker.submit(&mut submission).await;
            assert!(submission.outcomes().all(Result::is_ok), "{submission:?}");
            let pending = self.pending(queue);
            assert!(!pending.contains(&id.to_string()), "{pending:?}");
        }
    }
}

/// Schedulers, and what they tell.
struct Schedulers {
    running: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
    told: Receiver<ScheduleEvent>,
}

impl Schedulers {
    async fn start(count: usize, url: &str) -> Self {
        let (sender, told) = channel();
        let mut running = Vec::new();
        for n in 0..count {
            let sender = sender.clone();
            let reporter = Arc::new(move |event: &ScheduleEvent| drop(sender.send(event.clone())));
            let broker = connect(url).await.unwrap();
            let scheduler = Scheduler::new(broker, &format!("here:{n}"), reporter);
            let (stop, stopped) = oneshot::channel::<()>();
            let run = scheduler.run(async move {
                stopped.await.ok();
            });
            running.push((stop, tokio::spawn(run)));
        }
        Self { running, told }
    }

    /// Waits until each of these has fired so often, and returns the ids of the tasks.
    fn until_fired(&self, names: &[String], times: usize) -> BTreeMap<String, Vec<String>> {
        let mut fired: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let enough = |fired: &BTreeMap<String, Vec<String>>| {
            let times_of = |name| fired.get(name).map_or(0, Vec::len);
            names.iter().all(|name| times_of(name) >= times)
        };
        while !enough(&fired) {
            match self.told.recv_timeout(SOON) {
                Ok(ScheduleEvent::Fired { name, task_id, .. }) => {
                    fired.entry(name).or_default().push(task_id);
                }
                Ok(_) => {}
                Err(error) => panic!("{error}: {fired:?}"),
            }
        }
        fired
    }

    async fn stop(self) {
        for (stop, running) in self.running {
            stop.send(()).ok();
            running.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_is_enqueued_once_into_a_queue_on_another_server() {
    let Some(site) = Site::private().await else {
        return;
    };
    let home = site.cluster.place("{cron}");
    let mut names = Vec::new();
    for (place, queue) in site.queues.iter().enumerate() {
        let name = format!("s{place}");
        site.put(&name, queue.as_str(), "@every 1s").await;
        names.push(name);
    }
    let schedulers = Schedulers::start(2, &site.cluster.url()).await;
    tokio::task::block_in_place(|| schedulers.until_fired(&names, 4));
    schedulers.stop().await;
    let mut elsewhere = 0;
    for (place, queue) in site.queues.iter().enumerate() {
        let history = stored::history(&site.broker, &names[place], 100);
        let history = history.await.unwrap();
        let ids = site.pending(queue);
        assert!(ids.len() >= 4);
        let mut noted: Vec<String> = history
            .iter()
            .map(|record| match &record.outcome {
                TickOutcome::Enqueued { .. } => {
                    let tick = record.tick.unwrap().format("%Y-%m-%dT%H:%M:%SZ");
                    format!("s{place}@{tick}")
                }
                other => panic!("{other:?}"),
            })
            .collect();
        noted.reverse();
        assert_eq!(noted, ids, "once each");
        let key = QueueKeys::new(queue).pending();
        elsewhere += usize::from(site.cluster.place(&key) != home);
    }
    assert_eq!(elsewhere, 2, "queues on other servers than the schedules");
    site.expect_receipts_of(&names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_keeps_schedules_on_a_cluster() {
    let Some(site) = Site::private().await else {
        return;
    };
    let run = |args: &[&str]| {
        let output = site.qctl(args).run_unchecked().expect_code(0);
        output.stdout_str().to_owned()
    };
    for queue in &site.queues {
        let name = format!("of-{queue}");
        run(&["cron", "add", &name, "@every 1s", "t", "-q", queue.as_str()]);
    }
    let names = run(&["cron", "ls", "-o", "id"]);
    assert_eq!(names.lines().count(), 3, "{names}");
    let worker = site
        .qctl(&["work", "-q", "idle", "--discard", "*", "-c", "1"])
        .spawn();
    for queue in &site.queues {
        let fired = format!("of-{queue}@");
        worker.wait_for_line(|line| line.contains(&fired), SOON);
    }
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(SOON).expect_code(0);
    let name = names.lines().next().unwrap();
    run(&["cron", "pause", name]);
    let id = run(&["cron", "run", name, "-o", "id"]);
    let history = run(&["cron", "history", name, "-o", "id"]);
    assert_eq!(history.lines().next(), Some(id.trim_end()));
    let names: Vec<&str> = names.lines().collect();
    run(&[&["cron", "rm", "--yes"], names.as_slice()].concat());
    assert_eq!(run(&["cron", "ls", "-o", "id"]), "");
}

/// Workers delete each task at once, so its id protects nothing: what is enqueued twice runs twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_away_makes_no_schedule_of_another_fire_twice() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    let mut names = Vec::new();
    for (place, queue) in site.queues.iter().enumerate() {
        let name = format!("s{place}");
        site.put(&name, queue.as_str(), "@every 1s").await;
        names.push(name);
    }
    let gone = Site::SPARE;
    let others: Vec<String> = (0..3)
        .filter(|place| *place != gone)
        .map(|place| names[place].clone())
        .collect();
    let url = site.cluster.url();
    let weights = site.queues.each_ref().map(|queue| (queue.as_str(), 1));
    let crew = Crew::at(&url).weights(&weights).slots(4);
    let worker = tokio::task::block_in_place(|| crew.route(succeed("t")).start());
    let schedulers = Schedulers::start(2, &url).await;
    let fired = |names: &[String], times: usize| {
        tokio::task::block_in_place(|| schedulers.until_fired(names, times))
    };
    fired(&names, 1);
    site.cluster.node_mut(gone).kill9();
    fired(&others, 4);
    site.cluster.node_mut(gone).start_again();
    tokio::task::block_in_place(|| site.cluster.is_well());
    fired(&names, 2);
    schedulers.stop().await;
    eventually(SOON, || {
        let waiting = site
            .queues
            .iter()
            .any(|queue| !site.pending(queue).is_empty());
        (!waiting).then_some(())
    });
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for event in worker.stop() {
        if let qctl::worker::Event::Finished { task, ended, .. } = event {
            assert_eq!(ended, Ended::Done);
            *times.entry(task.id.to_string()).or_default() += 1;
        }
    }
    assert!(times.len() > 8, "{times:?}");
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    for name in &names {
        // Without a gap, for what was missed is made up for.
        let history = stored::history(&site.broker, name, 100).await.unwrap();
        let mut ticks: Vec<_> = history.iter().map(|record| record.tick.unwrap()).collect();
        ticks.sort();
        let step = chrono::TimeDelta::seconds(1);
        let whole = ticks.windows(2).all(|pair| pair[1] - pair[0] == step);
        assert!(whole, "{name}: {ticks:?}");
    }
}
