//! Every script, run by the conformance suite under the two conditions that a usual run does not
//! meet: on a server that has just forgotten all scripts, and on a cluster that refuses keys of other slots.

use std::collections::BTreeSet;
use std::path::Path;

use qctl::broker::{SCRIPT_OPTIONS, keys};

use super::conformance::run_all;
use super::rewriter::{Rewriter, Seen};
use super::{Lab, connect, id, task};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, say};

/// The files of which no script that was run consists.
fn unseen(seen: &Seen) -> Vec<String> {
    let seen = seen.lock().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua");
    let mut unseen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            if !seen.iter().any(|script| script.ends_with(&text)) {
                unseen.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    unseen
}

/// Before Redis 7.2, the refusal of a command in a script does not name it. The error then has all of the script, without the
/// words that look like commands: an administrator may paste them.
#[test]
fn words_in_capitals_are_commands_of_redis_or_known_as_options() {
    let redis = Redis::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua");
    let files = [folder.join("shared"), folder].map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = files
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let texts = paths
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).unwrap());
    let text: String = texts.collect();
    let capitals = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    let words: BTreeSet<&str> = text.split('\'').filter(capitals).collect();
    assert!(words.contains("ZADD"), "{words:?}");
    let is_command = |word: &&&str| {
        let found: Vec<redis::Value> = redis.query(&["COMMAND", "INFO", word]);
        found != [redis::Value::Nil]
    };
    let (commands, others): (Vec<&str>, Vec<&str>) = words.iter().partition(is_command);
    assert_eq!(others, SCRIPT_OPTIONS);
    assert!(commands.len() > 20, "{commands:?}");
}

/// What a worker runs for tasks, besides shared scripts.
const WORKER_SCRIPTS: [&str; 22] = [
    "claim",
    "claim_waiting",
    "settle_done",
    "settle_complete",
    "settle_retry",
    "settle_archive",
    "settle_requeue",
    "set_aside_active",
    "set_aside_grouped",
    "extend_leases",
    "forward",
    "expired",
    "unleased",
    "lease_orphans",
    "delete_expired",
    "trim_archive",
    "aggregate",
    "merge_set",
    "delete_set",
    "reclaim_set",
    "write_result",
    "write_presence",
];

/// A worker asks for these rights before it begins (`permitted.lua`).
#[test]
fn a_worker_asks_for_every_command_that_its_scripts_write_with() {
    let redis = Redis::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let shared = std::fs::read_dir(folder.join("shared")).unwrap();
    let shared = shared.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let own = WORKER_SCRIPTS.map(|script| text(&format!("{script}.lua")));
    let all: String = shared.chain(own).collect();
    let writes = |word: &&str| {
        if !word.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
        let info: Vec<redis::Value> = redis.query(&["COMMAND", "INFO", word]);
        format!("{info:?}").contains("\"write\"")
    };
    let written: BTreeSet<&str> = all.split('\'').filter(writes).collect();
    assert!(
        written.contains("ZREM") && written.len() > 10,
        "{written:?}"
    );
    let asked = text("permitted.lua");
    let asked: BTreeSet<&str> = asked.split('\'').collect();
    let missing: Vec<_> = written.difference(&asked).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The suite leaves nothing but a counter.
async fn run(lab: &Lab) {
    run_all(lab).await;
    lab.redis.cmd(&["DEL", keys::CRON_VERSION]);
    assert_eq!(lab.left(), [""; 0]);
}

/// What the doctor repairs, once for each of its scripts.
async fn repair_all(lab: &Lab, url: &str) {
    let tasks = [
        "lost", "gone", "state", "lease", "since", "unleased", "grouped",
    ];
    for text in tasks {
        lab.enqueue(&task(text)).await;
    }
    let (keys, of) = (&lab.keys, |text: &str| lab.keys.task(&id(text)));
    let set = keys.aggregation_set("g", "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    let lock = keys.unique("t", Some(b"payload"));
    let leftover = "asynq:{left}:paused";
    let (pending, active) = (keys.pending(), keys.active());
    let damages: [&[&str]; 17] = [
        &["LREM", &pending, "1", "lost"],
        &["DEL", &of("gone")],
        &["HSET", &of("state"), "state", "retry"],
        &["LMOVE", &pending, &active, "RIGHT", "LEFT"],
        &["LREM", &active, "1", "unleased"],
        &["LREM", &pending, "1", "unleased"],
        &["LPUSH", &active, "unleased"],
        &["HSET", &of("unleased"), "state", "active"],
        &["ZADD", &keys.lease(), "4000000000", "lease"],
        &["HDEL", &of("since"), "pending_since"],
        &["SET", &lock, "nobody"],
        &["SADD", &keys.groups(), "empty"],
        &["LREM", &pending, "1", "grouped"],
        &["HSET", &of("grouped"), "state", "aggregating", "group", "g"],
        &["ZADD", &set, "1700000000", "grouped"],
        &["SET", leftover, "1700000000"],
        &[
            "ZADD",
            "asynq:servers",
            "1700000000",
            "asynq:servers:{a:1:b}",
        ],
    ];
    for damage in damages {
        lab.redis.cmd(damage);
    }
    let history = "asynq:scheduler_history:6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    lab.redis.cmd(&["ZADD", history, "1700000000", "event"]);
    let fix = ["doctor", "--quick", "--fix", "--yes"];
    let qctl = Qctl::at(url).args(fix);
    // The rewriter runs on this thread.
    let fixed = tokio::task::spawn_blocking(|| qctl.run_unchecked());
    let fixed = fixed.await.unwrap();
    assert_eq!(fixed.code, Some(0), "{}", fixed.stderr_str());
    lab.redis.cmd(&["FLUSHALL"]);
}

/// The suite through a rewriter, looking at the data past it.
async fn run_all_through(redis: Redis, strict: bool) {
    let (url, seen) = Rewriter::start(&redis, strict);
    let lab = Lab::on(redis).await;
    let lab = Lab {
        broker: connect(&url).await.unwrap(),
        ..lab
    };
    repair_all(&lab, &url).await;
    run(&lab).await;
    assert_eq!(
        unseen(&seen),
        [""; 0],
        "a script that no operation here runs"
    );
}

/// The rewriter notes those alone that the server did not know, so each was forgotten and loaded again.
#[tokio::test]
async fn every_script_works_on_a_server_that_has_forgotten_it() {
    let redis = Redis::start();
    let lab = Lab::on(redis).await;
    run(&lab).await;
    lab.redis.cmd(&["SCRIPT", "FLUSH"]);
    // The client believes that the server knows them all.
    run(&lab).await;
    lab.redis.cmd(&["SCRIPT", "FLUSH"]);
    run_all_through(lab.redis, false).await;
}

#[tokio::test]
async fn every_script_keeps_to_the_slot_of_its_queue() {
    let redis = Redis::with().config("cluster-enabled yes").start();
    if redis
        .try_query::<()>(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
        .is_err()
    {
        say("skipped: this Redis server is too old to check the slots of scripts");
        return;
    }
    eventually(SOON, || {
        let info: String = redis.query(&["CLUSTER", "INFO"]);
        info.contains("cluster_state:ok").then_some(())
    });
    // That the check itself works: a key of another slot is refused.
    let stray = "#!lua\nreturn redis.call('GET', 'elsewhere')";
    let refused = redis
        .try_query::<()>(&["EVAL", stray, "1", "here"])
        .unwrap_err();
    assert!(refused.to_string().contains("slot"), "{refused}");
    run_all_through(redis, true).await;
}
