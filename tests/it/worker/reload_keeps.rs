//! What a changed configuration leaves alone, what it ends, and when: processes, limits, tasks.

use std::collections::BTreeSet;
use std::fs;

use qctl::task::State;
use rustix::process::{Pid, Signal, test_kill_process};

use super::reload::{Site, done};
use super::shop::{Shop, queue, task, typed};
use crate::harness::endpoint::{Endpoint, status};
use crate::harness::{SOON, eventually};

/// Notes its argument, its process and the id of each task, and waits at the pipe `gate` if the task is called that.
const PROGRAM: &str = "
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if message['message'] == 'hello':
        print(json.dumps({'message': 'ready', 'version': 1}), flush=True)
    elif message['message'] == 'task':
        if message['id'] == 'gate':
            open('gate').read()
        with open('said', 'a') as said:
            print(sys.argv[1], os.getpid(), message['id'], file=said)
        print(json.dumps({'message': 'done', 'attempt_id': message['attempt_id']}), flush=True)
";

fn pipes(t: &str, u: &str) -> String {
    format!(
        "[handlers.t]\npipe = ['python3', 'handler.py', '{t}']\n[handlers.u]\npipe = ['python3', 'handler.py', 'u']\n{u}\n"
    )
}

/// The argument and the process of the handler that had the task.
fn had(site: &Site, id: &str) -> (String, i32) {
    let said = site.read("said");
    let line = said
        .lines()
        .find(|line| line.ends_with(&format!(" {id}")))
        .unwrap();
    let mut words = line.split(' ');
    let word = words.next().unwrap().to_owned();
    (word, words.next().unwrap().parse().unwrap())
}

#[test]
fn only_the_processes_of_a_handler_whose_program_has_changed_are_replaced_once_they_are_idle() {
    let shop = Shop::open();
    let site = Site::with(&shop, &pipes("old", ""), &[("handler.py", PROGRAM)]);
    site.gate("gate");
    shop.enqueue(&typed("u", "u1"));
    shop.enqueue(&task("gate"));
    done(&shop, "u1");
    site.event("started", 2);
    site.write(&pipes("new", "timeout = '1h'\nconcurrency = 1"));
    let line = site.event("reloaded", 1);
    assert!(line.ends_with("t u changed"), "{line}");
    for id in ["t2", "u2"] {
        shop.enqueue(&typed(&id[..1], id));
        done(&shop, id);
    }
    assert_eq!(had(&site, "u1"), had(&site, "u2"));
    let (word, new) = had(&site, "t2");
    assert_eq!(word, "new");
    site.open_gate("gate");
    done(&shop, "gate");
    let (word, old) = had(&site, "gate");
    assert!(word == "old" && old != new);
    let lives = |pid| test_kill_process(Pid::from_raw(pid).unwrap()).is_ok();
    eventually(SOON, || (!lives(old)).then_some(()));
    assert!(lives(new));
    site.close(&shop);
}

#[test]
fn a_worker_that_stops_while_new_processes_start_leaves_none_of_them_behind() {
    let shop = Shop::open();
    let site = Site::open(&shop, "[handlers.t]\ndiscard = true\n");
    site.write("[handlers.t]\npipe = ['sh', '-c', 'echo >starting; exec cat >/dev/null']\n");
    eventually(SOON, || site.path("starting").exists().then_some(()));
    site.close(&shop);
}

#[test]
fn a_new_limit_counts_the_tasks_that_run_and_a_higher_one_lets_more_begin_at_once() {
    let shop = Shop::open();
    let with = |limit: &str| format!("[handlers.t]\nrun = 'cat gate-$QCTL_TASK_ID'\n{limit}\n");
    let site = Site::open(&shop, &with(""));
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        site.gate(&format!("gate-{id}"));
    }
    for id in &ids[..2] {
        shop.enqueue(&task(id));
    }
    site.event("started", 2);
    site.write(&with("concurrency = 2"));
    site.event("reloaded", 1);
    for id in &ids[2..] {
        shop.enqueue(&task(id));
        shop.reaches(id, State::Retry);
    }
    site.write(&with("concurrency = 3"));
    site.event("started", 3);
    assert_eq!(site.count("started"), 3);
    site.write(&with("concurrency = 1"));
    site.event("reloaded", 3);
    site.open_gate("gate-a");
    done(&shop, "a");
    site.open_gate("gate-b");
    done(&shop, "b");
    assert_eq!(site.count("started"), 3);
    site.open_gate("gate-c");
    site.event("started", 4);
    site.open_gate("gate-d");
    site.open_gate("gate-e");
    done(&shop, "e");
    site.close(&shop);
}

