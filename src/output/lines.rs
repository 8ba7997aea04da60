//! JSON lines for programs, to stdout or to a file that appears when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Error, Printer, Result, document};

/// A stream of JSON lines.
#[must_use = "a file appears under its name only after `finish`"]
pub(crate) struct Lines<'a>(To<'a>);

enum To<'a> {
    Stdout(&'a Printer),
    File {
        writer: BufWriter<File>,
        name: PathBuf,
        /// Where the lines are until the file is complete; `None` for what is not a regular file.
        partial: Option<PathBuf>,
    },
}

impl Printer {
    /// Starts a stream of lines.
    pub(crate) fn lines(&self, file: Option<&Path>) -> Result<Lines<'_>> {
        let Some(name) = file else {
            return Ok(Lines(To::Stdout(self)));
        };
        // A named pipe or a device cannot be replaced.
        let is_special = fs::metadata(name).is_ok_and(|found| !found.is_file());
        let partial = (!is_special).then(|| {
            let mut partial = name.as_os_str().to_owned();
            partial.push(".partial");
            PathBuf::from(partial)
        });
        let opened = match &partial {
            Some(partial) => File::create(partial),
            None => File::options().write(true).open(name),
        };
        let file = opened.map_err(|error| at(name, error))?;
        Ok(Lines(To::File {
            writer: BufWriter::with_capacity(1 << 16, file),
            name: name.to_owned(),
            partial,
        }))
    }
}

impl Lines<'_> {
    /// Adds a line.
    pub(crate) fn push(&mut self, value: &impl Serialize) -> Result {
        let line = document::line(value)? + "\n";
        match &mut self.0 {
            To::Stdout(printer) => printer.put_json(&line),
            To::File { writer, name, .. } => writer
                .write_all(line.as_bytes())
                .map_err(|error| at(name, error)),
        }
    }

    /// Completes the stream: now the file has its name.
    pub(crate) fn finish(self) -> Result {
        match self.0 {
            To::Stdout(printer) => printer.flush(),
            To::File {
                writer,
                name,
                partial,
            } => complete(writer, &name, partial.as_deref()).map_err(|error| at(&name, error)),
        }
    }

    /// Flushes what was added to stdout. A file that is not complete keeps the name that it has until then, which is returned.
    pub(crate) fn leave(self) -> Result<Option<PathBuf>> {
        match self.0 {
            To::Stdout(printer) => printer.flush().map(|()| None),
            To::File {
                mut writer,
                name,
                partial,
            } => {
                writer.flush().map_err(|error| at(&name, error))?;
                Ok(Some(partial.unwrap_or(name)))
            }
        }
    }
}

fn complete(writer: BufWriter<File>, name: &Path, partial: Option<&Path>) -> io::Result<()> {
    let file = writer.into_inner()?;
    if let Some(partial) = partial {
        file.sync_all()?;
        fs::rename(partial, name)?;
    }
    Ok(())
}

fn at(name: &Path, error: io::Error) -> Error {
    Error::File {
        name: name.to_owned(),
        error,
    }
}
