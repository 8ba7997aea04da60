//! Notices that files have changed, and reads them.
//!
//! Files are polled, not watched through the kernel: polling sees every kind of change, also on network mounts, when a file is
//! renamed into its place, and when a symbolic link on the way to it is (as Kubernetes does with a `ConfigMap`). A change counts
//! once two polls in a row see the same, so that a file is not read while an editor writes it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How long an operation on a file may take.
const FILE_TIMEOUT: Duration = Duration::from_secs(5);

/// Metadata that differs when a file has changed; `None` if there is no file, or the file system does not answer.
pub(crate) type Fingerprint = Option<Facts>;

/// What identifies the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// The fingerprints of files.
pub(crate) async fn fingerprints(paths: &[PathBuf]) -> Vec<Fingerprint> {
    let mut seen = Vec::new();
    for path in paths {
        let path = path.clone();
        seen.push(on_own_thread(move || facts(&path)).await.flatten());
    }
    seen
}

/// Waits until one of the files differs from `before` and all have stopped changing.
pub(crate) async fn change(paths: &[PathBuf], before: &[Fingerprint]) -> Vec<Fingerprint> {
    let mut last = before.to_vec();
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let now = fingerprints(paths).await;
        if now == last && now != before {
            return now;
        }
        last = now;
    }
}

/// Reads a file, within a time.
///
/// # Errors
/// The path is that of a pipe or a device, whose end may never come; it took too long; or `read` failed.
pub(crate) async fn read<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let path = path.to_owned();
    let reading = on_own_thread(move || match std::fs::metadata(&path) {
        Ok(known) if !known.is_file() => Err("it is not a file".to_owned()),
        Ok(_) | Err(_) => read(&path),
    });
    let seconds = FILE_TIMEOUT.as_secs();
    let slow = || Err(format!("reading it took more than {seconds} s"));
    reading.await.unwrap_or_else(slow)
}

/// Runs a file operation on a thread of its own: a network file system may never answer.
async fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = tokio::task::spawn_blocking(work);
    tokio::time::timeout(FILE_TIMEOUT, work).await.ok()?.ok()
}

fn facts(path: &Path) -> Fingerprint {
    let known = std::fs::metadata(path).ok()?;
    Some(Facts {
        inode: known.ino(),
        size: known.size(),
        changed: (known.ctime(), known.ctime_nsec()),
    })
}
