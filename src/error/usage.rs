//! Mistakes on the command line: what the parser says, with hints for the habits of other tools.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Exit, Failure, shell_word};
use crate::nearest::nearest;
use crate::output::Printer;

/// What the parser of the command line says.
pub(crate) enum Usage {
    /// The help that was asked for, or that is shown because nothing was typed. It has been printed.
    Help(Exit),
    Mistake(Failure),
}

/// Prints help, or makes a failure of a mistake.
///
/// A mistake quotes what was typed, so the printer escapes it, as it does with every error.
pub(crate) fn usage(printer: &Printer, mut error: clap::Error, args: &[OsString]) -> Usage {
    if !error.use_stderr() {
        return Usage::Help(match error.print() {
            Ok(()) => Exit::Done,
            Err(reason) if reason.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
            Err(reason) => {
                let what = format!("cannot write to stdout ({reason})");
                Failure::new(Exit::Failed, what).print(printer)
            }
        });
    }
    // This list has hidden commands in it; the help text has a better one.
    error.remove(ContextKind::ValidSubcommand);
    remove_misleading_tips(&mut error);
    let hint = habit(&error, args).or_else(|| value_with_dash(&error, args));
    let rendered = error.render().to_string();
    let Some(mistake) = rendered.strip_prefix("error: ") else {
        // Help, because nothing was typed. A closed stderr cannot be reported to anybody.
        drop(error.print());
        return Usage::Help(Exit::Usage);
    };
    let first = mistake.split("\n\n").next().unwrap_or(mistake);
    let what = match hint {
        None if printer.errors_are_text() => mistake,
        _ => first,
    };
    let hint = hint.or_else(|| {
        let mut tips = mistake
            .lines()
            .filter_map(|line| line.trim().strip_prefix("tip: "));
        tips.next()
            .filter(|_| !printer.errors_are_text())
            .map(str::to_owned)
    });
    Usage::Mistake(Failure {
        hint,
        ..Failure::new(Exit::Usage, what)
    })
}

/// Removes the parser's suggestion of an option or a value that has little in common with what was typed, and the
/// suggestion to pass an unknown long option as a value.
fn remove_misleading_tips(error: &mut clap::Error) {
    let is_long = text(error, ContextKind::InvalidArg).is_some_and(|arg| arg.starts_with("--"));
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested)
        && is_long
        && tips
            .iter()
            .any(|tip| tip.to_string().contains("as a value"))
    {
        error.remove(ContextKind::Suggested);
    }
    if let (Some(word), Some(ContextValue::Strings(tips))) = (
        text(error, ContextKind::InvalidSubcommand),
        error.get(ContextKind::SuggestedSubcommand),
    ) {
        let near = |tip: &&String| nearest(word, [tip.as_str()]).is_some();
        let near: Vec<String> = tips.iter().filter(near).cloned().collect();
        if near.is_empty() {
            error.remove(ContextKind::SuggestedSubcommand);
        } else {
            error.insert(
                ContextKind::SuggestedSubcommand,
                ContextValue::Strings(near),
            );
        }
    }
    for (typed, suggested) in [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ] {
        let (Some(word), Some(tip)) = (text(error, typed), text(error, suggested)) else {
            continue;
        };
        let [word, tip] = [word, tip].map(|arg| arg.trim_start_matches('-'));
        if nearest(word, [tip]).is_none() {
            error.remove(suggested);
            // The usage line of an unknown option has the suggestion in it.
            error.remove(ContextKind::Usage);
        }
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// What stands here for a command, an option or a state that other tools have.
fn habit(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let mut named = None;
    let (word, table) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand)?;
            let at = args.iter().position(|arg| arg == word);
            let before = at.and_then(|at| args.get(at.checked_sub(1)?)?.to_str());
            let table = match before {
                Some("cron") => CRON_COMMANDS,
                Some("context") => CONTEXT_COMMANDS,
                Some(_) | None => COMMANDS,
            };
            named = after(word, args);
            (word, table)
        }
        ErrorKind::UnknownArgument => (text(error, ContextKind::InvalidArg)?, OPTIONS),
        ErrorKind::InvalidValue => {
            let option = text(error, ContextKind::InvalidArg)?;
            let known = [("--state", STATES), ("--output", FORMATS)].into_iter();
            let mut known = known.filter(|(name, _)| option.starts_with(name));
            (text(error, ContextKind::InvalidValue)?, known.next()?.1)
        }
        _ => return None,
    };
    let word = word.split('=').next().unwrap_or(word);
    let mut known = table.iter();
    let (_, hint) = known.find(|(words, _)| words.contains(&word))?;
    Some(named.map_or_else(|| (*hint).to_owned(), |named| filled(hint, named)))
}

