//! How many files a worker may have open.

use std::path::Path;

use tempfile::TempDir;

use super::shop::{Shop, task};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually, fifo};

/// The program, with these limits of open files.
fn limited(shop: &Shop, limits: &str, folder: &Path, args: &str) -> Qctl {
    let program = env!("CARGO_BIN_EXE_qctl");
    Qctl::played_by(&format!("{limits}; exec '{program}' work {args}"))
        .env("QCTL_REDIS", shop.redis.url())
        .cwd(folder)
}

#[test]
fn a_worker_raises_its_own_limit_and_commands_get_the_one_from_before() {
    const TASKS: usize = 60;
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-files-").unwrap();
    fifo(&folder.path().join("go"));
    for n in 0..TASKS {
        shop.enqueue(&task(&n.to_string()));
    }
    let args = format!("--burst -c {TASKS} --handle 't=ulimit -Sn >>said; : <go'");
    // Sixty commands take more than a hundred files.
    let worker = limited(&shop, "ulimit -Sn 80", folder.path(), &args).spawn();
    let said = eventually(SOON, || {
        let said = std::fs::read_to_string(folder.path().join("said")).ok()?;
        (said.lines().count() == TASKS).then_some(said)
    });
    assert!(said.lines().all(|line| line == "80"), "{said}");
    let go = std::fs::File::options()
        .read(true)
        .write(true)
        .open(folder.path().join("go"));
    worker.wait(SOON).expect_code(0);
    drop(go);
    assert_eq!(shop.counters(), (TASKS as u64, 0));
}

#[test]
fn a_worker_that_may_not_open_enough_files_says_so() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-files-").unwrap();
    let said = "concurrency 60 may need 460 open files, and 150 are allowed";
    for args in ["--check", "--burst"] {
        let args = format!("{args} -c 60 --handle 't=true'");
        let ran = limited(&shop, "ulimit -n 150", folder.path(), &args).run_unchecked();
        let ran = ran.expect_code(0);
        assert!(ran.stderr_str().contains(said), "{}", ran.stderr_str());
    }
}
