//! One sampler reads for all viewers: what it costs Redis, what it finds, and what it does while Redis does not answer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Page, TOKEN};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, say};

/// Commands that one tick of the sampler may send.
const BUDGET: usize = 2_000;

fn overview(page: &Page) -> Value {
    page.get("/api/overview").bearer().send().expect(200).json()
}

/// The codes of the findings about a queue.
fn codes(overview: &Value, queue: &str) -> Vec<String> {
    let all = overview["trouble"].as_array().unwrap().iter();
    let of_queue = all.filter(|finding| finding["queue"] == queue);
    of_queue
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// Many queues, each with a pending task and, in every tenth, groups.
fn fill(redis: &Redis, queues: usize) {
    let mut pipe = redis::pipe();
    for n in 0..queues {
        let key = |name: &str| format!("asynq:{{q{n:04}}}:{name}");
        pipe.sadd("asynq:queues", format!("q{n:04}")).ignore();
        pipe.lpush(key("pending"), "id").ignore();
        if n % 10 == 0 {
            pipe.sadd(key("groups"), &["a", "b"]).ignore();
            pipe.zadd(key("g:a"), "id", 4_000_000_000_i64).ignore();
        }
    }
    pipe.query::<()>(&mut redis.connection().unwrap()).unwrap();
}

/// What a server is sent. A call of a script is one command, and so is one that the server did not know yet:
/// it is loaded and called again, once per server.
struct Monitor(BufReader<TcpStream>);

impl Monitor {
    fn start(redis: &Redis) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.write_all(b"MONITOR\r\n").unwrap();
        let mut lines = BufReader::new(stream);
        lines.read_line(&mut String::new()).unwrap();
        Self(lines)
    }

    /// How many commands and how many ticks there were before this mark, which the test itself sends.
    fn until(&mut self, redis: &Redis, mark: &str) -> (usize, usize) {
        redis.cmd(&["ECHO", mark]);
        let (mut commands, mut ticks) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if line.contains(mark) {
                return (commands, ticks);
            }
            let of_script = line.contains(" lua]");
            let of_test = line.contains("unix:");
            let unknown_script = line.contains(r#""SCRIPT" "LOAD""#);
            if unknown_script {
                commands -= 1;
            } else {
                commands += usize::from(!of_script && !of_test);
            }
            // Each tick begins with the names of all queues.
            ticks += usize::from(line.contains(r#""SSCAN" "asynq:queues" "0""#));
        }
    }
}

#[test]
fn many_viewers_of_a_thousand_queues_cost_what_one_costs() {
    let redis = Redis::start();
    fill(&redis, 1_000);
    let page = Page::with_token(&redis);
    let mut monitor = Monitor::start(&redis);
    // The time is the first key. The documents are long, so only one of them is read whole.
    let look = || page.read("/api/overview");
    let watch = || -> Vec<String> {
        thread::scope(|scope| {
            let viewers: Vec<_> = (0..20).map(|_| scope.spawn(look)).collect();
            viewers
                .into_iter()
                .map(|viewer| viewer.join().unwrap())
                .collect()
        })
    };
    let start = Instant::now();
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.extend(watch());
    }
    let (commands, ticks) = monitor.until(&redis, "all viewers have looked");
    let elapsed = start.elapsed();
    say(&format!(
        "1,000 queues, 20 viewers who look twice: {commands} commands in {ticks} ticks"
    ));
    assert!(
        (1_000..=BUDGET * ticks).contains(&commands),
        "{commands} in {ticks}"
    );
    assert!(
        ticks as u64 <= 1 + elapsed.as_secs() / 2,
        "{ticks} in {elapsed:?}"
    );
    let time = |body: &String| body.split(',').next().map(str::to_owned);
    let mut times: Vec<_> = seen.iter().map(time).collect();
    times.sort();
    times.dedup();
    assert!(times.len() <= ticks, "{times:?}");
    let first: Value = serde_json::from_str(&seen[0]).unwrap();
    let queues = first["queues"].as_array().unwrap();
    assert_eq!(queues.len(), 1_000);
    let known = queues.iter().filter(|queue| queue["pending"] == 1).count();
    // Groups and past days take a part of the first ticks.
    assert!(known >= 900, "{known}");
    let settled = |overview: &Value| {
        let queues = overview["queues"].as_array().unwrap();
        queues
            .iter()
            .all(|queue| queue["pending"] == 1 && queue["aggregating"].is_u64())
    };
    eventually(Duration::from_secs(20), || {
        settled(&overview(&page)).then_some(())
    });
}

#[test]
fn trouble_comes_and_goes() {
    let redis = Redis::start();
    let config = "[trouble.queues.nightly]\nunserved = false\n";
    let qctl = Qctl::new(&redis)
        .file("token", TOKEN)
        .file("qctl.toml", config);
    for queue in ["critical", "nightly"] {
        Qctl::new(&redis)
            .args(["enqueue", "t", "--queue", queue])
            .run_unchecked();
    }
    let page = Page::of(qctl, &["--auth-file", "token"]);
    let found = overview(&page);
    assert_eq!(codes(&found, "critical"), ["unserved"]);
    assert_eq!(codes(&found, "nightly"), [""; 0]);
    let finding = &found["trouble"][0];
    let sentence = finding["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("1 pending, the oldest for "),
        "{sentence}"
    );
    assert_eq!(finding["selection"], "queue:critical state:pending");
    assert_eq!(finding["action"], "work");
    let _worker = Qctl::new(&redis)
        .args(["work", "--queue", "critical", "--discard", "t"])
        .spawn();
    eventually(SOON, || {
        codes(&overview(&page), "critical").is_empty().then_some(())
    });
}

/// A queue with so many groups, whose tasks joined an hour ago.
fn fill_groups(redis: &Redis, queue: &str, groups: usize) {
    let joined = qctl::clock::now().timestamp() - 3600;
    let mut pipe = redis::pipe();
    pipe.sadd("asynq:queues", queue).ignore();
    for n in 0..groups {
        pipe.sadd(format!("asynq:{{{queue}}}:groups"), n).ignore();
        let group = format!("asynq:{{{queue}}}:g:{n}");
        pipe.zadd(group, "id", joined).ignore();
    }
    pipe.query::<()>(&mut redis.connection().unwrap()).unwrap();
}

/// Waits until a figure of a queue is known.
#[track_caller]
fn known(page: &Page, queue: &str, figure: &str) -> u64 {
    eventually(SOON, || {
        let mut overview = overview(page);
        let queues = overview["queues"].as_array_mut().unwrap();
        let found = queues.iter().find(|found| found["queue"] == queue)?;
        found[figure].as_u64()
    })
}

#[test]
fn a_queue_has_figures_however_many_groups_it_has() {
    let redis = Redis::start();
    let config = "[trouble]\ngroup_max_delay = \"10m\"\n";
    let qctl = Qctl::new(&redis)
        .file("token", TOKEN)
        .file("qctl.toml", config);
    for groups in [400, 1_000, 1_100] {
        fill_groups(&redis, &format!("g{groups}"), groups);
    }
    let page = Page::of(qctl, &["--auth-file", "token"]);
    for groups in [400, 1_000, 1_100] {
        assert_eq!(known(&page, &format!("g{groups}"), "groups"), groups);
    }
    assert_eq!(known(&page, "g400", "aggregating"), 400);
    let found = codes(&overview(&page), "g400");
    assert!(
        found.iter().any(|code| code == "group-too-old"),
        "{found:?}"
    );
}

#[test]
fn memory_is_measured_although_figures_need_all_that_a_tick_may_send() {
    let redis = Redis::start();
    for queue in ["a", "b", "c"] {
        fill_groups(&redis, queue, 900);
    }
    fill(&redis, 1);
    let page = Page::with_token(&redis);
    known(&page, "q0000", "memory_bytes");
}

#[test]
fn the_overview_survives_an_outage() {
    let mut redis = Redis::start();
    fill(&redis, 3);
    let page = Page::with_token(&redis);
    assert_eq!(overview(&page)["queues"].as_array().unwrap().len(), 3);
    redis.stop();
    let status = || page.get("/api/overview").bearer().send().status;
    eventually(SOON, || (status() == 503).then_some(()));
    assert_eq!(page.get("/metrics").bearer().send().status, 503);
    redis.start_again();
    eventually(SOON, || (status() == 200).then_some(()));
    assert_eq!(overview(&page)["queues"].as_array().unwrap().len(), 3);
}

#[test]
fn metrics_name_each_queue_whatever_its_name() {
    let redis = Redis::start();
    let hostile = "a\"} 1\nfake 2";
    redis.cmd(&["SADD", "asynq:queues", hostile, "plain"]);
    let page = Page::with_token(&redis);
    assert_eq!(page.get("/metrics").send().status, 401);
    let metrics = page.get("/metrics").bearer().send().expect(200);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(metrics.header("content-type"), kind);
    for line in [
        "# TYPE asynq_tasks_processed_total counter",
        "asynq_queue_size{queue=\"a\\\"} 1\\nfake 2\"} 0.0",
        "asynq_queue_size{queue=\"plain\"} 0.0",
        "qctl_trouble_findings{code=\"unserved\",severity=\"error\"} 0.0",
    ] {
        assert!(
            metrics.body.lines().any(|found| found == line),
            "{line}\n{}",
            metrics.body
        );
    }
    assert!(!metrics.body.lines().any(|line| line.starts_with("fake")));
}