/// What was typed after an unknown command, if the command takes the name of something.
fn after<'a>(word: &str, args: &'a [OsString]) -> Option<&'a str> {
    // Other programs have these in front of a verb, as Asynq's own.
    if ["queue", "queues", "task", "tasks", "config"].contains(&word) {
        return None;
    }
    let mut args = args.iter().skip_while(|arg| *arg != word).skip(1);
    let named = args.next()?.to_str()?;
    (!named.starts_with('-')).then_some(named)
}

/// The hint with what was typed in place of `ID`, `QUEUE` and `NAME`.
fn filled(hint: &str, named: &str) -> String {
    let word = shell_word(named);
    let fill = |part: &str| match part.strip_suffix(',').unwrap_or(part) {
        name @ ("ID" | "QUEUE" | "NAME") => part.replace(name, &word),
        _ => part.to_owned(),
    };
    hint.split(' ').map(fill).collect::<Vec<_>>().join(" ")
}

/// What to write for a value that begins with a dash, or that belongs to an option which takes it after `=` only.
fn value_with_dash(error: &clap::Error, args: &[OsString]) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let unknown = text(error, ContextKind::InvalidArg)?;
    let args: Vec<&str> = args
        .iter()
        .map(|arg| arg.to_str().unwrap_or_default())
        .collect();
    let mut pairs = args.windows(2).filter(|pair| {
        // Of -5m, the parser quotes -5.
        let short = !unknown.starts_with("--") && pair[1].starts_with(unknown);
        pair[1] == unknown || short
    });
    pairs.find_map(|pair| {
        let (option, value) = (pair[0], pair[1]);
        if TEXTS.contains(&option) {
            return Some(format!("write {option}={value}"));
        }
        if option == "--json" {
            return Some(format!(
                "--json takes no value; for columns of a table: --columns {value}"
            ));
        }
        let negative = AMOUNTS.contains(&option);
        negative.then(|| format!("{option} takes no negative value"))
    })
}

type Habits = &'static [(&'static [&'static str], &'static str)];

const COMMANDS: Habits = &[
    (
        &["queue", "queues"],
        "qctl ls queues, qctl stats QUEUE, qctl pause QUEUE or qctl drop QUEUE",
    ),
    (&["list", "get"], "qctl ls"),
    (&["task", "tasks"], "qctl ls tasks, or qctl inspect ID"),
    (&["server", "servers"], "qctl ls servers"),
    (&["workers"], "qctl ls workers"),
    (&["group", "groups"], "qctl ls groups"),
    (&["schedule", "schedules"], "qctl cron ls"),
    (
        &["describe", "show", "info"],
        "qctl inspect ID, or qctl inspect --queue QUEUE",
    ),
    (
        &["top", "watch", "monitor", "dashboard", "tui"],
        "qctl dash, or qctl stats --watch",
    ),
    (&["web", "ui", "page"], "qctl serve"),
    (&["history"], "qctl stats --history DAYS"),
    (
        &["run"],
        "qctl retry ID runs a task now, qctl cron run NAME a schedule",
    ),
    (
        &[
            "requeue",
            "rerun",
            "restart",
            "replay",
            "unarchive",
            "redrive",
        ],
        "qctl retry ID, or qctl retry --queue QUEUE, makes tasks pending again",
    ),
    (
        &["move", "mv", "rename"],
        "qctl edit --queue QUEUE --state STATE --move-to OTHER, then qctl drop QUEUE",
    ),
    (
        &["update", "set", "modify", "change", "reschedule"],
        "qctl edit ID",
    ),
    (
        &["unlock"],
        "qctl doctor finds locks without a task, and releases them with --fix",
    ),
    (
        &["clone", "copy", "cp"],
        "qctl enqueue TYPE --payload @FILE",
    ),
    (&["status", "count", "size"], "qctl stats"),
    (&["ping", "health"], "qctl check"),
    (&["output", "log", "tail"], "qctl logs ID"),
    (&["kill", "stop"], "qctl cancel ID stops a running task"),
    (
        &["rm", "remove"],
        "qctl delete ID (a task), qctl drop QUEUE or qctl cron rm NAME",
    ),
    (
        &["purge", "flush", "clear"],
        "qctl delete --queue QUEUE --state STATE, or qctl drop QUEUE",
    ),
    (&["unpause"], "qctl resume QUEUE"),
    (&["worker", "start"], "qctl work"),
    (&["add", "push", "send", "create"], "qctl enqueue TYPE"),
    (
        &["config", "configure", "settings", "login", "connect"],
        "qctl context add NAME --redis URL stores a connection; settings are in qctl.toml (man qctl.toml)",
    ),
    (&["cat"], "qctl inspect ID --raw prints the payload"),
    (&["crontab"], "qctl cron ls"),
    (&["options", "commands"], "qctl help"),
    (
        &["audit", "changes", "events"],
        "qctl ls audit shows who changed what",
    ),
];