/// How many places of a scope are taken.
fn taken(shop: &Shop, scope: &str) -> u64 {
    let key = qctl::broker::keys::places(scope);
    shop.redis.query(&["ZCARD", &key])
}

#[test]
fn a_limit_of_two_workers_changes_at_once_and_places_of_the_old_scope_are_given_back() {
    let shop = Shop::open();
    let with = |scope: &str, most: u32| {
        format!(
            "[handlers.t]\nrun = 'cat gate-$QCTL_TASK_ID'\nlimit = {{ scope = '{scope}', concurrency = {most} }}\n"
        )
    };
    let sites = [(); 2].map(|()| Site::open(&shop, &with("old", 1)));
    let ids = ["a", "b", "c", "d"];
    for site in &sites {
        for id in ids {
            site.gate(&format!("gate-{id}"));
        }
    }
    for id in ids {
        shop.enqueue(&task(id));
    }
    let started = || {
        sites
            .iter()
            .map(|site| site.count("started"))
            .sum::<usize>()
    };
    eventually(SOON, || {
        (started() == 1 && taken(&shop, "old") == 1).then_some(())
    });
    let reload = |config: &str, n: usize| {
        for site in &sites {
            site.write(config);
        }
        for site in &sites {
            site.event("reloaded", n);
        }
    };
    reload(&with("old", 2), 1);
    eventually(SOON, || {
        (started() == 2 && taken(&shop, "old") == 2).then_some(())
    });
    reload(&with("new", 1), 2);
    // The new scope is free, though tasks still hold the old one.
    eventually(SOON, || {
        (started() == 3 && taken(&shop, "new") == 1).then_some(())
    });
    assert_eq!(taken(&shop, "old"), 2);
    let open = |id: &str| {
        let has = |site: &&Site| site.has_started(id);
        let site = eventually(SOON, || sites.iter().find(has));
        site.open_gate(&format!("gate-{id}"));
        done(&shop, id);
    };
    open("a");
    open("b");
    eventually(SOON, || (taken(&shop, "old") == 0).then_some(()));
    assert_eq!((started(), taken(&shop, "new")), (3, 1));
    open("c");
    open("d");
    eventually(SOON, || (taken(&shop, "new") == 0).then_some(()));
    for site in sites {
        site.close(&shop);
    }
}

#[test]
fn a_type_without_a_handler_is_treated_as_the_file_says_now() {
    let shop = Shop::open();
    let site = Site::open(&shop, "[handlers.'*']\ndiscard = true\n");
    site.write("[worker]\nunmatched = 'release'\n[handlers.u]\ndiscard = true\n");
    let line = site.event("reloaded", 1);
    assert!(
        line.ends_with("u added, worker.unmatched changed, * removed"),
        "{line}"
    );
    shop.enqueue(&task("lost"));
    let found = shop.reaches("lost", State::Retry);
    assert_eq!(found.message.unwrap().retried, 0);
    site.event("released", 1);
    site.close(&shop);
}

