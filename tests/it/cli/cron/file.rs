//! `qctl cron export` and `sync`.

use qctl::broker::keys;
use rustix::process::Signal;
use serde_json::json;

use super::{add, contents, document, qctl, set};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

const FILE: &str = r#"
[[cron]]
name = "nightly"
spec = "0 3 * * *"
tz = "Europe/Paris"
type = "report:build"

[[cron]]
name = "poll"
spec = "@every 30s"
type = "feed:poll"
payload = { feed = 7 }
queue = "low"
"#;

fn sync(redis: &Redis, file: &str, options: &str) -> Qctl {
    Qctl::new(redis)
        .file("schedules.toml", file)
        .args(["cron", "sync", "schedules.toml"])
        .args(options.split_whitespace())
}

#[test]
fn a_file_is_compared_and_stored() {
    let redis = Redis::start();
    add(&redis, "other", "@daily", "");
    let before = contents(&redis);
    let added = |done: &str| {
        format!(
            "CHANGE  NAME     KEY  BEFORE  AFTER\n\
             add     nightly  -    -       at 03:00 every day\n\
             add     poll     -    -       every 30s\n\n{done}\n"
        )
    };
    let kept = "kept 1 schedule that the file does not have; to remove them, add --prune\n";
    sync(&redis, FILE, "--dry-run")
        .stdout(&added("would add 2"))
        .stderr(kept)
        .run();
    assert_eq!(contents(&redis), before);
    sync(&redis, FILE, "")
        .stdout(&added("added 2"))
        .stderr(kept)
        .run();
    sync(&redis, FILE, "-q").status(2).run_unchecked();
    sync(&redis, FILE, "--quiet")
        .stdout("nothing to do: 2 schedules unchanged\n")
        .run();
    assert_eq!(document(&redis, "poll")["payload"], json!({"feed": 7}));
    let changed = FILE
        .replace("low", "high")
        .replace("0 3 * * *", "30 3 * * *");
    let changed = changed.replace("type = \"feed", "paused = true\ntype = \"feed");
    sync(&redis, &changed, "--quiet")
        .stdout(
            "
            CHANGE   NAME     KEY     BEFORE     AFTER
            replace  nightly  spec    0 3 * * *  30 3 * * *
            replace  poll     paused  false      true
                              queue   low        high

            replaced 2
            ",
        )
        .run();
    assert_eq!(document(&redis, "poll")["state"], "paused");
}

#[test]
fn pruning_is_confirmed_and_shown_the_same_before_and_after() {
    let redis = Redis::start();
    sync(&redis, FILE, "--quiet -o id")
        .stdout("nightly\npoll\n")
        .run();
    let one = &FILE[..FILE.rfind("[[cron]]").unwrap()];
    let before = contents(&redis);
    sync(&redis, one, "--prune")
        .status(2)
        .stderr(
            "
            error: remove schedule \"poll\" that the file does not have: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    let document = |dry_run: bool| {
        json!({
            "file": "schedules.toml", "dry_run": dry_run,
            "added": 0, "replaced": 0, "removed": 1, "unchanged": 1,
            "changes": [{"name": "poll", "action": "remove", "when": null, "keys": []}],
            "failures": [],
        })
    };
    let would = sync(&redis, one, "--prune --dry-run --json")
        .run_unchecked()
        .json();
    assert_eq!(would, document(true));
    assert_eq!(contents(&redis), before);
    let did = sync(&redis, one, "--prune --yes --json")
        .run_unchecked()
        .json();
    assert_eq!(did, document(false));
    qctl(&redis, "cron ls -o id").stdout("nightly\n").run();
}

#[test]
fn a_file_without_schedules_removes_all_only_if_it_is_told_to() {
    let redis = Redis::start();
    sync(&redis, FILE, "--quiet -o id")
        .stdout("nightly\npoll\n")
        .run();
    let before = contents(&redis);
    for empty in ["", "[worker]\nstrict = true\n", "[[corn]]\n"] {
        let refused = sync(&redis, empty, "--prune --yes").run_unchecked();
        refused.expect_code(2);
    }
    sync(&redis, "", "--prune --yes")
        .status(2)
        .stderr(
            "
            error: \"schedules.toml\" has no schedules, so --prune would remove 2 schedules (nightly, poll)
            hint: to remove them all, add --allow-empty
            ",
        )
        .run();
    assert_eq!(contents(&redis), before);
    sync(&redis, "", "--prune --yes --allow-empty -o id")
        .stdout("nightly\npoll\n")
        .run();
    sync(&redis, "", "--prune --yes")
        .stdout("nothing to do: the file has no schedules\n")
        .run();
}

