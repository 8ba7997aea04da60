//! Limits across workers: how many tasks of a scope run at the same time, and how many begin in a second.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use qctl::broker::keys as all_keys;
use qctl::clock;
use qctl::task::State;
use qctl::worker::{Ended, Limit, Rate, Route};
use rustix::process::Signal;
use tempfile::TempDir;

use super::crew::{AtWork, Crew, Gate, route, succeed};
use super::shop::{Shop, keys, queue, task, typed};
use super::stage::marked;
use crate::harness::leaks::assert_no_leaks;
use crate::harness::peer::build;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually, say};

pub(crate) fn limited(mut route: Route, concurrency: usize) -> Route {
    route.limit = Some(Limit {
        scope: "mail".to_owned(),
        concurrency: Some(concurrency),
        rate: None,
    });
    route
}

/// Who has a place, and until when.
pub(super) fn places(shop: &Shop) -> Vec<(String, i64)> {
    let key = all_keys::places("mail");
    shop.redis.query(&["ZRANGE", &key, "0", "-1", "WITHSCORES"])
}

pub(super) fn take_place(shop: &Shop, limit: usize) -> usize {
    let member = ["elsewhere".to_owned()];
    let taken = shop.ask(async |broker| {
        broker
            .take_places("mail", limit, &member, broker.now())
            .await
    });
    taken.unwrap()
}

fn free_place(shop: &Shop) {
    let member = ["elsewhere".to_owned()];
    shop.ask(async |broker| broker.free_places("mail", &member).await)
        .unwrap();
}

fn enqueue(shop: &Shop, kind: &str, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|n| format!("{kind}{n:03}")).collect();
    for name in &names {
        shop.enqueue(&typed(kind, name));
    }
    names
}

#[track_caller]
fn all_done(worker: &AtWork, names: &[String]) {
    for name in names {
        assert_eq!(worker.finished(name), Ended::Done);
    }
}

#[test]
fn tasks_that_wait_for_a_place_hold_neither_a_slot_nor_a_lease() {
    let shop = Shop::open();
    assert_eq!(take_place(&shop, 1), 1);
    let narrow = enqueue(&shop, "narrow", 20);
    let wide = enqueue(&shop, "wide", 50);
    let crew = shop.crew().slots(3).route(limited(succeed("narrow"), 1));
    let worker = crew.route(succeed("wide")).start();
    all_done(&worker, &wide);
    for name in &narrow {
        let waiting = shop.reaches(name, State::Retry).message.unwrap();
        assert_eq!((waiting.retried, waiting.last_error.as_str()), (0, ""));
    }
    assert_eq!(shop.list(&keys().active()), [""; 0]);
    assert_eq!(shop.redis.query::<u64>(&["ZCARD", &keys().lease()]), 0);
    assert_eq!(shop.counters(), (50, 0));
    free_place(&shop);
    all_done(&worker, &narrow);
    worker.stop();
    assert_eq!(places(&shop), []);
    assert_no_leaks(&shop.redis);
}

#[test]
fn places_are_renewed_while_tasks_run_and_free_when_they_end() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let names = enqueue(&shop, "t", 3);
    let worker = shop
        .crew()
        .slots(9)
        .route(limited(gate.route("t"), 2))
        .start();
    worker.started(&names[1]);
    shop.reaches(&names[2], State::Retry);
    let [(first, _), (second, _)] = &places(&shop)[..] else {
        panic!("{:?}", places(&shop));
    };
    let key = all_keys::places("mail");
    let soon = (clock::now().timestamp() + 2).to_string();
    for member in [first, second] {
        shop.redis.cmd(&["ZADD", &key, "XX", &soon, member]);
    }
    eventually(SOON, || {
        let lease = clock::now().timestamp() + 20;
        places(&shop)
            .iter()
            .all(|(_, end)| *end > lease)
            .then_some(())
    });
    gate.open();
    all_done(&worker, &names);
    eventually(SOON, || places(&shop).is_empty().then_some(()));
}

/// Redis has given a place although the answer was lost.
#[test]
fn a_place_whose_answer_was_lost_is_free_again() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let crew = Crew::at(&proxy.url()).route(limited(succeed("t"), 1));
    let worker = crew.start();
    for name in enqueue(&shop, "t", 5) {
        proxy.lose_next_reply_to("asynq:sema:mail");
        assert_eq!(worker.finished(&name), Ended::Done);
    }
    assert!(proxy.lost() > 0);
    worker.stop();
    assert_eq!(places(&shop), []);
}

