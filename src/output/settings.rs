//! What the user asked of the output. Plain values; whoever reads flags and the environment fills them in.

use crate::view::{TimeStyle, choice};

choice! {
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

choice! {
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

choice! {
    /// The form of a worker's log.
    LogFormat, "log format", {
        /// Lines for people.
        #[default]
        Text = "text",
        /// A document a line.
        Json = "json",
    }
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
    pub(super) fn colored(&self, terminal: bool) -> bool {
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
