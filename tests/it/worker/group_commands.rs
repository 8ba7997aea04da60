//! Commands that merge groups: what they get, and what becomes of the tasks when they fail or their worker does.

use std::fmt::Write as _;
use std::path::Path;

use qctl::task::{NewTask, QueueName, State};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::operation::get;
use super::shop::{Shop, keys, typed};
use super::stage::{ends, marked, noted};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

/// A Redis, and a folder in which a worker runs.
struct Workshop {
    shop: Shop,
    folder: TempDir,
}

impl Workshop {
    fn open() -> Self {
        Self {
            shop: Shop::open(),
            folder: TempDir::with_prefix("qctl-groups-").unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A worker that merges, and leaves the merged tasks where they are.
    fn work(&self, groups: &str) -> Running {
        self.work_at(&self.shop.redis.url(), groups)
    }

    fn work_at(&self, url: &str, groups: &str) -> Running {
        self.shop.redis.cmd(&["SET", &keys().paused(), "1"]);
        let file = self.path().join("qctl.toml");
        std::fs::write(&file, format!("{groups}\n[handlers.t]\nrun = 'true'\n")).unwrap();
        let worker = Qctl::at(url)
            .args(["work", "--log-format", "json", "--config"])
            .arg(&file)
            .env("MARK", self.path())
            .cwd(self.path())
            .spawn();
        worker.wait_for_line(|line| line.contains("\"ready\""), SOON);
        worker
    }

    fn join(&self, group: &str, id: &str, payload: impl Into<Vec<u8>>) {
        let task = NewTask {
            payload: Some(payload.into()),
            ..typed("note", id)
        };
        let task = task.with(|options| options.group = Some(group.to_owned()));
        self.shop.enqueue(&task);
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    fn sets(&self) -> usize {
        let queue = QueueName::default();
        let sets = self.shop.ask(async |broker| broker.open_sets(&queue).await);
        sets.unwrap().len()
    }

    /// As if the lifetime of all sets were over.
    fn end_sets(&self) {
        let sets = keys().aggregation_sets();
        for set in self
            .shop
            .redis
            .query::<Vec<String>>(&["ZRANGE", &sets, "0", "-1"])
        {
            self.shop.redis.cmd(&["ZADD", &sets, "XX", "1", &set]);
        }
    }

    /// The payloads of the merged tasks.
    fn merged(&self) -> Vec<String> {
        let ids: Vec<String> = self.shop.list(&keys().pending());
        let payload = |id: &String| {
            let message = self.shop.find(id).unwrap().message.unwrap();
            String::from_utf8(message.payload).unwrap()
        };
        ids.iter().map(payload).collect()
    }
}

/// The first line of the log with this event, as JSON.
fn logged(worker: &Running, event: &str, text: &str) -> Value {
    let wanted = format!("\"event\":\"{event}\"");
    let line = worker.wait_for_line(|line| line.contains(&wanted) && line.contains(text), SOON);
    serde_json::from_str(&line).unwrap()
}

fn stop(worker: Running) {
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

/// What a command has got, by the keys that matter here.
fn facts(line: &str) -> Value {
    let task: Value = serde_json::from_str(line).unwrap();
    let keys = [
        "id",
        "payload",
        "payload_encoding",
        "type",
        "queue",
        "group",
        "state",
    ];
    keys.map(|key| task[key].clone()).into_iter().collect()
}

#[test]
fn a_command_gets_the_tasks_in_order_and_its_group_in_the_environment() {
    let site = Workshop::open();
    let group = "digest:$(touch oops) 'ü";
    site.join(group, "b", "{\"n\":1}");
    site.join(group, "a", "two");
    site.join(group, "c", b"\xff\0");
    // The order of a group is that of the seconds in which its tasks joined.
    let joined = keys().group(group);
    for (score, id) in [("1", "b"), ("2", "a"), ("3", "c")] {
        site.shop.redis.cmd(&["ZADD", &joined, "XX", score, id]);
    }
    let worker = site.work(
        "
        [groups.'digest:*']
        run = 'cat > got; printf \"%s\" \"$QCTL_QUEUE|$QCTL_GROUP|$LANG\" > said'
        type = 'email:digest'
        max_size = 3
        env = { LANG = 'C.UTF-8' }
        ",
    );
    logged(&worker, "merged", "3 tasks of group");
    stop(worker);
    let got = site.read("got");
    let got: Vec<Value> = got.lines().map(facts).collect();
    let expected = [
        json!(["b", {"n": 1}, "json", "note", "default", group, "aggregating"]),
        json!(["a", "two", "text", "note", "default", group, "aggregating"]),
        json!([
            "c",
            "/wA=",
            "base64",
            "note",
            "default",
            group,
            "aggregating"
        ]),
    ];
    assert_eq!(got, expected);
    assert_eq!(site.read("said"), format!("default|{group}|C.UTF-8"));
    assert!(!site.path().join("oops").exists());
}

#[test]
fn the_merged_task_has_the_printed_payload_and_the_options_of_the_file() {
    let site = Workshop::open();
    for id in ["a", "b"] {
        site.join("g", id, id);
    }
    let worker = site.work(
        "
        [groups.g]
        exec = ['printf', 'all \\377']
        type = 'email:digest'
        max_size = 2
        options = { max_retry = 3, timeout = '1m', retention = '1h', headers = { from = 'digest' } }
        ",
    );
    let line = logged(&worker, "merged", "2 tasks of group");
    stop(worker);
    let found = site.shop.find(line["task_id"].as_str().unwrap()).unwrap();
    let message = found.message.unwrap();
    assert_eq!(found.state, State::Pending);
    assert_eq!(
        (&*message.kind, &*message.payload),
        ("email:digest", b"all \xff".as_slice())
    );
    assert_eq!(
        (message.max_retry, message.timeout, message.retention),
        (3, 60, 3600)
    );
    assert_eq!((&*message.headers["from"], &*message.group), ("digest", ""));
    for id in ["a", "b"] {
        assert!(site.shop.find(id).is_none(), "{id}");
    }
}

#[test]
fn a_command_that_fails_loses_nothing_and_says_why() {
    let site = Workshop::open();
    let table = [
        (
            "exit",
            "run = 'echo broken >&2; exit 3'",
            "exit status 3: broken",
        ),
        (
            "name\u{0}",
            "run = 'true'",
            "QCTL_GROUP contains a NUL byte",
        ),
    ];
    let mut groups = String::new();
    for (group, keys, _) in table {
        let pattern = group.trim_end_matches('\0');
        writeln!(
            groups,
            "[groups.'{pattern}*']\ntype = 'all'\nmax_size = 1\n{keys}\n"
        )
        .unwrap();
        site.join(group, group.trim_end_matches('\0'), "x");
    }
    let socket = site.path().join("worker.sock");
    writeln!(groups, "[worker]\nlisten = 'unix:{}'\n", socket.display()).unwrap();
    let worker = site.work(&groups);
    for (group, _, error) in table {
        let text = format!("cannot merge group {group:?}: {error}");
        let quoted = serde_json::to_string(&text).unwrap();
        let line = logged(&worker, "failed", quoted.trim_matches('"'));
        assert_eq!(
            (&line["level"], &line["queue"]),
            (&json!("error"), &json!("default"))
        );
    }
    let (_, figures) = get(&socket, "/metrics").unwrap();
    let failed = "qctl_worker_merges_total{outcome=\"failed\"} 2\n";
    assert!(figures.contains(failed), "{figures}");
    stop(worker);
    assert_eq!((site.sets(), site.merged().len()), (2, 0));
    for (group, ..) in table {
        let state = site.shop.state(group.trim_end_matches('\0'));
        assert_eq!(state, Some(State::Aggregating), "{group}");
    }
    // Once the sets are over, they are merged again.
    site.end_sets();
    let worker =
        site.work("[groups.'*']\ntype = 'all'\nrun = 'cat > /dev/null; echo done'\nmax_size = 1\n");
    eventually(SOON, || (site.merged().len() == 1).then_some(()));
    stop(worker);
}

/// To enqueue one task after many, whatever they say.
#[test]
fn a_command_need_neither_read_nor_print() {
    let site = Workshop::open();
    for n in 0..50 {
        site.join("cache", &n.to_string(), vec![b'x'; 100_000]);
    }
    let worker = site.work("[groups.cache]\ntype = 'refresh'\nexec = ['true']\nmax_size = 50\n");
    logged(&worker, "merged", "50 tasks of group");
    assert_eq!(site.merged(), [""]);
    stop(worker);
}

#[test]
fn a_worker_killed_in_the_middle_of_a_merge_leaves_all_to_the_next() {
    let site = Workshop::open();
    for id in ["a", "b"] {
        site.join("g", id, id);
    }
    let slow = "[groups.g]\ntype = 'all'\nrun = 'echo $$ > pid; cat; sleep 1000'\nmax_size = 2\n";
    let mut worker = site.work(slow);
    let command = noted(&site.path().join("pid"));
    worker.kill9();
    ends(command);
    eventually(SOON, || {
        marked("MARK", site.path()).is_empty().then_some(())
    });
    assert_eq!((site.sets(), site.merged().len()), (1, 0));
    site.end_sets();
    let worker = site.work("[groups.g]\ntype = 'all'\nrun = 'jq -j .payload'\nmax_size = 2\n");
    eventually(SOON, || (site.merged() == ["ab"]).then_some(()));
    stop(worker);
    assert_eq!(site.sets(), 0);
}

#[test]
fn a_merge_whose_answer_is_lost_is_stored_once() {
    let site = Workshop::open();
    let proxy = Proxy::new(&site.shop.redis);
    for id in ["a", "b"] {
        site.join("g", id, id);
    }
    proxy.lose_next_reply_to("the whole payload");
    let worker = site.work_at(
        &proxy.url(),
        "[groups.g]\ntype = 'all'\nrun = 'cat > /dev/null; printf \"the whole payload\"'\nmax_size = 2\n",
    );
    logged(&worker, "merged", "2 tasks of group");
    assert_eq!(proxy.lost(), 1);
    assert_eq!(site.merged(), ["the whole payload"]);
    stop(worker);
}

#[test]
fn a_merge_waits_for_a_redis_that_is_away() {
    let site = Workshop::open();
    let proxy = Proxy::new(&site.shop.redis);
    site.join("g", "a", "x");
    let worker = site.work_at(
        &proxy.url(),
        "[groups.g]\ntype = 'all'\nrun = 'cat; echo $$ > pid; while test ! -e go; do sleep 0.05; done'\nmax_size = 1\n",
    );
    noted(&site.path().join("pid"));
    proxy.cut();
    std::fs::write(site.path().join("go"), "").unwrap();
    worker.wait_for_line(|line| line.contains("\"event\":\"error\""), SOON);
    assert_eq!(site.merged().len(), 0);
    proxy.heal();
    logged(&worker, "merged", "1 tasks of group");
    assert_eq!((site.merged().len(), site.sets()), (1, 0));
    stop(worker);
}

/// The sum of the tasks is several times the limit.
#[test]
fn large_tasks_are_not_all_in_memory() {
    const EACH: usize = 2_000_000;
    let site = Workshop::open();
    for n in 0..30 {
        site.join("g", &n.to_string(), vec![b'x'; EACH]);
    }
    let worker =
        site.work("[groups.g]\ntype = 'all'\nrun = 'wc -c'\nmax_size = 30\ntimeout = '10m'\n");
    let before = worker.peak_memory();
    logged(&worker, "merged", "30 tasks of group");
    let merged: usize = site.merged()[0].trim().parse().unwrap();
    assert!(merged > 30 * EACH, "{merged}");
    let grown = worker.peak_memory() - before;
    assert!(grown < 30_000, "{grown} kB");
    stop(worker);
}

#[test]
fn the_example_merges_what_users_have_noted() {
    let site = Workshop::open();
    for (id, text) in [("1", "one"), ("2", "zwölf")] {
        site.join("digest:anna", id, json!({ "text": text }).to_string());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(
        root.join("examples/handlers/digest.py"),
        site.path().join("digest.py"),
    )
    .unwrap();
    let worker = site.work(
        "[groups.'digest:*']\nexec = ['python3', 'digest.py']\ntype = 'email:digest'\nmax_size = 2\n",
    );
    let merged = eventually(SOON, || site.merged().pop());
    let merged: Value = serde_json::from_str(&merged).unwrap();
    assert_eq!(merged, json!({"user": "anna", "lines": ["one", "zwölf"]}));
    stop(worker);
}
