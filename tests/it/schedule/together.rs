//! Several schedulers at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use qctl::schedule::form::Form;
use qctl::schedule::stored::TickOutcome;

use super::{Tower, clock_from, dawn, fired, form};
use crate::harness::{SOON, eventually};
use crate::worker::crew::succeed;

/// Workers delete each task at once, so its id protects nothing: what is enqueued twice runs twice.
#[test]
fn each_tick_is_enqueued_once_by_all_of_them() {
    let mut tower = Tower::open();
    for n in 0..20 {
        // Half a second in which nothing runs is ten seconds of these clocks: no tick may count as missed.
        let form = Form {
            catch_up: Some("all:10000".to_owned()),
            ..form(&format!("s{n:02}"), "@every 1s")
        };
        tower.put_form(&form, dawn());
    }
    let crew = tower.shop.crew().slots(8).route(succeed("t")).start();
    for skew in [0, 2, -3] {
        tower.start(clock_from(dawn() + TimeDelta::seconds(5 + skew), 20));
    }
    tower.until_fired("s07", 60);
    tower.stop();
    let events = tower.told.events.lock().unwrap().clone();
    let fired = fired(&events);
    let mut ticks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, task_id, _) in &fired {
        ticks.entry(name).or_default().push(task_id);
    }
    assert_eq!(ticks.len(), 20);
    for (name, ids) in &ticks {
        let mut expected = (1..).map(|second| {
            let tick = dawn() + TimeDelta::seconds(second);
            format!("{name}@{}", tick.format("%Y-%m-%dT%H:%M:%SZ"))
        });
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{name} twice: {ids:?}");
        for id in distinct {
            assert_eq!(**id, expected.next().unwrap(), "none is left out");
        }
        assert!(ids.len() >= 50, "{name}: {}", ids.len());
        let history = tower.history(name);
        assert_eq!(history.len(), ids.len());
        let enqueued = |outcome: &TickOutcome| matches!(outcome, TickOutcome::Enqueued { .. });
        assert!(history.iter().all(|record| enqueued(&record.outcome)));
    }
    eventually(SOON, || tower.pending().is_empty().then_some(()));
    crew.stop();
    let ran = usize::try_from(tower.shop.counters().0).unwrap();
    assert_eq!(ran, fired.len(), "each ran once");
    let firers: BTreeSet<usize> = events.iter().map(|(number, _)| *number).collect();
    assert!(firers.len() > 1, "only one of them did all the work");
}
