//! The one integration binary: everything that needs the real program, a real Redis or the real Asynq.
//!
//! One binary, so that the harness links once. No test may touch a Redis it did not start.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, the panic of an unwrap is the report; `allow-unwrap-in-tests` does not reach the harness"
)]

use std::fs::{read_dir, read_to_string};
use std::path::Path;

mod broker; // each operation of the library on a real Redis
mod browser; // the page in a real Chromium
mod bulk_load; // bulk changes while producers and servers of both kinds go on
mod cli; // each command as people and scripts meet it: streams, formats, exit codes, failures
mod cluster; // several servers with a part of the keys each
mod cron_referee; // that the table of cron specs is what the Go library answers today
mod faults; // a worker while Redis does not answer, loses replies or refuses
mod feed; // streams of tasks, and waiting for one
mod fixtures; // the bytes the peer wrote: recording them, and that Go reads them back
mod generated; // what is generated from the program and committed is fresh
mod handlers; // what every kind of handler must do
mod harness; // private servers, the program, the peer: what the tests are made of
mod harness_works; // that each part of the harness does what the tests rely on
mod inspector; // what operators do, through the library
mod interop; // the broker and the real Asynq on one Redis
mod layering; // who may import whom
mod library; // the library as a program uses it, in its own process
mod packaging; // what installs the program: scripts, packages, units
mod peer_works; // that each operation of the Go peer does what the tests rely on
mod properties; // whatever strangers store can be read: arbitrary values under every key
mod schedule; // schedulers: each tick once, whatever happens
mod sentinel; // a primary, its replica and their Sentinels, while they change places
mod soak; // everything at once while everything fails, and a referee; run by scripts/soak
mod tui; // the dashboard in a real terminal
mod web; // the page: who may use it, and what it answers
mod worker; // the worker and its handlers, with real processes
mod worker_interop; // workers of both kinds on the same queues

/// A file that no `mod` line names compiles into nothing, and its tests pass by never running.
#[test]
fn every_file_is_in_the_module_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut orphans = Vec::new();
    let mut modules = vec![(root.join("main.rs"), root)];
    while let Some((parent, folder)) = modules.pop() {
        let declared = read_to_string(&parent).unwrap_or_default();
        for entry in read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                modules.push((path.join("mod.rs"), path));
            } else if path != parent && !declared.contains(&format!("mod {name};")) {
                orphans.push(path);
            }
        }
    }
    assert!(
        orphans.is_empty(),
        "no `mod` line names these: {orphans:#?}"
    );
}
