//! What a command line that cannot be read says about a check: its mistakes are verdicts too.

use std::ffi::OsString;

use crate::view::settings::{CheckFormat, Format};

/// The formats that were asked for; `None` if the command is another.
pub(crate) fn asked(
    grammar: &clap::Command,
    args: &[OsString],
) -> Option<(CheckFormat, Option<Format>)> {
    let words: Vec<&str> = args
        .iter()
        .skip(1)
        .map(|arg| arg.to_str().unwrap_or_default())
        .take_while(|word| *word != "--")
        .collect();
    if command(grammar, &words)? != "check" {
        return None;
    }
    let format = last(&words, "--format", "").and_then(|word| word.parse().ok());
    let format: CheckFormat = format.unwrap_or_default();
    let json = format == CheckFormat::Json || words.contains(&"--json");
    let output = last(&words, "--output", "-o").and_then(|word| word.parse().ok());
    Some((format, json.then_some(Format::Json).or(output)))
}

/// The first word that is neither an option nor its value.
fn command<'a>(grammar: &clap::Command, words: &[&'a str]) -> Option<&'a str> {
    let mut words = words.iter();
    // What follows an unknown option may be its value.
    let mut doubtful = false;
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            if doubtful && grammar.find_subcommand(word).is_none() {
                doubtful = false;
                continue;
            }
            return Some(word);
        }
        let option = grammar.get_arguments().find(|arg| {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let short = arg.get_short().map(|short| format!("-{short}"));
            [long, short].iter().flatten().any(|name| name == word)
        });
        match option {
            Some(option) if option.get_action().takes_values() => drop(words.next()),
            Some(_) => {}
            None => doubtful = !word.contains('='),
        }
    }
    None
}

/// The last value of an option.
fn last<'a>(words: &[&'a str], long: &str, short: &str) -> Option<&'a str> {
    words.iter().enumerate().rev().find_map(|(index, word)| {
        if *word == long || *word == short {
            return words.get(index + 1).copied();
        }
        word.strip_prefix(long)?.strip_prefix('=')
    })
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Subcommand as _};

    use super::*;
    use crate::commands::Command;
    use crate::config::Flags;

    #[test]
    fn a_check_is_recognized_whatever_is_wrong() {
        use CheckFormat::{Json, Nagios, Prometheus, Text};
        for (line, expected) in [
            ("check --bogus", Some((Text, None))),
            ("check --bogus --format nagios", Some((Nagios, None))),
            (
                "check --format=nagios --max-pending x",
                Some((Nagios, None)),
            ),
            (
                "check --format nagios --format prometheus -",
                Some((Prometheus, None)),
            ),
            ("check --format json", Some((Json, Some(Format::Json)))),
            ("check --json", Some((Text, Some(Format::Json)))),
            ("check -o json --x", Some((Text, Some(Format::Json)))),
            ("check --output=csv --x", Some((Text, Some(Format::Csv)))),
            ("--redis redis://h check --x", Some((Text, None))),
            ("-v -o id check --x", Some((Text, Some(Format::Id)))),
            ("--format nagios check", Some((Nagios, None))),
            ("--bogus=1 check", Some((Text, None))),
            ("--bogus check", Some((Text, None))),
            ("--redis check stats --x", None),
            ("pause check --x", None),
            ("pauze check", None),
            ("-- check", None),
            ("", None),
        ] {
            let args = ["qctl"].into_iter().chain(line.split_whitespace());
            let args: Vec<OsString> = args.map(OsString::from).collect();
            let grammar =
                Command::augment_subcommands(Flags::augment_args(clap::Command::new("qctl")));
            assert_eq!(asked(&grammar, &args), expected, "{line}");
        }
    }
}
