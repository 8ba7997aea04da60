//! `qctl doctor` over queues on different servers.

use qctl::broker::keys::QueueKeys;

use super::{Site, task_in};
use qctl::clock;

#[tokio::test(flavor = "multi_thread")]
async fn damage_on_each_server_is_found_and_repaired() {
    let Some(site) = Site::open("doctor").await else {
        return;
    };
    for queue in &site.queues {
        let task = task_in(queue, "lost");
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        site.cluster
            .query::<()>(&["DEL", &QueueKeys::new(queue).pending()]);
    }
    let counts = |args: &[&str]| {
        let output = site.qctl_on_all(args).arg("--json").run_unchecked();
        let findings = output.json()["findings"].as_array().unwrap().len();
        (findings, output.code)
    };
    let look = ["doctor", "--quick", "--only", "lost-task"];
    tokio::task::block_in_place(|| {
        assert_eq!(counts(&look), (3, Some(1)));
        let fix = ["doctor", "--quick", "--fix", "--yes", "--only", "lost-task"];
        site.qctl_on_all(&fix).run_unchecked().expect_code(0);
        assert_eq!(counts(&look), (0, Some(0)));
    });
    for queue in &site.queues {
        assert_eq!(site.pending(queue), ["lost"]);
    }
}
