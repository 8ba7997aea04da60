//! The JSON documents have the keys that `docs/output.md` lists, in that order.

use std::collections::BTreeMap;
use std::path::Path;

use qctl::broker::{Presence, RunningTask};
use qctl::task::State;
use serde_json::Value;

use super::{put, put_one_of_each, qctl};
use crate::broker::connect;
use crate::harness::redis::Redis;
use crate::web::Page;

/// The keys of each section.
fn documented() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md");
    let text = std::fs::read_to_string(path).unwrap();
    let sections = text.split("\n## ").skip(1).map(|section| {
        let (title, rest) = section.split_once('\n').unwrap();
        let keys = rest.lines().filter_map(|line| {
            let (key, _) = line.strip_prefix("| `")?.split_once('`')?;
            Some(key.to_owned())
        });
        (title.to_owned(), keys.collect::<Vec<_>>())
    });
    sections.filter(|(_, keys)| !keys.is_empty()).collect()
}

struct Documents {
    redis: Redis,
    documented: BTreeMap<String, Vec<String>>,
}

impl Documents {
    /// What a command prints as JSON, whatever its exit code.
    #[track_caller]
    fn print(&self, line: &str) -> Value {
        qctl(&self.redis, line).arg("--json").run_unchecked().json()
    }

    /// Compares the keys of an object with those of a section, which may not be compared again.
    #[track_caller]
    fn compare(&mut self, section: &str, document: &Value) {
        let listed = self.documented.remove(section).unwrap_or_default();
        let printed: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(printed, listed.iter().collect::<Vec<_>>(), "{section}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_have_the_keys_that_are_documented() {
    let redis = Redis::start();
    announce(&redis).await;
    tokio::task::block_in_place(|| {
        let mut documents = Documents {
            redis,
            documented: documented(),
        };
        tasks(&mut documents);
        queues(&mut documents);
        schedules(&mut documents);
        workers(&mut documents);
        audit(&mut documents);
        errors(&mut documents);
        health(&mut documents);
        check(&mut documents);
        let version = documents.print("version");
        documents.compare("Version", &version);
        let left: Vec<&String> = documents.documented.keys().collect();
        assert_eq!(left, [""; 0], "sections that no command was compared with");
    });
}

/// A worker that runs a task.
async fn announce(redis: &Redis) {
    let now = qctl::clock::now();
    let presence = Presence {
        host: "host".to_owned(),
        pid: 1,
        server_id: "id".to_owned(),
        concurrency: 1,
        queues: BTreeMap::new(),
        strict: false,
        started_at: now,
    };
    let running = [RunningTask {
        id: "a".to_owned(),
        kind: "t".to_owned(),
        payload: Vec::new(),
        queue: "q".to_owned(),
        started_at: now,
        deadline: now,
    }];
    let broker = connect(&redis.url()).await.unwrap();
    let announced = broker.announce(&presence, "active", &running, now);
    announced.await.unwrap();
}

fn tasks(documents: &mut Documents) {
    let enqueued = documents.print("enqueue t --id a --queue q");
    documents.compare("Enqueued task", &enqueued);
    put(&documents.redis, "q", "b", State::Aggregating);
    put_one_of_each(&documents.redis, "r");
    let keys = documents.documented["Task"].clone();
    let listed = qctl(&documents.redis, "ls tasks -o ndjson").run_unchecked();
    for task in listed.ndjson() {
        let printed: Vec<&String> = task.as_object().unwrap().keys().collect();
        assert_eq!(
            printed,
            keys.iter().collect::<Vec<_>>(),
            "{}",
            task["state"]
        );
    }
    let task = documents.print("inspect a");
    documents.compare("Task", &task);
    let from = |line: &str| {
        let import = qctl(&documents.redis, line).stdin(r#"{"type":"t","id":"a","queue":"q"}"#);
        import.run_unchecked().json()
    };
    let line = from("enqueue --from - -o ndjson");
    let import = from("enqueue --from - --json");
    let restored = from("import --json");
    documents.compare("Imported line", &import["failures"][0]);
    assert_eq!(import["failures"][0], line);
    documents.compare("Import", &import);
    documents.compare("Restored tasks", &restored);
    let exported = qctl(&documents.redis, "export --queue r").run_unchecked();
    let own = keys.len();
    for mut task in exported.ndjson() {
        let task = task.as_object_mut().unwrap();
        assert!(task.keys().take(own).eq(&keys), "{task:?}");
        task.retain(|key, _| !keys.contains(key));
        let own = documents.documented["Exported task"].iter();
        assert!(task.keys().eq(own), "{task:?}");
    }
    documents.documented.remove("Exported task");
    let change = documents.print("retry none");
    documents.compare("Failed change", &change["failures"][0]);
    documents.compare("Change of tasks", &change);
    let dry_run = documents.print("delete a --dry-run");
    let keys = |change: &Value| {
        change
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&dry_run), keys(&change));
    assert_eq!(keys(&documents.print("cancel none")), keys(&change));
    let awaited = documents.print("wait none");
    documents.compare("Awaited", &awaited[0]);
    let trial = documents.print("try -t t --run true");
    documents.compare("Trial", &trial);
    let context = documents.print("context add a redis://b");
    documents.compare("Context", &context);
}

fn queues(documents: &mut Documents) {
    let stats = documents.print("stats --history 1");
    let queue_keys = documents.documented["Queue"].clone();
    documents.compare("Queue", &stats["queues"][0]);
    documents.compare("Redis server", &stats["redis"]);
    documents.compare("Day", &stats["history"][0]);
    documents.compare("Statistics", &stats);
    let mut details = documents.print("inspect --queue q");
    let group = documents.print("ls groups")[0].take();
    assert_eq!(details["group_sizes"][0], group);
    documents.compare("Group", &group);
    let details = details.as_object_mut().unwrap();
    details.retain(|key, _| !queue_keys.contains(key));
    documents.compare("Queue details", &Value::Object(details.clone()));
    let server = documents.print("ls servers")[0].take();
    documents.compare("Server", &server);
    let running = documents.print("ls workers")[0].take();
    documents.compare("Running task", &running);
    let paused = documents.print("pause q")[0].take();
    documents.compare("Change of a queue", &paused);
}

fn audit(documents: &mut Documents) {
    let change = documents.print("ls audit")[0].take();
    documents.compare("Audited change", &change);
}

fn health(documents: &mut Documents) {
    put(&documents.redis, "h", "a", State::Aside);
    let health = documents.print("doctor --quick");
    documents.compare("Finding", &health["findings"][0]);
    documents.compare("Health", &health);
    let page = Page::with_token(&documents.redis);
    let known = page.get("/api/doctor").bearer().send().expect(200);
    documents.compare("Look", &known.json());
    documents
        .redis
        .cmd(&["SADD", &super::keys("h").groups(), "gone"]);
    let repair = documents.print("doctor --quick --fix --yes")[0].take();
    documents.compare("Repair", &repair);
    let explanation = documents.print("doctor explain lost-task");
    documents.compare("Explanation", &explanation);
}

fn check(documents: &mut Documents) {
    let check = documents.print("check -q q --max-pending 0");
    documents.compare("Reason", &check["reasons"][0]);
    documents.compare("Figure", &check["figures"][0]);
    documents.compare("Check", &check);
}

fn errors(documents: &mut Documents) {
    let line = "inspect nowhere --error-format json";
    let output = qctl(&documents.redis, line).run_unchecked().expect_code(3);
    let error = serde_json::from_str(output.stderr_str()).unwrap();
    documents.compare("Error", &error);
}

fn schedules(documents: &mut Documents) {
    let added = documents.print("cron add nightly @daily t");
    documents.compare("Tick", &added["next"][0]);
    documents.compare("Stored schedule", &added);
    let schedule = documents.print("cron ls")[0].take();
    documents.compare("Schedule", &schedule);
    documents.print("cron run nightly");
    let past = documents.print("cron history nightly")[0].take();
    documents.compare("Past tick", &past);
    let paused = documents.print("cron pause nightly")[0].take();
    documents.compare("Change of a schedule", &paused);
    let file = "[[cron]]\nname = \"nightly\"\nspec = \"@hourly\"\ntype = \"t\"\n";
    let sync = qctl(&documents.redis, "cron sync cron.toml --json").file("cron.toml", file);
    let synced = sync.run_unchecked().json();
    documents.compare("Synced schedule", &synced["changes"][0]);
    documents.compare("Sync", &synced);
}

fn workers(documents: &mut Documents) {
    let groups = "[groups.g]\nrun = \"cat\"\ntype = \"t\"\n";
    let plan = qctl(
        &documents.redis,
        "work --check --handle t=cat --config w.toml --json",
    );
    let plan = plan.file("w.toml", groups).run_unchecked().json();
    documents.compare("Handler", &plan["handlers"][0]);
    documents.compare("Merged groups", &plan["groups"][0]);
    documents.compare("Worker plan", &plan);
    let burst = "work --burst --no-scheduler --discard t --log-format json";
    let log = qctl(&documents.redis, burst).run_unchecked();
    put(&documents.redis, "default", "failed", State::Pending);
    qctl(&documents.redis, "work --burst --handle t=echo;false").run_unchecked();
    documents.compare("Attempt", &documents.print("logs failed")[0]);
    let line = log.stderr_str().lines().next().unwrap().to_owned();
    documents.compare("Log line", &serde_json::from_str(&line).unwrap());
}
