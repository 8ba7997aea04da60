//! The log of a running worker or scheduler, on stderr or in a file.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::log_file::{Complain, RollingFile};
use super::{Printer, document, lock};
use crate::view::log::{Level, LogLine};
use crate::view::settings::{LogFormat, LogSettings};
use crate::view::text;

/// Maximum number of lines that wait to be written.
const MAX_WAITING: usize = 4096;

/// How long the program waits at its end for lines to be written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(1);

/// Writes log lines on a thread of its own. A terminal or a disk may be slow or hang, and a worker that
/// waited for it would lose its leases. Lines that find no room in the queue are dropped and counted.
pub(crate) struct Log {
    level: Level,
    lines: mpsc::Sender<Option<LogLine>>,
    dropped: Arc<AtomicU64>,
    written: oneshot::Receiver<()>,
}

impl Log {
    /// Starts the thread, which runs until [`Log::end`].
    pub(crate) fn start(printer: Arc<Printer>, settings: LogSettings) -> Self {
        let (lines, mut waiting) = mpsc::channel::<Option<LogLine>>(MAX_WAITING);
        let (done, written) = oneshot::channel();
        let dropped = Arc::new(AtomicU64::new(0));
        let gap = Arc::clone(&dropped);
        let level = settings.level;
        std::thread::spawn(move || {
            let mut target = Target::new(printer, settings);
            let mut last = None;
            while let Some(Some(line)) = waiting.blocking_recv() {
                last = Some(line.time);
                target.write(&line);
                let dropped = gap.swap(0, Ordering::Relaxed);
                if dropped > 0 {
                    target.write(&gap_of(dropped, line.time));
                }
            }
            if let (Some(file), Some(now)) = (target.file, last) {
                file.finish(now);
            }
            // Nobody may wait for this any more.
            done.send(()).ok();
        });
        Self {
            level,
            lines,
            dropped,
            written,
        }
    }

    /// A function that takes lines and never waits.
    pub(crate) fn writer(&self) -> impl Fn(LogLine) + Send + Sync + use<> {
        let (lines, dropped, level) = (self.lines.clone(), Arc::clone(&self.dropped), self.level);
        move |line: LogLine| {
            if level.admits(line.level) && lines.try_send(Some(line.bounded())).is_err() {
                dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until all lines are written, but no longer than [`FLUSH_PATIENCE`].
    pub(crate) async fn end(self) {
        let rest = async {
            self.lines.send(None).await.ok();
            self.written.await.ok();
        };
        tokio::time::timeout(FLUSH_PATIENCE, rest).await.ok();
    }
}

/// Where lines are written.
struct Target {
    printer: Arc<Printer>,
    format: LogFormat,
    file: Option<RollingFile>,
}

impl Target {
    fn new(printer: Arc<Printer>, settings: LogSettings) -> Self {
        let file = settings.file.map(|file| {
            let path = file.path.display().to_string();
            let printer = Arc::clone(&printer);
            let told = Mutex::new(Vec::new());
            let complain: Complain = Arc::new(move |what, error| {
                let mut told = lock(&told);
                if !told.contains(&what) {
                    told.push(what);
                    printer.warn(&format!("log file {path:?}: cannot {what} ({error})"));
                }
            });
            RollingFile::new(file, complain)
        });
        Self {
            printer,
            format: settings.format,
            file,
        }
    }

    /// Writes a line to the file, or to stderr if there is no file or it cannot be written.
    fn write(&mut self, line: &LogLine) {
        let Some(file) = &mut self.file else {
            return self.printer.log(line, self.format);
        };
        let mut text = match self.format {
            LogFormat::Text => line.text(),
            // Only times, numbers and strings: this cannot fail.
            LogFormat::Json => document::line(line).unwrap_or_default(),
        };
        text.push('\n');
        if !file.write(text.as_bytes(), line.time) {
            self.printer.log(line, self.format);
        }
    }
}

fn gap_of(dropped: u64, now: DateTime<Utc>) -> LogLine {
    let lines = text::plural(dropped, "line");
    LogLine::new(now, Level::Warn, "gap").saying(format!(
        "{lines} dropped: the log could not be written fast enough"
    ))
}