/// Its places are free again when its lease is over; by then, it has ended what it runs.
#[test]
fn a_worker_that_is_cut_off_does_not_run_beside_the_one_that_takes_its_place() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let handler = || {
        let said = Arc::clone(&said);
        let route = route("t", move |attempt, mut stop| {
            let say = |what: &str| {
                let line = format!("{} {what}", attempt.message.id);
                said.lock().unwrap().push(line);
                said.lock().unwrap().len()
            };
            let first = say("begins") == 1;
            let said = Arc::clone(&said);
            async move {
                if first {
                    stop.requested().await;
                    said.lock().unwrap().push("it ends".to_owned());
                }
                Ok(Vec::new())
            }
        });
        limited(route, 1)
    };
    let names = enqueue(&shop, "t", 2);
    let cut_off = Crew::at(&proxy.url()).leases(2).route(handler()).start();
    cut_off.started(&names[0]);
    proxy.stall();
    let other = shop.crew().leases(2).route(handler()).start();
    assert_eq!(other.finished(&names[1]), Ended::Done);
    let told = said.lock().unwrap().clone();
    assert_eq!(told, ["t000 begins", "it ends", "t001 begins"]);
    proxy.heal();
    cut_off.stop();
    other.stop();
    assert_eq!(places(&shop), []);
    assert_no_leaks(&shop.redis);
}

#[test]
fn handlers_with_one_scope_share_its_places_and_none_starves() {
    let shop = Shop::open();
    let (one, other) = (enqueue(&shop, "one", 30), enqueue(&shop, "other", 30));
    let most = Arc::new(Mutex::new((0, 0)));
    let counting = |kind: &str| {
        let most = Arc::clone(&most);
        let work = route(kind, move |_, _| {
            let most = Arc::clone(&most);
            async move {
                {
                    let mut most = most.lock().unwrap();
                    most.0 += 1;
                    most.1 = most.1.max(most.0);
                }
                tokio::task::yield_now().await;
                most.lock().unwrap().0 -= 1;
                Ok(Vec::new())
            }
        });
        limited(work, 2)
    };
    let crew = shop.crew().slots(8).route(counting("one"));
    let worker = crew.route(counting("other")).start();
    all_done(&worker, &one);
    all_done(&worker, &other);
    worker.stop();
    let most = most.lock().unwrap().1;
    assert!((1..=2).contains(&most), "{most}");
    assert_eq!(places(&shop), []);
}

/// A worker of its own process, whose commands leave marks.
fn process(shop: &Shop, folder: &Path, kind: &str, sleep: &str) -> Running {
    let config = format!(
        "[handlers.{kind}]\n\
         run = 'echo +$QCTL_TASK_ID >> marks; sleep {sleep}; echo -$QCTL_TASK_ID >> marks'\n\
         limit = {{ scope = 'mail', concurrency = 3 }}\n"
    );
    let file = folder.join(format!("{kind}.toml"));
    std::fs::write(&file, config).unwrap();
    let worker = Qctl::new(&shop.redis)
        .args(["work", "-q", kind, "-c", "5", "--config"])
        .arg(&file)
        .env("MARK", folder.join(kind).to_str().unwrap())
        .cwd(folder)
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

/// How many tasks with this beginning have begun, and how many of them ran at the same time since this line.
fn marks(folder: &Path, kind: &str, since: usize) -> (usize, usize) {
    let text = std::fs::read_to_string(folder.join("marks")).unwrap_or_default();
    let (mut begun, mut now, mut most) = (0, 0_usize, 0);
    for (at, line) in text.lines().enumerate() {
        let (sign, name) = line.split_at(1);
        if !name.starts_with(kind) {
            continue;
        }
        if sign == "+" {
            begun += 1;
            now += 1;
        } else {
            now -= 1;
        }
        if at >= since {
            most = most.max(now);
        }
    }
    (begun, most)
}

#[test]
fn four_workers_never_exceed_a_limit_and_a_killed_one_leaves_its_place_for_a_lease() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-limits-").unwrap();
    let folder = folder.path();
    for (kind, count) in [("slow", 1), ("quick", 120)] {
        for n in 0..count {
            let task = typed(kind, &format!("{kind}{n}"));
            shop.enqueue(&task.with(|options| options.queue = queue(kind)));
        }
    }
    let mut slow = process(&shop, folder, "slow", "60");
    eventually(SOON, || (marks(folder, "slow", 0).0 == 1).then_some(()));
    let held = places(&shop);
    let quick: Vec<Running> = (0..3)
        .map(|_| process(&shop, folder, "quick", "0.05"))
        .collect();
    eventually(SOON, || (marks(folder, "quick", 0).0 > 20).then_some(()));
    slow.kill9();
    let killed_at = clock::now().timestamp();
    let mark = folder.join("slow");
    eventually(SOON, || marked("MARK", &mark).is_empty().then_some(()));
    let begun = marks(folder, "quick", 0).0;
    eventually(SOON, || {
        (marks(folder, "quick", 0).0 > begun + 20).then_some(())
    });
    assert_eq!(marks(folder, "quick", 0).1, 2, "beside the killed one");
    let [(member, _)] = &held[..] else {
        panic!("{held:?}");
    };
    let left = places(&shop);
    let (_, end) = left.iter().find(|(name, _)| name == member).unwrap();
    assert!((killed_at..=killed_at + 30).contains(end), "{end}");
    // As if the rest of the lease had gone by.
    let (key, past) = (all_keys::places("mail"), (killed_at - 2).to_string());
    shop.redis.cmd(&["ZADD", &key, "XX", &past, member]);
    eventually(SOON, || (marks(folder, "quick", 0).1 == 3).then_some(()));
    eventually(SOON, || {
        let keys: Vec<String> = shop.redis.query(&["KEYS", "asynq:{quick}:t:*"]);
        keys.is_empty().then_some(())
    });
    for worker in quick {
        worker.signal(Signal::TERM);
        worker.wait(SOON).expect_code(0);
    }
    assert_eq!(marks(folder, "quick", 0), (120, 3));
    assert_eq!(places(&shop), []);
}

