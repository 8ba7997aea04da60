//! What the user asked of the output and of the log: plain values, made from flags, variables and the file.

use std::path::PathBuf;
use std::time::Duration;

use super::log::Level;
use super::{TimeStyle, named_values};

named_values! {
    /// The form in which data is printed.
    Format, "output format", {
        /// A page for people, fitted to the terminal.
        #[default]
        Table = "table",
        /// The same with more columns.
        Wide = "wide",
        /// One document, or one array of documents.
        Json = "json",
        /// A document a line, printed as they are read.
        Ndjson = "ndjson",
        /// A line of keys, then a line of values for each document.
        Csv = "csv",
        /// Ids alone.
        Id = "id",
    }
}

named_values! {
    /// When to use colours.
    ColorChoice, "colour choice", {
        /// On a terminal, unless the environment says otherwise.
        #[default]
        Auto = "auto",
        /// Everywhere.
        Always = "always",
        /// Nowhere.
        Never = "never",
    }
}

named_values! {
    /// The form of a worker's log.
    LogFormat, "log format", {
        /// Lines for people.
        #[default]
        Text = "text",
        /// A document a line.
        Json = "json",
    }
}

/// Which lines of a worker's log are written, how and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogSettings {
    pub level: Level,
    pub format: LogFormat,
    /// Absent: stderr.
    pub file: Option<LogFile>,
}

/// A log file and what becomes of it when it grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub path: PathBuf,
    /// A line that would make the file longer starts a new one.
    pub max_bytes: u64,
    /// Old files that are kept; absent: any number.
    pub max_backups: Option<usize>,
    /// How long old files are kept; absent: for ever.
    pub max_age: Option<Duration>,
    /// Compress old files with gzip.
    pub compress: bool,
}

/// Everything that decides how output looks.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag or a variable of its own that the user sets"
)]
pub(crate) struct Settings {
    /// The form of data.
    pub format: Format,
    /// When to use colours.
    pub color: ColorChoice,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and neither empty nor 0.
    pub force_color: bool,
    /// No notes, no progress; warnings and errors stay.
    pub quiet: bool,
    /// No heads above tables and CSV.
    pub no_headers: bool,
    /// How people read times.
    pub time: TimeStyle,
    /// Never ask.
    pub no_input: bool,
    /// Fit to this many columns, terminal or not.
    pub width: Option<u16>,
}

impl Settings {
    /// Whether a stream gets colours: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then the terminal.
    pub(crate) fn colored(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !self.no_color && (self.force_color || terminal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(*format));
        }
        assert!("yaml".parse::<Format>().is_err());
        assert_eq!("never".parse(), Ok(ColorChoice::Never));
    }

    #[test]
    fn flag_then_no_color_then_force_then_terminal() {
        let colored = |color, no_color, force_color, terminal| {
            Settings {
                color,
                no_color,
                force_color,
                ..Settings::default()
            }
            .colored(terminal)
        };
        let auto = ColorChoice::Auto;
        assert!(colored(auto, false, false, true));
        assert!(!colored(auto, false, false, false));
        assert!(!colored(auto, true, true, true));
        assert!(colored(auto, false, true, false));
        assert!(colored(ColorChoice::Always, true, false, false));
        assert!(!colored(ColorChoice::Never, false, true, true));
    }
}
