//! The table that qctl's cron specs are held to is what the Go library answers today.
//!
//! `QCTL_UPDATE_FIXTURES=1 cargo test --test it cron_referee` writes it anew. The comparison with qctl is a
//! unit test, so that it runs where Go is missing too.

use std::path::Path;
use std::process::Command;

use crate::harness::peer::build;
use crate::harness::setting;

#[test]
fn the_table_of_cron_specs_is_fresh() {
    let Some(referee) = build("./referee", "cron-referee") else {
        return;
    };
    let written = Command::new(referee).output().unwrap();
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cron_referee.ndjson");
    if setting("QCTL_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &written.stdout).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    let written = String::from_utf8(written.stdout).unwrap();
    let differs = written
        .lines()
        .zip(kept.lines())
        .find(|(new, old)| new != old);
    assert!(
        written == kept,
        "tests/fixtures/cron_referee.ndjson is not what the library answers; run the test once with \
         QCTL_UPDATE_FIXTURES=1. The first difference: {differs:#?}"
    );
}
