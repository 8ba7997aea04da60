//! `qctl pause` and `qctl resume`.

use qctl::task::State;

use super::{contents, put, qctl};
use crate::harness::redis::Redis;

#[test]
fn doing_it_twice_is_harmless() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "r", "a", State::Pending);
    qctl(&redis, "pause q").stdout("paused queue q\n").run();
    qctl(&redis, "pause q r")
        .stdout("queue q was already paused\npaused queue r\n")
        .run();
    qctl(&redis, "resume q -o json")
        .stdout(
            r#"
            [
              {
                "queue": "q",
                "action": "resume",
                "dry_run": false,
                "changed": true,
                "tasks": null,
                "states": null
              }
            ]
            "#,
        )
        .run();
    qctl(&redis, "resume q r -o csv")
        .stdout("queue,action,dry_run,changed,tasks,states\nq,resume,false,false,,\nr,resume,false,true,,\n")
        .run();
    qctl(&redis, "pause r q -o id").stdout("r\nq\n").run();
}

#[test]
fn a_paused_queue_shows_as_paused() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    qctl(&redis, "pause q").stdout("paused queue q\n").run();
    qctl(&redis, "ls")
        .stdout(
            "
            QUEUE  SIZE  ACT  PEND  SCHED  RETRY  ARCH  DONE  AGGR  LAT  PROC  FAIL  ERR  PAUSED
            q         1    0     0      1      0     0     0     0    -     0     0    -  yes
            ",
        )
        .run();
    let page = qctl(&redis, "inspect -q q").run_unchecked().expect_code(0);
    assert!(
        page.stdout_str().contains("\nPaused since:     20"),
        "{}",
        page.stdout_str()
    );
}

#[test]
fn a_name_that_is_no_queue_is_refused_before_anything_is_done() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let before = contents(&redis);
    for line in ["pause q nope", "resume q nope"] {
        qctl(&redis, line)
            .status(3)
            .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
            .run();
    }
    assert_eq!(contents(&redis), before);
    qctl(&redis, "pause nope --force")
        .stdout("paused queue nope\n")
        .run();
    let queues = qctl(&redis, "ls --json").run_unchecked().json();
    assert_eq!(
        (&queues[0]["queue"], &queues[0]["paused"]),
        (&"nope".into(), &true.into())
    );
    qctl(&redis, "resume nope --force")
        .stdout("resumed queue nope\n")
        .run();
    qctl(&redis, "drop nope -y").run_unchecked().expect_code(0);
    assert_eq!(contents(&redis), before);
}

#[test]
fn globs_name_several_queues_and_a_misspelt_name_gets_a_suggestion() {
    let redis = Redis::start();
    for queue in ["import:a", "import:b", "default"] {
        put(&redis, queue, "t", State::Pending);
    }
    qctl(&redis, "pause import:* import:b")
        .stdout("paused queue import:a\npaused queue import:b\n")
        .run();
    qctl(&redis, "resume * -o id")
        .stdout("default\nimport:a\nimport:b\n")
        .run();
    let details = qctl(&redis, "inspect -q import:* -q default -o ndjson")
        .run_unchecked()
        .ndjson();
    let names: Vec<_> = details.iter().map(|queue| &queue["queue"]).collect();
    assert_eq!(names, ["import:a", "import:b", "default"]);
    for line in [
        "pause defualt",
        "drop defualt -y",
        "inspect -q defualt",
        "stats defualt",
    ] {
        qctl(&redis, line)
            .status(3)
            .stderr(
                "
                error: queue \"defualt\" does not exist
                hint: did you mean \"default\"?
                ",
            )
            .run();
    }
}