const CRON_COMMANDS: Habits = &[
    (&["drop", "delete", "remove", "del"], "qctl cron rm NAME"),
    (&["list", "get", "show", "status"], "qctl cron ls"),
    (
        &["create", "new", "set", "edit", "update"],
        "qctl cron add NAME SPEC TYPE; --replace changes one",
    ),
    (&["stop", "disable", "suspend"], "qctl cron pause NAME"),
    (&["start", "enable", "unpause"], "qctl cron resume NAME"),
    (&["trigger", "fire", "now"], "qctl cron run NAME"),
    (&["import", "apply", "load"], "qctl cron sync FILE"),
    (&["log", "logs"], "qctl cron history NAME"),
    (&["help"], "qctl help cron"),
];

const CONTEXT_COMMANDS: Habits = &[
    (&["drop", "delete", "remove", "del"], "qctl context rm NAME"),
    (&["list", "get"], "qctl context ls"),
    (
        &["create", "new", "set"],
        "qctl context add NAME --redis URL",
    ),
    (&["switch", "select"], "qctl context use NAME"),
    (&["current", "view", "inspect"], "qctl context show"),
    (&["help"], "qctl help context"),
];

const OPTIONS: Habits = &[
    (
        &["-A", "--all"],
        "ls and stats show all queues by default; changes take --queue '*'",
    ),
    (
        &["--priority"],
        "a queue has a weight: qctl enqueue --queue QUEUE, qctl work --queue QUEUE=WEIGHT",
    ),
    (&["--timezone", "--time-zone", "--zone"], "--tz ZONE"),
    (&["--force"], "--yes skips the confirmation"),
    (&["--since"], "--newer-than DURATION"),
    (
        &["-n"],
        "--limit N for a shorter list, --queue QUEUE for one queue",
    ),
    (&["--selector", "--jq"], "--filter EXPR, a jq expression"),
    (&["--ttl"], "--unique DURATION or --retention DURATION"),
    (&["--delay"], "--in DURATION"),
    (
        &["--host", "-h", "--port", "--uri", "--url", "-u"],
        "--redis URL",
    ),
    (&["--db"], "--redis redis://HOST:PORT/DB"),
    (&["--password"], "--password-file FILE, or QCTL_REDIS"),
    (&["--format"], "-o FORMAT"),
    (&["--sort-by", "--order-by"], "--sort COLUMN"),
];

const FORMATS: Habits = &[
    (&["yaml", "yml"], "-o json"),
    (
        &["custom-columns", "custom-columns-file", "columns"],
        "--columns NAME,NAME",
    ),
    (&["jsonpath", "go-template", "template"], "-o json, and jq"),
    (&["name", "names", "ids"], "-o id"),
    (&["text", "plain"], "-o table"),
];

const STATES: Habits = &[
    (
        &["failed", "failing", "error"],
        "tasks that failed are in --state retry,archived",
    ),
    (
        &["all", "*"],
        "name the states: --state pending,retry; qctl ls without --state shows all",
    ),
    (&["running", "processing", "in-progress"], "--state active"),
    (&["dead"], "--state archived"),
    (&["queued", "enqueued"], "--state pending"),
    (
        &["waiting"],
        "tasks that wait for the limit of their handler are in --state retry, others in --state pending",
    ),
    (&["done", "succeeded", "success"], "--state completed"),
];

/// Options whose values may begin with a dash, or that take a value after `=` only.
const TEXTS: &[&str] = &[
    "--id", "--at", "--queue", "-q", "--type", "-t", "--group", "--error", "--filter", "--name",
    "--wait", "--watch", "-w",
];

/// Options for numbers and durations.
const AMOUNTS: &[&str] = &[
    "--in",
    "--limit",
    "-l",
    "--older-than",
    "--newer-than",
    "--timeout",
    "--unique",
    "--retention",
    "--rate",
];
