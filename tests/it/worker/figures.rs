//! What a handler with a limit costs the others. Not a test: it prints figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qctl::clock;
use qctl::worker::Route;

use super::crew::{Gate, route, succeed};
use super::shared_limits;
use super::shop::{Shop, keys, typed};
use super::turns::limited;
use crate::harness::{say, within};

/// What tasks of one type have done.
#[derive(Default)]
struct Work {
    tasks: AtomicUsize,
    micros: AtomicU64,
}

/// A route whose tasks take so long.
fn taking(pattern: &str, time: Duration) -> (Route, Arc<Work>) {
    let work = Arc::new(Work::default());
    let total = Arc::clone(&work);
    let route = route(pattern, move |_, mut stop| {
        let total = Arc::clone(&total);
        async move {
            let begun = Instant::now();
            drop(tokio::time::timeout(time, stop.requested()).await);
            let micros = u64::try_from(begun.elapsed().as_micros()).unwrap();
            total.micros.fetch_add(micros, Ordering::Relaxed);
            total.tasks.fetch_add(1, Ordering::Relaxed);
            Ok(Vec::new())
        }
    });
    (route, work)
}

/// Tasks of two types in turns: `narrow` first, as many as there are of each to one.
fn enqueue_mixed(shop: &Shop, narrow: usize, wide: usize) {
    let each = narrow.checked_div(wide).unwrap_or(0);
    let mut tasks = Vec::new();
    for n in 0..wide {
        tasks.extend((0..each).map(|m| typed("narrow", &format!("n{n}-{m}"))));
        tasks.push(typed("wide", &format!("w{n}")));
    }
    for some in tasks.chunks(1000) {
        let sent = shop.ask(async |broker| broker.enqueue_many(some, clock::now()).await);
        assert!(sent.iter().all(Result::is_ok));
    }
}

/// How the type is limited: in one worker, or across all.
type Limited = fn(Route, usize) -> Route;

/// Works off tasks of two types, of which `narrow` may run one at a time. Returns the tasks of the other type a
/// second, and how much of the time a task of the limited type ran.
fn measure(narrow: usize, wide: usize, time: Duration, limited: Limited) -> (f64, f64) {
    let shop = Shop::open();
    enqueue_mixed(&shop, narrow, wide);
    let (route, limited_work) = taking("narrow", time);
    let (others, other_work) = taking("wide", time);
    let crew = shop.crew().slots(20).route(limited(route, 1)).route(others);
    let begun = Instant::now();
    let _worker = crew.start();
    within(Duration::from_secs(300), || {
        (other_work.tasks.load(Ordering::Relaxed) >= wide).then_some(())
    })
    .unwrap();
    let took = begun.elapsed().as_secs_f64();
    let busy = Duration::from_micros(limited_work.micros.load(Ordering::Relaxed));
    let wide = f64::from(u32::try_from(wide).unwrap());
    (wide / took, busy.as_secs_f64() / took)
}

/// Commands a second while one task runs, or another worker has the only place, and all others stand in line.
fn commands_with(narrow: usize, limited: Limited, elsewhere: bool) -> f64 {
    let shop = Shop::open();
    if elsewhere {
        assert_eq!(shared_limits::take_place(&shop, 1), 1);
    }
    enqueue_mixed(&shop, narrow, 1);
    let gate = Gate::closed();
    let crew = shop
        .crew()
        .slots(20)
        .route(limited(gate.route("narrow"), 1));
    let _worker = crew.route(succeed("wide")).start();
    within(Duration::from_secs(300), || {
        shop.list(&keys().pending()).is_empty().then_some(())
    })
    .unwrap();
    let (before, since) = (shop.commands(), Instant::now());
    within(Duration::from_secs(20), || {
        (since.elapsed().as_secs() >= 10).then_some(())
    });
    let more = u32::try_from(shop.commands() - before).unwrap();
    f64::from(more) / since.elapsed().as_secs_f64()
}

fn figures(limited: Limited, elsewhere: bool) {
    for millis in [2, 10, 50] {
        let time = Duration::from_millis(millis);
        let wide = 200_000 / usize::try_from(millis).unwrap();
        for _ in 0..3 {
            let (alone, _) = measure(0, wide, time, limited);
            let (beside, busy) = measure(100_000, wide, time, limited);
            say(&format!(
                "tasks of {millis} ms: others {alone:.0}/s alone, {beside:.0}/s beside them ({:.0} %); \
                 one of the type ran {:.1} % of the time",
                100.0 * beside / alone,
                100.0 * busy,
            ));
        }
    }
    for narrow in [1, 100, 100_000] {
        let commands = commands_with(narrow, limited, elsewhere);
        say(&format!(
            "{narrow} of the type: {commands:.0} commands a second"
        ));
    }
}

#[test]
#[ignore = "some minutes; it prints figures"]
fn figures_of_a_hundred_thousand_tasks_of_a_type_limited_to_one() {
    figures(limited, false);
}

#[test]
#[ignore = "some minutes; it prints figures"]
fn figures_of_a_hundred_thousand_tasks_of_a_type_limited_to_one_among_all_workers() {
    figures(shared_limits::limited, true);
}