#[test]
fn what_only_a_restart_changes_is_named() {
    let shop = Shop::open();
    let config = |worker: &str| format!("[worker]\n{worker}\n[handlers.t]\ndiscard = true\n");
    let site = Site::open(&shop, &config("shutdown_timeout = '5s'"));
    site.write(&format!(
        "{}[redis]\nurl = 'redis://elsewhere:1'\n[log]\nlevel = 'error'\n",
        config("queues = { other = 1 }\nlisten = '127.0.0.1:9'")
    ));
    let line = site.event("reloaded", 1);
    let wanted = "WARN   reloaded   no handler or group has changed; needs a restart: redis, log, worker.queues, \
                  worker.shutdown_timeout, worker.listen";
    assert!(line.ends_with(wanted), "{line}");
    site.write(&config("shutdown_timeout = '5s'"));
    site.worker.signal(Signal::HUP);
    let line = site.event("reloaded", 2);
    assert!(
        line.ends_with("INFO   reloaded   no handler or group has changed"),
        "{line}"
    );
    site.close(&shop);
}

#[test]
fn a_failing_endpoint_stays_paused_until_its_handler_has_changed() {
    let shop = Shop::open();
    let (bad, good) = (
        Endpoint::start(|_| status(500)),
        Endpoint::start(|_| status(200)),
    );
    let with = |endpoint: &Endpoint, more: &str| {
        let url = endpoint.url();
        format!(
            "[handlers.t]\nhttp = '{url}'\nbreaker = {{ failures = 1, min = '1h', max_delay = '2h' }}\nretry = {{ backoff = 'constant', min = '100ms' }}\nsecret_file = 'secret'\n{more}"
        )
    };
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let site = Site::with(&shop, &with(&bad, ""), &[("secret", secret)]);
    shop.enqueue(&task("one"));
    site.event("paused", 1);
    site.write(&with(
        &bad,
        "timeout = '1h'\n[handlers.u]\ndiscard = true\n",
    ));
    site.event("reloaded", 1);
    shop.enqueue(&task("two"));
    shop.reaches("two", State::Retry);
    assert_eq!(bad.received().len(), 1);
    fs::write(site.path("secret"), secret.replace('M', "N")).unwrap();
    let line = site.event("reloaded", 2);
    assert!(line.ends_with("t changed"), "{line}");
    site.event("paused", 2);
    site.write(&with(&good, ""));
    done(&shop, "two");
    site.close(&shop);
}

#[test]
fn hooks_are_those_of_the_file_now() {
    let shop = Shop::open();
    let with = |hook: &str| format!("[handlers.t]\nrun = 'true'\n{hook}\n");
    let site = Site::open(&shop, &with(""));
    for (n, name) in ["first", "second"].into_iter().enumerate() {
        site.write(&with(&format!("on_success = 'echo >{name}'")));
        site.event("reloaded", n + 1);
        shop.enqueue(&task(name));
        eventually(SOON, || site.path(name).exists().then_some(()));
    }
    site.close(&shop);
}

#[test]
fn tasks_run_exactly_once_while_the_configuration_changes_twenty_times() {
    const TASKS: usize = 3_000;
    let shop = Shop::open();
    let version = |n: usize| {
        let limit = ["", "concurrency = 3", "limit = { concurrency = 4 }"][n % 3];
        format!(
            "[handlers.t]\npipe = ['python3', 'handler.py', '{}']\n{limit}\n[handlers.u]\nrun = 'echo {n} $QCTL_TASK_ID >>ran'\n",
            n / 3
        )
    };
    let site = Site::with(&shop, &version(0), &[("handler.py", PROGRAM)]);
    shop.enqueue_many(&queue("default"), "t", TASKS);
    for n in 1..=20 {
        shop.enqueue(&typed("u", &format!("u{n}")));
        site.write(&version(n));
        if n % 2 == 0 {
            site.worker.signal(Signal::HUP);
        }
        site.event("reloaded", n);
    }
    eventually(SOON, || {
        (shop.counters() == (TASKS as u64 + 20, 0)).then_some(())
    });
    let ids = |name: &str| -> Vec<String> {
        let text = site.read(name);
        let id = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
        text.lines().map(id).collect()
    };
    for (name, count) in [("said", TASKS), ("ran", 20)] {
        let all = ids(name);
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (count, count), "{name}");
    }
    assert_eq!(site.count("reload_refused"), 0);
    site.close(&shop);
}
