//! `[groups]` is changed while the worker runs.

use qctl::task::{NewTask, State};

use super::reload::Site;
use super::shop::{Shop, keys, queue, typed};
use crate::harness::{SOON, eventually};

/// A Redis whose merged tasks stay where they are.
fn shop() -> Shop {
    let shop = Shop::open();
    shop.redis.cmd(&["SET", &keys().paused(), "1"]);
    shop
}

fn join(shop: &Shop, group: &str, id: &str) {
    let task = NewTask {
        payload: Some(id.into()),
        ..typed("note", id)
    };
    shop.enqueue(&task.with(|options| options.group = Some(group.to_owned())));
}

/// A rule that merges each task of its group by itself.
fn rule(group: &str, command: &str) -> String {
    format!("[groups.'{group}']\ntype = 'all'\nmax_size = 1\nrun = '{command}'\n")
}

/// The configuration with these rules.
fn with(rules: &[String]) -> String {
    format!("[handlers.t]\nrun = 'true'\n{}", rules.concat())
}

/// The payloads of the merged tasks, sorted.
fn merged(shop: &Shop) -> Vec<String> {
    let payload = |id: &String| {
        let message = shop.find(id).unwrap().message.unwrap();
        String::from_utf8(message.payload).unwrap()
    };
    let mut merged: Vec<String> = shop.list(&keys().pending()).iter().map(payload).collect();
    merged.sort();
    merged
}

fn sets(shop: &Shop) -> usize {
    let default = queue("default");
    let sets = shop.ask(async |broker| broker.open_sets(&default).await);
    sets.unwrap().len()
}

#[test]
fn a_merge_ends_with_its_rule_and_the_next_one_begins_with_the_new_one() {
    let shop = shop();
    let old = rule("g", "cat gate; jq -j .payload; printf :old");
    let site = Site::open(&shop, &with(&[old]));
    site.gate("gate");
    join(&shop, "g", "one");
    eventually(SOON, || (sets(&shop) == 1).then_some(()));
    site.write(&with(&[rule("g", "jq -j .payload; printf :new")]));
    let line = site.event("reloaded", 1);
    assert!(
        line.ends_with("INFO   reloaded   groups.\"g\" changed"),
        "{line}"
    );
    join(&shop, "g", "two");
    eventually(SOON, || (merged(&shop) == ["two:new"]).then_some(()));
    assert_eq!(shop.state("one"), Some(State::Aggregating));
    site.open_gate("gate");
    eventually(SOON, || {
        (merged(&shop) == ["one:old", "two:new"]).then_some(())
    });
    assert_eq!(sets(&shop), 0);
    for id in ["one", "two"] {
        assert!(shop.find(id).is_none(), "{id}");
    }
    site.close(&shop);
}

#[test]
fn rules_come_and_go_and_others_stay() {
    let shop = shop();
    let print = |group| rule(group, "jq -j .payload");
    let site = Site::open(&shop, &with(&[]));
    join(&shop, "g", "one");
    site.write(&with(&[print("g"), print("h*")]));
    let line = site.event("reloaded", 1);
    let said = "groups.\"g\" groups.\"h*\" added";
    assert!(line.ends_with(said), "{line}");
    eventually(SOON, || (merged(&shop) == ["one"]).then_some(()));
    // The other rule is elsewhere in the file, which changes nothing.
    site.write(&with(&[print("h*")]));
    let line = site.event("reloaded", 2);
    assert!(
        line.ends_with("INFO   reloaded   groups.\"g\" removed"),
        "{line}"
    );
    join(&shop, "g", "two");
    join(&shop, "h1", "three");
    eventually(SOON, || (merged(&shop) == ["one", "three"]).then_some(()));
    assert_eq!(shop.state("two"), Some(State::Aggregating));
    assert_eq!(sets(&shop), 0);
    site.write(&with(&[print("*"), print("h*")]));
    site.event("reloaded", 3);
    eventually(SOON, || {
        (merged(&shop) == ["one", "three", "two"]).then_some(())
    });
    site.close(&shop);
}

#[test]
fn a_rule_that_cannot_be_used_changes_nothing() {
    let shop = shop();
    let print = |group| rule(group, "jq -j .payload");
    let site = Site::open(&shop, &with(&[print("g")]));
    let missing = "[groups.h]\ntype = 'all'\nexec = ['./missing']\n".to_owned();
    site.write(&with(&[missing]));
    let line = site.event("reload_refused", 1);
    assert!(
        line.contains("groups \"h\": \"./missing\" is not"),
        "{line}"
    );
    join(&shop, "g", "one");
    eventually(SOON, || (merged(&shop) == ["one"]).then_some(()));
    site.close(&shop);
}

/// Each task is in exactly one merged task, whichever rule has merged it.
#[test]
fn tasks_are_merged_exactly_once_while_the_rules_change_ten_times() {
    const EACH: usize = 30;
    let shop = shop();
    let version = |n: usize| {
        let size = [3, 7][n % 2];
        let rule = format!(
            "[groups.'*']\ntype = 'all'\nmax_size = {size}\nmax_delay = '1s'\nrun = 'jq -r .payload; # {n}'\n"
        );
        with(&[rule])
    };
    let site = Site::open(&shop, &version(0));
    for n in 1..=10 {
        for task in 0..EACH {
            join(&shop, "g", &format!("{n}-{task}"));
        }
        site.write(&version(n));
        site.event("reloaded", n);
    }
    let mut all = eventually(SOON, || {
        let all: Vec<String> = merged(&shop)
            .iter()
            .flat_map(|payload| payload.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        (all.len() >= 10 * EACH).then_some(all)
    });
    all.sort();
    let mut expected: Vec<String> = (1..=10)
        .flat_map(|n| (0..EACH).map(move |task| format!("{n}-{task}")))
        .collect();
    expected.sort();
    assert_eq!(all, expected);
    assert_eq!(sets(&shop), 0);
    site.close(&shop);
}