#[test]
fn what_is_odd_about_a_schedule_is_said() {
    let redis = Redis::start();
    let file = FILE
        .replace("0 3 * * *", "0 0 30 2 *")
        .replace("@every 30s", "0 3 * * * *");
    let never = "warning: schedule \"nightly\" never fires: no time in the next five years matches its spec\n";
    let six = "schedule \"poll\": the spec has six fields, so the first is the second\n";
    for options in ["--dry-run", ""] {
        let said = sync(&redis, &file, options).run_unchecked().expect_code(0);
        assert_eq!(said.stderr_str(), format!("{never}{six}"));
    }
    let again = sync(&redis, &file, "").run_unchecked().expect_code(0);
    assert_eq!(again.stderr_str(), never);
    let check =
        Qctl::new(&redis)
            .file("qctl.toml", &file)
            .args(["work", "--check", "--discard", "*"]);
    let checked = check.run_unchecked().expect_code(0);
    assert!(
        checked.stderr_str().contains(never),
        "{}",
        checked.stderr_str()
    );
}

/// A spec that is refused today, stored before that.
#[test]
fn what_is_stored_already_goes_on() {
    let redis = Redis::start();
    add(&redis, "old", "@every 1s", "");
    let definition = "{\"name\":\"old\",\"spec\":\"@every 500ms\",\"type\":\"t\"}";
    set(&redis, "old", "definition", definition);
    let stored = document(&redis, "old");
    assert_eq!(
        (&stored["state"], &stored["when"]),
        (&json!("active"), &json!("every 1s"))
    );
    qctl(&redis, "cron next old -l 1")
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "cron run old").run_unchecked().expect_code(0);
}

/// Six schedules, with payloads of all sorts and most options.
fn put_all_sorts(redis: &Redis) {
    add(redis, "plain", "0 3 * * *", "--tz Europe/Paris --paused");
    for (name, payload) in [
        ("json", "{\"n\": 1, \"q\": \"it's\"}".as_bytes()),
        ("lines", "a\r\n\t'\"\\\nb\u{1b}[2J\u{202e}".as_bytes()),
        ("unicode", "größe 測 \u{1f600}".as_bytes()),
        ("binary", b"\0\xff\xfe"),
        ("empty", b""),
    ] {
        let spec = "CRON_TZ=Asia/Tokyo */5 * * * *";
        Qctl::new(redis)
            .args(["cron", "add", name, spec, "t:\u{e9}", "--payload", "-"])
            .args(["--note", "two\nlines\u{7}", "--header", "a b=c\u{1}"])
            .args(["--group", "g h", "--unique", "1h30m", "--in", "1500ms"])
            .args(["--catch-up", "all:9", "--start", "2039-01-01T00:00:00.5Z"])
            .args(["--timeout", "2d1s", "--max-retry", "0", "-o", "id"])
            .stdin(payload)
            .stdout(&format!("{name}\n"))
            .run();
    }
}

#[test]
fn what_is_exported_is_read_back_as_it_was() {
    let redis = Redis::start();
    put_all_sorts(&redis);
    let export = |redis| {
        let output = qctl(redis, "cron export").run_unchecked().expect_code(0);
        output.stdout_str().to_owned()
    };
    let file = export(&redis);
    let unchanged = "nothing to do: 6 schedules unchanged\n";
    Qctl::new(&redis)
        .file("all.toml", &file)
        .args(["cron", "sync", "all.toml", "--prune"])
        .stdout(unchanged)
        .run();
    qctl(&redis, "cron sync -")
        .stdin(&file)
        .stdout(unchanged)
        .run();
    let other = Redis::start();
    qctl(&other, "cron sync - -o id")
        .stdin(&file)
        .run_unchecked()
        .expect_code(0);
    assert_eq!(export(&other), file);
}