/// A token is taken before a task begins, so the n-th cannot begin earlier than the n-th token is there.
#[test]
fn a_rate_holds_over_two_workers() {
    const TASKS: usize = 150;
    const RATE: u32 = 50;
    let shop = Shop::open();
    enqueue(&shop, "t", TASKS);
    let starts: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let crew = || {
        let starts = Arc::clone(&starts);
        let mut route = route("t", move |_, _| {
            starts.lock().unwrap().push(Instant::now());
            async { Ok(Vec::new()) }
        });
        route.limit = Some(Limit {
            scope: "mail".to_owned(),
            concurrency: None,
            rate: Some(Rate {
                count: RATE,
                per: Duration::from_secs(1),
            }),
        });
        shop.crew().slots(10).route(route)
    };
    let begun = Instant::now();
    let workers = [crew().start(), crew().start()];
    eventually(SOON, || {
        (starts.lock().unwrap().len() == TASKS).then_some(())
    });
    let mut starts = starts.lock().unwrap().clone();
    starts.sort();
    let token = Duration::from_secs(1) / RATE;
    for (n, start) in (1..).zip(&starts) {
        let earliest = token * (n - RATE.min(n));
        let since = start.duration_since(begun);
        // Redis has whole microseconds.
        assert!(
            since + Duration::from_millis(1) >= earliest,
            "{n}: {since:?}"
        );
    }
    let took = begun.elapsed();
    say(&format!(
        "{TASKS} tasks at {RATE}/s after a burst of {RATE}: {took:?}"
    ));
    let each = workers.map(|worker| worker.stop().len());
    assert!(each.iter().all(|events| *events > 20), "{each:?}");
    assert_no_leaks(&shop.redis);
}

/// A Go server whose handler takes a place of Asynq's x/rate; each line that it is sent lets a task end.
struct Holder {
    process: Child,
    stdin: ChildStdin,
    said: Receiver<String>,
}

impl Holder {
    /// `None` where Go is missing.
    fn start(shop: &Shop, limit: usize) -> Option<Self> {
        let mut process = Command::new(build("./sema", "asynq-sema")?)
            .args(["-addr", &format!("127.0.0.1:{}", shop.redis.port())])
            .args(["-scope", "mail", "-limit", &limit.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, said) = channel();
        thread::spawn(move || {
            stdout
                .lines()
                .try_for_each(|line| sender.send(line.unwrap()))
        });
        Some(Self {
            stdin: process.stdin.take().unwrap(),
            process,
            said,
        })
    }

    #[track_caller]
    fn says(&self, expected: &str) {
        assert_eq!(self.said.recv_timeout(SOON).as_deref(), Ok(expected));
    }

    fn end_one(&mut self) {
        writeln!(self.stdin).unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn go_programs_with_x_rate_share_the_places() {
    let shop = Shop::open();
    let Some(mut go) = Holder::start(&shop, 1) else {
        return;
    };
    let of_go = |name: &str| task(name).with(|options| options.queue = queue("go"));
    shop.enqueue(&of_go("theirs"));
    go.says("acquired");
    let gate = Gate::closed();
    shop.enqueue(&task("ours"));
    let worker = shop.crew().route(limited(gate.route("t"), 1)).start();
    shop.reaches("ours", State::Retry);
    go.end_one();
    go.says("released");
    worker.started("ours");
    shop.enqueue(&of_go("refused"));
    go.says("refused");
    gate.open();
    assert_eq!(worker.finished("ours"), Ended::Done);
    // It is tried again every second.
    eventually(SOON, || {
        (go.said.recv_timeout(SOON).as_deref() == Ok("acquired")).then_some(())
    });
    // A killed Go program has its place until the deadline of its task.
    go.process.kill().unwrap();
    let [(member, deadline)] = &places(&shop)[..] else {
        panic!("{:?}", places(&shop));
    };
    assert_eq!(member, "refused");
    assert!(*deadline > clock::now().timestamp() + 60);
    shop.enqueue(&task("later"));
    shop.reaches("later", State::Retry);
    let past = (clock::now().timestamp() - 2).to_string();
    let key = all_keys::places("mail");
    shop.redis.cmd(&["ZADD", &key, "XX", &past, member]);
    assert_eq!(worker.finished("later"), Ended::Done);
}
