//! What may stand at the cursor, in the form that a shell wants.

use std::ffi::OsString;
use std::sync::Arc;

use clap::Command;
use clap_complete::CompletionCandidate;
use clap_complete::engine::complete;
use clap_complete::env::{Elvish, EnvCompleter, Powershell};

use super::grammar::with_completers;
use super::line::{Line, quoted, unquoted};
use super::names::Asked;

/// A candidate, in the words of a shell.
struct Candidate {
    value: String,
    about: String,
}

/// What the script for a shell prints; nothing if the shell is unknown. `args` are those of the program, of which those after
/// `--` are the script's.
pub(crate) fn answer(shell: &str, args: &[OsString], grammar: fn() -> Command) -> Vec<u8> {
    let words = args.iter().skip_while(|arg| *arg != "--").skip(1);
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let lines: Vec<String> = match shell {
        "bash" => for_bash(&words, grammar),
        "zsh" => {
            let words: Vec<String> = words.iter().map(|word| unquoted(word)).collect();
            candidates(&words, grammar).iter().map(for_zsh).collect()
        }
        "fish" => {
            let mut words = words;
            if let Some(typed) = words.last_mut() {
                *typed = unquoted(typed);
            }
            candidates(&words, grammar).iter().map(for_fish).collect()
        }
        "elvish" => return by_itself(&Elvish, words, grammar),
        "powershell" => return by_itself(&Powershell, words, grammar),
        _ => Vec::new(),
    };
    let lines = lines.iter().map(|line| format!("{line}\n"));
    lines.collect::<String>().into_bytes()
}

/// The candidates for the last word.
fn candidates(words: &[String], grammar: fn() -> Command) -> Vec<Candidate> {
    let Some((typed, before)) = words.split_last() else {
        return Vec::new();
    };
    let asked = Arc::new(Asked::new(before, grammar));
    let mut command = with_completers(&grammar(), &asked);
    let args = words.iter().map(OsString::from).collect();
    let folder = std::env::current_dir().ok();
    let found = complete(&mut command, args, before.len(), folder.as_deref());
    let found = found.unwrap_or_default().into_iter();
    // Options are many: they are offered once a dash is typed.
    let wanted = |found: &CompletionCandidate| {
        typed.starts_with('-') || !found.get_value().to_string_lossy().starts_with('-')
    };
    found
        .filter(wanted)
        .filter_map(|found| candidate(&found, typed))
        .collect()
}

/// A candidate that can be printed on a line.
fn candidate(found: &CompletionCandidate, typed: &str) -> Option<Candidate> {
    let mut value = found.get_value().to_str()?;
    // Of a command and its aliases one is offered: the command, if that is what is being typed.
    if let Some(name) = found.get_id().and_then(|id| id.strip_prefix("command::"))
        && name.starts_with(typed)
    {
        value = name;
    }
    let about = found.get_help().map(ToString::to_string);
    let about = about.unwrap_or_default();
    let about = about.lines().next().unwrap_or_default();
    let printable = !value.contains(char::is_control) && !about.contains(char::is_control);
    printable.then(|| Candidate {
        value: value.to_owned(),
        about: about.to_owned(),
    })
}

/// bash passes the line up to the cursor, and the part of the last word that it will replace: it has split words at `:`
/// and `=`, and takes an open quote away. Candidates are quoted as the word was begun.
fn for_bash(words: &[String], grammar: fn() -> Command) -> Vec<String> {
    let [line, replaced] = words else {
        return Vec::new();
    };
    let line = Line::read(line);
    let kept = line
        .typed
        .strip_suffix(replaced.as_str())
        .unwrap_or_default();
    let kept = unquoted(kept);
    let found = candidates(&line.words, grammar).into_iter();
    let rest = found.filter_map(|found| found.value.strip_prefix(&kept).map(str::to_owned));
    rest.map(|rest| quoted(&rest, line.quote)).collect()
}

/// `_describe` takes the value up to a colon, and what is behind it as its description.
fn for_zsh(found: &Candidate) -> String {
    let value = found.value.replace('\\', "\\\\").replace(':', "\\:");
    match found.about.as_str() {
        "" => value,
        about => format!("{value}:{}", about.replace('\\', "\\\\")),
    }
}

fn for_fish(found: &Candidate) -> String {
    match found.about.as_str() {
        "" => found.value.clone(),
        about => format!("{}\t{about}", found.value),
    }
}

/// Shells whose words need no further treatment.
fn by_itself(shell: &dyn EnvCompleter, words: Vec<String>, grammar: fn() -> Command) -> Vec<u8> {
    let before = words.get(..words.len().saturating_sub(1));
    let asked = Arc::new(Asked::new(before.unwrap_or_default(), grammar));
    let mut command = with_completers(&grammar(), &asked);
    let words = words.into_iter().map(OsString::from).collect();
    let folder = std::env::current_dir().ok();
    let mut found = Vec::new();
    match shell.write_complete(&mut command, words, folder.as_deref(), &mut found) {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}
