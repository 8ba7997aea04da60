//! A log file with rotation by size. Old files are compressed, and deleted by number and age.
//!
//! File names and limits are those of Go's lumberjack, so that qctl can continue in its folders:
//! `app.log` becomes `app-2026-07-04T12-00-00.000.log` (UTC), then `….log.gz`. No crate that rotates files
//! has all four limits (size, number, age, compression), and the two that come closest lose lines when a
//! rename fails (logroller) or panic when a folder cannot be created (file-rotate).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::view::settings::LogFile;

/// Reports what cannot be done and why, each once.
pub(super) type Complain = Arc<dyn Fn(&'static str, &io::Error) + Send + Sync>;

/// Old files are checked after each rotation, and at least this often because of their age.
const SWEEP_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// An older partial file was left behind by a process that was killed.
const STALE_PARTIAL: Duration = Duration::from_secs(3600);

/// The time in the names of old files.
const STAMP: &str = "%Y-%m-%dT%H-%M-%S%.3f";

/// Appends lines to a file.
pub(super) struct RollingFile {
    settings: LogFile,
    complain: Complain,
    open: Option<File>,
    /// When old files are checked next.
    sweep_at: DateTime<Utc>,
    /// Runs on a thread of its own, because compressing a large file takes seconds.
    sweeping: Option<JoinHandle<()>>,
}

impl RollingFile {
    pub(super) fn new(settings: LogFile, complain: Complain) -> Self {
        Self {
            settings,
            complain,
            open: None,
            sweep_at: DateTime::UNIX_EPOCH,
            sweeping: None,
        }
    }

    /// Appends a line, after a rotation if it does not fit. `false`: it could not be written.
    pub(super) fn write(&mut self, line: &[u8], now: DateTime<Utc>) -> bool {
        let written = self.append(line, now);
        if let Err(error) = &written {
            // The next line opens it again, since the disk or the folder may be available then.
            self.open = None;
            (self.complain)("be written, so its lines go to stderr", error);
        }
        if written.is_ok() && now >= self.sweep_at {
            self.sweep(now);
        }
        written.is_ok()
    }

    fn append(&mut self, line: &[u8], now: DateTime<Utc>) -> io::Result<()> {
        let (size, rotates) = self.reopen()?;
        if rotates && size > 0 && size + line.len() as u64 > self.settings.max_bytes {
            match self.rotate(now) {
                Ok(()) => {
                    self.reopen()?;
                }
                // A file that is too large is better than lost lines.
                Err(error) => (self.complain)("be renamed, so it grows", &error),
            }
        }
        match &mut self.open {
            Some(file) => file.write_all(line),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Opens the file, also if the open one has been renamed or deleted. Returns its size, and whether it is
    /// an ordinary file (a device or a pipe is never renamed).
    fn reopen(&mut self) -> io::Result<(u64, bool)> {
        let path = &self.settings.path;
        if let (Some(file), Ok(named)) = (&self.open, fs::metadata(path)) {
            let ours = file.metadata()?;
            if (ours.dev(), ours.ino()) == (named.dev(), named.ino()) {
                return Ok((named.len(), named.is_file()));
            }
        }
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        let known = file.metadata()?;
        self.open = Some(file);
        Ok((known.len(), known.is_file()))
    }

    fn rotate(&mut self, now: DateTime<Utc>) -> io::Result<()> {
        let old = Backups::of(&self.settings.path);
        // A second rotation in the same millisecond takes the next one.
        let free = (0..1000)
            .map(|bump| old.name(now + TimeDelta::milliseconds(bump)))
            .find(|path| !path.exists())
            .ok_or(io::ErrorKind::AlreadyExists)?;
        fs::rename(&self.settings.path, free)?;
        self.sweep_at = now;
        Ok(())
    }

    /// Starts to compress and delete old files, unless a sweep is running.
    fn sweep(&mut self, now: DateTime<Utc>) {
        if self.sweeping.as_ref().is_some_and(|one| !one.is_finished()) {
            return;
        }
        self.sweep_at = now + SWEEP_INTERVAL;
        let (settings, complain) = (self.settings.clone(), Arc::clone(&self.complain));
        self.sweeping = Some(std::thread::spawn(move || {
            if let Err(error) = sweep(&settings, now) {
                complain("have its old files compressed and deleted", &error);
            }
        }));
    }

    /// Applies the limits to old files a last time, and waits for that. `now` is the time of the last line.
    pub(super) fn finish(mut self, now: DateTime<Utc>) {
        let wait = |sweeping: Option<JoinHandle<()>>| sweeping.map(JoinHandle::join);
        // A panic of a sweep is not reported.
        wait(self.sweeping.take());
        if self.open.is_some() && now >= self.sweep_at {
            self.sweep(now);
            wait(self.sweeping.take());
        }
    }
}

fn sweep(settings: &LogFile, now: DateTime<Utc>) -> io::Result<()> {
    let mut old = Backups::of(&settings.path).list()?;
    // The newest first.
    old.sort_by_key(|file| std::cmp::Reverse(file.at));
    for (index, file) in old.iter().enumerate() {
        let too_many = settings.max_backups.is_some_and(|max| index >= max);
        let age = (now - file.at).to_std().unwrap_or_default();
        if too_many || settings.max_age.is_some_and(|max| age > max) {
            gone(fs::remove_file(&file.path))?;
        } else if settings.compress && !file.compressed {
            gone(compress(&file.path))?;
        }
    }
    Ok(())
}

/// Another process with the same log file may have removed it first.
fn gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Replaces a file by its compressed form, which gets its name when it is complete.
fn compress(path: &Path) -> io::Result<()> {
    let whole = with_suffix(path, ".gz");
    let partial = with_suffix(path, ".gz.partial");
    let mut new = OpenOptions::new();
    new.write(true).create_new(true).mode(0o600);
    let to = match new.open(&partial) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let age = fs::metadata(&partial)?.modified()?.elapsed();
            if age.is_ok_and(|age| age < STALE_PARTIAL) {
                return Ok(());
            }
            fs::remove_file(&partial)?;
            new.open(&partial)?
        }
        opened => opened?,
    };
    let mut from = File::open(path)?;
    let mut to = GzEncoder::new(to, Compression::default());
    let packed = io::copy(&mut from, &mut to).and_then(|_| to.finish()?.flush());
    if let Err(error) = packed {
        fs::remove_file(&partial)?;
        return Err(error);
    }
    fs::rename(partial, whole)?;
    fs::remove_file(path)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What the old files of a log are called.
struct Backups {
    folder: PathBuf,
    stem: String,
    /// With its dot; empty if the name has none.
    extension: String,
}

/// One old file.
struct Backup {
    path: PathBuf,
    at: DateTime<Utc>,
    compressed: bool,
}

impl Backups {
    fn of(path: &Path) -> Self {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.unwrap_or_default().to_string_lossy().into_owned()
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self {
            folder: folder.to_owned(),
            stem: text(path.file_stem()),
            extension: path.extension().map_or_else(String::new, |extension| {
                format!(".{}", text(Some(extension)))
            }),
        }
    }

    fn name(&self, at: DateTime<Utc>) -> PathBuf {
        let Self {
            folder,
            stem,
            extension,
        } = self;
        folder.join(format!("{stem}-{}{extension}", at.format(STAMP)))
    }

    /// The old files that are there; files with other names do not belong to this log.
    fn list(&self) -> io::Result<Vec<Backup>> {
        let here = self.folder.as_os_str().is_empty();
        let folder = if here { Path::new(".") } else { &self.folder };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let plain = name.strip_suffix(".gz");
            let stamp = plain
                .unwrap_or(&name)
                .strip_prefix(&self.stem)
                .and_then(|rest| rest.strip_prefix('-'))
                .and_then(|rest| rest.strip_suffix(&self.extension));
            let Some(Ok(at)) = stamp.map(|stamp| NaiveDateTime::parse_from_str(stamp, STAMP))
            else {
                continue;
            };
            let compressed = plain.is_some();
            found.push(Backup {
                at: at.and_utc(),
                compressed,
                path,
            });
        }
        Ok(found)
    }
}
