//! Claims whose answers are lost: the tasks are found again, by the worker itself.

use qctl::task::State;
use qctl::worker::{Ended, Settings};

use super::crew::{Crew, count, succeed};
use super::shop::{Shop, keys, task};
use crate::harness::proxy::Proxy;

/// Nobody would be left to recover them, and without retries they would be archived, never having run.
#[test]
fn a_burst_runs_tasks_whose_claim_got_no_answer() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    for n in 0..20 {
        shop.enqueue(&task(&n.to_string()).with(|options| options.max_retry = 0));
    }
    // The first command that names this key is a claim.
    proxy.lose_next_reply_to(keys().paused());
    let often =
        |settings: &mut Settings| settings.timing.leases.length = std::time::Duration::from_secs(5);
    let events = Crew::at(&proxy.url())
        .slots(5)
        .with(often)
        .route(succeed("t"))
        .work_off();
    assert_eq!(proxy.lost(), 1);
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 20);
    assert_eq!(shop.counters(), (20, 0));
    for key in [keys().pending(), keys().active(), keys().lease()] {
        assert!(!shop.redis.query::<bool>(&["EXISTS", &key]), "{key}");
    }
    assert_eq!(shop.state("0"), None::<State>);
}
