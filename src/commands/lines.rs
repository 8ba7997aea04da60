//! Reads task documents from a file or from stdin, for `qctl enqueue --from` and `qctl import`.

use std::ffi::OsStr;
use std::io::{self, Read};

use super::context::warn_of_outage;
use super::line_report::Report;
use crate::error::{Exit, Failure};
use crate::inspector::import::{Import, ImportEvent, Store};
use crate::interrupt::Interrupt;
use crate::output;

/// Opens the input. `open` of a named pipe blocks until it has a writer, so it runs on a thread of the blocking pool.
pub(super) async fn open(from: &OsStr) -> Result<Box<dyn Read + Send>, Failure> {
    if from == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = tokio::fs::File::open(from).await;
    let file = file.map_err(|reason| unreadable(&from.to_string_lossy(), &reason))?;
    Ok(Box::new(file.into_std().await))
}

/// The failure of reading the input.
pub(super) fn unreadable(name: &str, reason: &io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("cannot read {name:?} ({reason})"))
}

/// Reports events until the import ends. Returns the signal that stopped it.
pub(super) async fn follow<S: Store>(
    import: &mut Import<S>,
    interrupt: &mut Interrupt,
    report: &mut Report<'_>,
) -> output::Result<Option<Exit>> {
    let mut signal = None;
    loop {
        tokio::select! {
            biased;
            exit = interrupt.caught(), if signal.is_none() => {
                signal = Some(exit);
                import.stop();
            }
            event = import.next() => match event {
                Some(ImportEvent::Lines(lines)) => report.add(lines)?,
                Some(ImportEvent::Retrying(error)) => warn_of_outage(report.printer, &error),
                None => return Ok(signal),
            },
        }
    }
}
