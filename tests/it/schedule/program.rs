//! The program: `work` and `cron run-scheduler` fire, and follow the schedules of their file.

use chrono::TimeDelta;
use qctl::broker::keys;
use qctl::clock;
use qctl::schedule::changed_by::ChangedBy;
use qctl::schedule::stored;
use rustix::process::Signal;

use super::{Tower, form};
use crate::harness::clock::SHIFTS;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

fn work(tower: &Tower) -> Qctl {
    Qctl::new(&tower.shop.redis).args(["work", "-q", "idle", "--discard", "*", "-c", "1"])
}

/// The names of what is stored.
fn names(tower: &Tower) -> Vec<String> {
    let all = tower.shop.ask(async |broker| stored::all(broker).await);
    all.unwrap().into_iter().map(|stored| stored.name).collect()
}

/// The first line that says so; columns are apart by one space.
fn told(running: &Running, what: &str) -> String {
    let single = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    single(&running.wait_for_line(|line| single(line).contains(what), SOON))
}

#[test]
fn a_worker_fires_schedules_unless_it_is_told_not_to() {
    let tower = Tower::open();
    tower.put_form(&form("often", "@every 1s"), clock::now());
    let silent = work(&tower).arg("--no-scheduler").spawn();
    told(&silent, "ready");
    let burst = work(&tower).arg("--burst").run_unchecked().expect_code(0);
    assert!(!burst.stderr_str().contains("fired"));
    assert_eq!(tower.history("often"), []);
    let worker = work(&tower).spawn();
    let line = told(&worker, "fired");
    assert!(line.contains("often default t often@"), "{line}");
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
    assert!(!silent.lines().iter().any(|line| line.contains("fired")));
}

#[test]
fn a_scheduler_alone_fires_and_ends_when_it_is_told_to() {
    let tower = Tower::open();
    tower.put_form(&form("often", "@every 1s"), clock::now());
    let alone = Qctl::new(&tower.shop.redis)
        .args(["cron", "run-scheduler"])
        .spawn();
    told(&alone, "fired often default t often@");
    alone.signal(Signal::INT);
    alone.wait(SOON).expect_code(0);
    Qctl::new(&tower.shop.redis)
        .args(["--read-only", "cron", "run-scheduler"])
        .run_unchecked()
        .expect_code(4);
}

#[test]
fn a_scheduler_with_a_wrong_clock_fires_by_that_of_redis_and_says_so() {
    for shift in SHIFTS {
        let tower = Tower::open();
        tower.put_form(&form("often", "@every 1s"), clock::now());
        let wrong = Qctl::new(&tower.shop.redis)
            .args(["cron", "run-scheduler"])
            .clock_ahead(shift)
            .spawn();
        told(&wrong, "warning: the clock of this machine is");
        told(&wrong, "fired");
        let fired = eventually(SOON, || tower.history("often").pop());
        let late = clock::now() - fired.tick.unwrap();
        assert!(
            late.abs() < TimeDelta::seconds(10)
                && (clock::now() - fired.at).abs() < late + TimeDelta::seconds(5),
            "{shift}: {fired:?}"
        );
    }
}

const FILE: &str = r#"
[[cron]]
name = "one"
spec = "0 3 * * *"
type = "t"

[[cron]]
name = "two"
spec = "@every 1s"
type = "t"
payload = { n = 1 }
"#;

#[test]
fn a_worker_stores_the_schedules_of_its_file_and_follows_it() {
    let tower = Tower::open();
    tower.put_form(&form("other", "@daily"), clock::now());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qctl.toml");
    let write = |text: &str| {
        // As editors and deployments do it: a new file takes the old one's place.
        let new = folder.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, &path).unwrap();
    };
    write(FILE);
    let worker = work(&tower).arg("--config").arg(&path).spawn();
    told(&worker, "2 schedules, one added, two added");
    told(&worker, "fired two");
    assert_eq!(names(&tower), ["one", "other", "two"]);
    let changed_by = tower.stored("one").changed_by;
    let Some(ChangedBy::File { path: by, .. }) = changed_by else {
        panic!("{changed_by:?}");
    };
    assert_eq!(by, path.display().to_string());

    write(&FILE.replace("@every 1s", "@every soon"));
    let line = told(&worker, "cannot be used, nothing has changed: ");
    assert!(line.contains("schedule \"two\": "), "{line}");
    assert_eq!(
        tower.stored("two").schedule.unwrap().spec.as_str(),
        "@every 1s"
    );
    write("[[cron]]\nspce = 1\n");
    told(&worker, "did you mean \"spec\"");

    write(&FILE.replace("one", "three").replace("@every 1s", "@hourly"));
    told(
        &worker,
        "2 schedules, three added, two replaced, one removed",
    );
    assert_eq!(names(&tower), ["other", "three", "two"]);
    assert_eq!(
        tower.stored("two").schedule.unwrap().spec.as_str(),
        "@hourly"
    );
    write("");
    told(&worker, "no longer has schedules");
    std::fs::remove_file(&path).unwrap();
    told(&worker, "cannot read");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
    told(&worker, "is not a file");
    assert_eq!(names(&tower), ["other", "three", "two"]);
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

#[test]
fn the_first_schedule_of_a_file_is_found_while_a_worker_runs() {
    let tower = Tower::open();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qctl.toml");
    std::fs::write(&path, "[worker]\nconcurrency = 1\n").unwrap();
    let worker = work(&tower).arg("--config").arg(&path).spawn();
    told(&worker, "ready");
    // A schedule that Redis refuses holds up no other.
    tower
        .shop
        .redis
        .cmd(&["SET", &keys::cron_schedule("one"), "a text"]);
    std::fs::write(&path, FILE).unwrap();
    told(&worker, "fired two");
    told(&worker, "refused one");
    tower.shop.redis.cmd(&["FLUSHALL"]);
    told(&worker, "2 schedules, one added, two added");
}

#[test]
fn the_schedules_of_a_file_are_stored_again_when_redis_has_lost_its_data() {
    let mut tower = Tower::open();
    let worker = work(&tower).file("qctl.toml", FILE).spawn();
    told(&worker, "fired two");
    tower.shop.redis.kill9();
    tower.shop.redis.start_again();
    eventually(SOON, || {
        let all = tower.shop.ask(async |broker| stored::all(broker).await);
        all.is_ok_and(|all| all.len() == 2).then_some(())
    });
}

#[test]
fn a_file_for_asynqs_periodic_tasks_is_understood() {
    let tower = Tower::open();
    let yaml =
        "configs:\n  - cronspec: \"@every 1s\"\n    task_type: email:digest\n    payload: hello\n";
    let worker = work(&tower).file("periodic.yaml", yaml);
    let worker = worker.args(["--config", "periodic.yaml"]).spawn();
    let line = told(&worker, "fired");
    assert!(line.contains("email:digest email:digest-"), "{line}");
}

#[test]
fn a_broken_schedule_is_found_before_the_worker_starts() {
    let tower = Tower::open();
    let broken = "[[cron]]\nname = \"x\"\nspec = \"* * *\"\ntype = \"t\"\n";
    for args in [&["--check"][..], &[]] {
        let output = work(&tower)
            .file("qctl.toml", broken)
            .args(args)
            .run_unchecked()
            .expect_code(2);
        let said = output.stderr_str();
        assert!(
            said.starts_with("error: qctl.toml:3: schedule \"x\": "),
            "{said}"
        );
        assert!(said.contains("\nhint: "), "{said}");
    }
}