#[test]
fn some_are_exported_by_name_and_as_documents() {
    let redis = Redis::start();
    add(&redis, "plain", "0 3 * * *", "--tz Europe/Paris --paused");
    add(&redis, "poll", "@every 1m", "");
    qctl(&redis, "cron export plain")
        .stdout(
            "
            [[cron]]
            name = \"plain\"
            spec = \"0 3 * * *\"
            tz = \"Europe/Paris\"
            type = \"t\"
            paused = true
            ",
        )
        .run();
    let documents = qctl(&redis, "cron export poll plain -o ndjson")
        .run_unchecked()
        .ndjson();
    assert_eq!(documents[0], document(&redis, "poll"));
    assert_eq!(documents[1]["name"], "plain");
}

#[test]
fn a_file_for_asynqs_periodic_tasks_is_read() {
    let redis = Redis::start();
    let yaml = "configs:\n  - cronspec: \"* * * * *\"\n    task_type: email:deliver\n    payload: {user: 1}\n";
    let sync = || {
        qctl(&redis, "cron sync tasks.yml --prune")
            .file("tasks.yml", yaml)
            .env("QCTL_OUTPUT", "ndjson")
    };
    let first = sync().run_unchecked().ndjson();
    let name = first[0]["changes"][0]["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("email:deliver-"), "{name}");
    assert_eq!(document(&redis, &name)["payload"], json!({"user": 1}));
    assert_eq!(sync().run_unchecked().ndjson()[0]["unchanged"], 1);
    qctl(&redis, "cron sync tasks.yml")
        .file("tasks.yml", yaml.replace("* * * * *", "* * 32 * *"))
        .status(2)
        .stderr(
            "
            error: tasks.yml:2: day 32 is out of range 1-31 (character 5 of \"* * 32 * *\")
            hint: use 1-31, or * for every day
            ",
        )
        .run();
}

/// Nothing is changed by a file with mistakes, once or watched.
#[track_caller]
fn refused(redis: &Redis, file: &str, said: &str) {
    for options in ["--prune --yes", "--watch"] {
        sync(redis, file, options).status(2).stderr(said).run();
    }
}

#[test]
fn a_file_with_a_mistake_changes_nothing() {
    let redis = Redis::start();
    let refused = |file: &str, said: &str| refused(&redis, file, said);
    refused(
        &FILE.replace("0 3 * * *", "0 3 * * mox"),
        "
        error: schedules.toml:4: schedule \"nightly\": \"mox\" is not a weekday (character 9 of \"0 3 * * mox\")
        hint: did you mean mon? names have three letters
        ",
    );
    refused(
        &FILE.replace("poll\"", "nightly\""),
        "
        error: schedules.toml:9: schedule \"nightly\": its name is also used at schedules.toml:3
        hint: give each schedule a name of its own
        ",
    );
    refused(
        &FILE.replace("queue", "quue"),
        "error: schedules.toml:13: unknown key \"quue\", did you mean \"queue\"?\n",
    );
    let unnamed = "[[cron]]\nspec = \"@daily\"\ntype = \"t\"\n";
    refused(
        &unnamed.repeat(2),
        "
        error: schedules.toml:4: a schedule without a name and with the same spec, type and payload is at schedules.toml:1
        hint: give each schedule a name of its own
        ",
    );
    refused(
        &unnamed.replace("@daily", "@dayly"),
        "
        error: schedules.toml:2: unknown descriptor \"@dayly\" (character 1 of \"@dayly\")
        hint: use @yearly, @monthly, @weekly, @daily, @hourly or @every with a delay; other times are fields: \"0 9 * * 1-5\" is 09:00 from Monday to Friday
        ",
    );
    qctl(&redis, "cron sync - --watch")
        .status(2)
        .stderr("error: stdin cannot be watched\nhint: name a file\n")
        .run();
    qctl(&redis, "cron sync none.toml")
        .status(2)
        .stderr("error: cannot read the configuration file \"none.toml\" (No such file or directory (os error 2))\n")
        .run();
    assert!(contents(&redis).is_empty());
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once_whatever_their_kind() {
    let redis = Redis::start();
    let several = FILE
        .replace("0 3 * * *", "@every 500ms")
        .replace("@every 30s", "0 25 * * *")
        .replace("queue =", "catch_up = \"some\"\nqueue =");
    refused(
        &redis,
        &several,
        "
        error: schedules.toml:4: schedule \"nightly\": delay \"500ms\" is not a whole number of seconds, at least 1 (character 8 of \"@every 500ms\")
        error: schedules.toml:10: schedule \"poll\": hour 25 is out of range 0-23 (character 3 of \"0 25 * * *\")
        error: schedules.toml:13: schedule \"poll\": catch_up: not one of none, latest, all, or all:N with N from 1 to 10000
        hint: change catch_up, or leave it out
        hint: use 0-23, or * for every hour
        hint: write whole seconds; the shortest delay is 1s
        ",
    );
    refused(
        &redis,
        &(several + "[x-anchors]\na = 1\n[worker]\nconcurency = 1\n"),
        "
        error: schedules.toml:4: schedule \"nightly\": delay \"500ms\" is not a whole number of seconds, at least 1 (character 8 of \"@every 500ms\"): write whole seconds; the shortest delay is 1s
        error: schedules.toml:10: schedule \"poll\": hour 25 is out of range 0-23 (character 3 of \"0 25 * * *\"): use 0-23, or * for every hour
        error: schedules.toml:13: schedule \"poll\": catch_up: not one of none, latest, all, or all:N with N from 1 to 10000: change catch_up, or leave it out
        error: schedules.toml:18: unknown key \"concurency\", did you mean \"concurrency\"?
        ",
    );
}

#[test]
fn a_refused_schedule_does_not_block_the_others() {
    let redis = Redis::start();
    redis.cmd(&["SET", &keys::cron_schedule("nightly"), "x"]);
    let partly = sync(&redis, FILE, "").run_unchecked().expect_code(7);
    let said = partly.stdout_str();
    assert!(said.ends_with("\nadded 1, failed 1\n"), "{said}");
    let error = partly.stderr_str();
    assert!(
        error.starts_with("error: schedule \"nightly\": ")
            && error.contains("nightly is a string, not a hash"),
        "{error}"
    );
    qctl(&redis, "cron ls -o id").stdout("poll\n").run();
    // Nothing is done: the code is that of the error.
    let none = sync(&redis, FILE, "--json").run_unchecked().expect_code(1);
    let document = none.json();
    assert_eq!(document["changes"], json!([]));
    assert_eq!(document["unchanged"], 1);
    assert_eq!(document["failures"][0]["name"], "nightly");
}

#[test]
fn a_file_is_followed_until_somebody_ends_it() {
    let redis = Redis::start();
    add(&redis, "other", "@daily", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.toml");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    write(FILE);
    let watch = Qctl::new(&redis)
        .args(["cron", "sync", "s.toml", "--watch"])
        .cwd(folder.path())
        .spawn();
    watch.wait_for_line(
        |line| line.ends_with("s.toml: 2 schedules, nightly added, poll added"),
        SOON,
    );
    write("[[cron]]\nname = ");
    watch.wait_for_line(
        |line| line.contains("s.toml has errors, the stored schedules are unchanged: s.toml:2: "),
        SOON,
    );
    // Whoever looks later sees it too.
    let noted = |is_broken: bool| {
        eventually(SOON, || {
            let listed = qctl(&redis, "cron ls").run_unchecked();
            let said = listed
                .stderr_str()
                .contains(" has errors, so its changes are not stored: s.toml:2: ");
            (said == is_broken).then_some(())
        });
    };
    noted(true);
    write(&FILE[..FILE.rfind("[[cron]]").unwrap()]);
    watch.wait_for_line(
        |line| line.ends_with("s.toml: 1 schedule, poll removed"),
        SOON,
    );
    noted(false);
    // One that Redis refuses is told, and holds up no other.
    redis.cmd(&["SET", &keys::cron_schedule("poll"), "a text"]);
    write(&format!("{FILE}\n"));
    watch.wait_for_line(
        |line| line.contains("refused") && line.contains("poll"),
        SOON,
    );
    redis.cmd(&["DEL", &keys::cron_schedule("poll")]);
    write(&FILE[..FILE.rfind("[[cron]]").unwrap()]);
    // What others have stored stays.
    eventually(SOON, || {
        let left = qctl(&redis, "cron ls -o id").run_unchecked();
        (left.stdout_str() == "nightly\nother\n").then_some(())
    });
    watch.signal(Signal::INT);
    watch.wait(SOON).expect_code(0);
}
