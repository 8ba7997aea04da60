//! Settings of the output and of the log, from flags, variables and the file.

use std::path::PathBuf;
use std::time::Duration;

use super::log::Level;
use super::{TimeStyle, named_values};

named_values! {
    /// The output format.
    Format, "output format", {
        /// A table for people, fitted to the terminal.
        #[default]
        Table = "table",
        /// A table with more columns.
        Wide = "wide",
        /// One JSON document, or one array of documents.
        Json = "json",
        /// One JSON document per line, printed as it is read.
        Ndjson = "ndjson",
        /// A header of keys, then one row per document.
        Csv = "csv",
        /// Only ids.
        Id = "id",
    }
}

named_values! {
    /// The output format of `check`.
    CheckFormat, "format", {
        /// For people.
        #[default]
        Text = "text",
        /// The document.
        Json = "json",
        /// As a plugin of Nagios or Icinga prints it.
        Nagios = "nagios",
        /// Metrics in the text format.
        Prometheus = "prometheus",
    }
}

named_values! {
    /// When to use colors.
    ColorChoice, "color choice", {
        /// On a terminal, unless the environment says otherwise.
        #[default]
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

named_values! {
    /// The format of errors.
    ErrorFormat, "error format", {
        /// `error: …` and `hint: …`.
        #[default]
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}

named_values! {
    /// The format of a worker's log.
    LogFormat, "log format", {
        /// Text for people.
        #[default]
        Text = "text",
        /// One JSON document per line.
        Json = "json",
    }
}

/// The level, the format and the destination of a worker's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogSettings {
    pub level: Level,
    pub format: LogFormat,
    /// Absent: stderr.
    pub file: Option<LogFile>,
}

/// A log file and its rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub path: PathBuf,
    /// The maximum size. A line that would exceed it starts a new file.
    pub max_bytes: u64,
    /// How many old files are kept; absent: all.
    pub max_backups: Option<usize>,
    /// How long old files are kept; absent: forever.
    pub max_age: Option<Duration>,
    /// Whether old files are compressed with gzip.
    pub compress: bool,
}

/// Everything that affects how output looks.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag or a variable of its own that the user sets"
)]
pub(crate) struct Settings {
    /// The output format.
    pub format: Format,
    pub errors: ErrorFormat,
    /// When to use colors.
    pub color: ColorChoice,
    /// Whether `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Whether `TERM` is `dumb`: the terminal knows no escape sequences.
    pub dumb_terminal: bool,
    /// Whether `CLICOLOR_FORCE` is set and neither empty nor 0.
    pub force_color: bool,
    /// Print no notes and no progress, only warnings and errors.
    pub quiet: bool,
    /// Print no headers for tables and CSV.
    pub no_headers: bool,
    /// The format of times in tables.
    pub time: TimeStyle,
    /// Never prompt.
    pub no_input: bool,
    /// The width to fit tables to, on a terminal or not.
    pub width: Option<u16>,
}

impl Settings {
    /// Whether a stream gets colors. In order of precedence: the flag, `NO_COLOR` and `TERM=dumb`,
    /// `CLICOLOR_FORCE`, the terminal.
    pub(crate) fn colored(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let never = self.no_color || self.dumb_terminal;
                !never && (self.force_color || terminal)
            }
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
