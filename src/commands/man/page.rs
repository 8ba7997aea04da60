//! The manual page of one command.
//!
//! What help prints under its options becomes sections of the page: "Examples:" and "Exit codes:".

use std::io;

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// The page that describes the configuration file.
const CONFIGURATION: &str = "qctl.toml";

/// The page of one command of the built command line.
pub(super) struct Page<'a> {
    pub command: &'a Command,
    /// The names of the pages of the commands that it belongs to.
    parents: Vec<String>,
}

impl<'a> Page<'a> {
    /// The page of the program itself.
    pub(super) const fn of(program: &'a Command) -> Self {
        Self {
            command: program,
            parents: Vec::new(),
        }
    }

    /// The name of the page, such as `qctl-cron-add`.
    pub(super) fn name(&self) -> String {
        let name = self.command.get_display_name();
        name.unwrap_or_else(|| self.command.get_name()).to_owned()
    }

    /// The pages of its commands that help lists.
    pub(super) fn commands(&self) -> impl Iterator<Item = Self> + use<'a> {
        let mut parents = self.parents.clone();
        parents.push(self.name());
        let commands = self.command.get_subcommands();
        let shown = commands.filter(|command| !command.is_hide_set());
        shown.map(move |command| Self {
            command,
            parents: parents.clone(),
        })
    }

    /// The text of the page.
    pub(super) fn roff(&self) -> io::Result<Vec<u8>> {
        let is_root = self.parents.is_empty();
        let usage = self.command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").to_owned();
        let after = self.command.get_after_help().map(ToString::to_string);
        // The options of all commands are in the page of qctl.
        let own = self.command.clone().override_usage(usage);
        let man = Man::new(own.mut_args(|arg| with_values(arg, is_root)));
        let mut page = self.title().into_bytes();
        add(&mut page, |to| man.render_name_section(to))?;
        add(&mut page, |to| man.render_synopsis_section(to))?;
        add(&mut page, |to| man.render_description_section(to))?;
        add(&mut page, |to| man.render_options_section(to))?;
        if self.commands().next().is_some() {
            add(&mut page, |to| man.render_subcommands_section(to))?;
        }
        let rest = [after_help(&after.unwrap_or_default()), self.see_also()];
        for section in rest {
            add(&mut page, |mut to| section.to_writer(&mut to))?;
        }
        Ok(page)
    }

    /// The first lines. `Roff` leaves out an empty argument, here the date: the next one would take its place.
    fn title(&self) -> String {
        let (preamble, name) = (Roff::new().render(), self.name().to_uppercase());
        let version = env!("CARGO_PKG_VERSION");
        format!("{preamble}.TH {name} 1 \"\" \"qctl {version}\" \"qctl manual\"\n")
    }

    /// The pages in which the rest is described.
    fn see_also(&self) -> Roff {
        let mut line = Vec::new();
        for parent in &self.parents {
            line.extend([bold(parent), roman("(1), ")]);
        }
        line.extend([bold(CONFIGURATION), roman("(5)")]);
        let mut roff = Roff::new();
        roff.control("SH", ["SEE ALSO"]).text(line);
        if !self.parents.is_empty() {
            let elsewhere = "Connection and output options, and exit codes, are described in ";
            roff.control("PP", []);
            roff.text([roman(elsewhere), bold("qctl"), roman("(1).")]);
        }
        roff
    }
}

/// An argument as the page shows it: its values within its text, and options of all commands in the page of qctl only.
fn with_values(arg: Arg, is_root: bool) -> Arg {
    let elsewhere = arg.is_global_set() && !is_root;
    let hidden = arg.is_hide_set() || elsewhere;
    let values = arg.get_possible_values();
    let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let help = if values.is_empty() || !arg.get_action().takes_values() {
        help
    } else {
        format!("{help} [possible values: {}]", values.join(", "))
    };
    arg.hide(hidden).hide_possible_values(true).long_help(help)
}

/// Adds a section, without defining again how apostrophes are written.
fn add(page: &mut Vec<u8>, section: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let preamble = Roff::new().render();
    let mut text = Vec::new();
    section(&mut text)?;
    page.extend(text.strip_prefix(preamble.as_bytes()).unwrap_or(&text));
    Ok(())
}

/// What help prints under the options. Lines that are indented are printed as they are.
fn after_help(text: &str) -> Roff {
    let mut roff = Roff::new();
    for section in text.split("\n\n") {
        let (title, rest) = section.split_once(':').unwrap_or_default();
        match title {
            "" => {}
            "Exit codes" => {
                roff.control("SH", ["EXIT STATUS"])
                    .text([roman(rest.trim())]);
            }
            title => {
                roff.control("SH", [title.to_uppercase().as_str()]);
                roff.control("nf", []);
                for line in rest.trim_start_matches('\n').lines() {
                    roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
                }
                roff.control("fi", []);
            }
        }
    }
    roff
}
