//! The `qctl` command that does what a page or a dashboard is about to do, ready to paste into a shell.
//!
//! The shell may be sh, bash, zsh or fish. Names come from strangers: none of them gets a meaning for the shell or for
//! `qctl`, and no control character gets into the text. Commands that ask for confirmation still ask.

mod written;

use std::fmt::Write as _;

pub use written::{edit, enqueue};

use crate::inspector::schedules::{Form, Schedule};
use crate::inspector::{Options, Selection, StateFilter};
use crate::task::parse::duration_text;
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// The comment in place of a command.
const UNWRITABLE: &str = "no command: a name contains a NUL character or ends with a line break";

/// Lists the tasks of a selection; those that are selected by id are inspected.
pub fn ls(selection: &Selection) -> String {
    let command = match selection.ids {
        Some(_) => CommandLine::new(&["inspect"]),
        None => CommandLine::new(&["ls", "tasks"]),
    };
    command.selection(selection, Prompt::Never).shell()
}

/// Changes the tasks of a selection.
pub fn change(action: Action, selection: &Selection, options: &Options) -> String {
    let Options {
        dry_run,
        rate,
        allow_trim,
        ids: _,
        resend_limit: _,
    } = *options;
    let prompt = match action {
        Action::Retry => Prompt::Never,
        Action::Archive | Action::Cancel if selection.ids.is_some() => Prompt::Never,
        Action::Archive | Action::Cancel | Action::Delete | Action::Edit => Prompt::Unless(dry_run),
    };
    CommandLine::new(&[action.verb()])
        .flag("--dry-run", dry_run)
        .flag("--allow-trim", allow_trim && action == Action::Archive)
        .option("--rate", rate.map(|rate| rate.to_string()).as_deref())
        .selection(selection, prompt)
        .shell()
}

/// Shows a task.
pub fn inspect(queue: &QueueName, id: &TaskId) -> String {
    ls(&Selection {
        queues: vec![queue.clone()],
        ..Selection::ids([id.clone()])
    })
}

/// Shows what the attempts of a task have printed, or one of them.
pub fn logs(queue: &QueueName, id: &TaskId, attempt: Option<&str>) -> String {
    CommandLine::new(&["logs"])
        .option("--queue", Some(queue.as_str()))
        .option("--attempt", attempt)
        .operands(&[id.as_str()])
        .shell()
}

/// Shows a queue.
pub fn inspect_queue(queue: &QueueName) -> String {
    let command = CommandLine::new(&["inspect"]);
    command.option("--queue", Some(queue.as_str())).shell()
}

/// Serves a queue.
pub fn work(queue: &QueueName) -> String {
    let command = CommandLine::new(&["work"]);
    command.option("--queue", Some(queue.as_str())).shell()
}

/// Pauses a queue.
pub fn pause(queue: &QueueName) -> String {
    named(&["pause"], queue.as_str())
}

/// Resumes a queue.
pub fn resume(queue: &QueueName) -> String {
    named(&["resume"], queue.as_str())
}

/// Deletes a queue; with `force`, even if it holds tasks.
pub fn drop(queue: &QueueName, force: bool) -> String {
    let command = CommandLine::new(&["drop"]).flag("--force", force);
    command.operands(&[queue.as_str()]).shell()
}

/// Stores a schedule.
pub fn cron_add(schedule: &Schedule, paused: bool, replace: bool) -> String {
    let form = Form::from(schedule);
    let retries = form.max_retry.map(|retries| retries.to_string());
    let options = [
        ("--tz", &form.tz),
        ("--queue", &form.queue),
        ("--max-retry", &retries),
        ("--timeout", &form.timeout),
        ("--deadline", &form.deadline),
        ("--in", &form.delay),
        ("--unique", &form.unique),
        ("--retention", &form.retention),
        ("--group", &form.group),
        ("--catch-up", &form.catch_up),
        ("--jitter", &form.jitter),
        ("--start", &form.start),
        ("--end", &form.end),
        ("--note", &form.note),
    ];
    let mut command = CommandLine::new(&["cron", "add"]);
    for (name, value) in options {
        command = command.option(name, value.as_deref());
    }
    for (name, value) in &form.headers {
        command = command.option("--header", Some(&format!("{name}={value}")));
    }
    let (spec, kind) = (form.spec.as_str(), form.kind.as_str());
    command
        .payload(schedule.payload.as_deref())
        .flag("--paused", paused)
        .flag("--replace", replace)
        .operands(&[schedule.name.as_str(), spec, kind])
        .shell()
}

/// Shows a schedule.
pub fn cron_ls(name: &str) -> String {
    named(&["cron", "ls"], name)
}

/// Removes a schedule.
pub fn cron_remove(name: &str) -> String {
    named(&["cron", "rm"], name)
}

/// Pauses a schedule.
pub fn cron_pause(name: &str) -> String {
    named(&["cron", "pause"], name)
}

/// Resumes a schedule.
pub fn cron_resume(name: &str) -> String {
    named(&["cron", "resume"], name)
}

/// Enqueues the task of a schedule now.
pub fn cron_run(name: &str) -> String {
    named(&["cron", "run"], name)
}

/// Repairs what the doctor finds of these codes in these queues, or anywhere.
pub fn doctor_fix(codes: &[&str], queues: &[&QueueName]) -> String {
    let command = CommandLine::new(&["doctor", "--fix"]).option("--only", Some(&codes.join(",")));
    let queues = queues.iter();
    queues
        .fold(command, |command, queue| {
            command.option("--queue", Some(queue.as_str()))
        })
        .shell()
}

/// Explains a code of the doctor.
pub fn doctor_explain(code: &str) -> String {
    named(&["doctor", "explain"], code)
}

/// A command with one operand.
fn named(verb: &[&str], name: &str) -> String {
    CommandLine::new(verb).operands(&[name]).shell()
}

/// Whether a command asks for confirmation.
#[derive(Debug, Clone, Copy)]
enum Prompt {
    Never,
    /// Unless this is true.
    Unless(bool),
}

/// A command: its arguments, and the bytes that it reads.
struct CommandLine {
    args: Vec<String>,
    /// What `printf` writes to its standard input: a format, already quoted.
    input: Option<String>,
}

impl CommandLine {
    fn new(verb: &[&str]) -> Self {
        Self {
            args: verb.iter().map(ToString::to_string).collect(),
            input: None,
        }
    }

    fn flag(mut self, name: &str, set: bool) -> Self {
        self.args.extend(set.then(|| name.to_owned()));
        self
    }

    /// An option with a value. One that begins with a hyphen would be read as an option of its own.
    fn option(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            None => {}
            Some(value) if value.starts_with('-') => self.args.push(format!("{name}={value}")),
            Some(value) => self.args.extend([name.to_owned(), value.to_owned()]),
        }
        self
    }

    /// The arguments without a name. They come last.
    fn operands(mut self, operands: &[&str]) -> Self {
        if operands.iter().any(|operand| operand.starts_with('-')) {
            self.args.push("--".to_owned());
        }
        self.args.extend(operands.iter().map(ToString::to_string));
        self
    }

    fn selection(mut self, selection: &Selection, prompt: Prompt) -> Self {
        for queue in &selection.queues {
            self = self.option("--queue", Some(queue.as_str()));
        }
        let Some(ids) = &selection.ids else {
            return self.description(selection);
        };
        let ids: Vec<&str> = ids.iter().map(TaskId::as_str).collect();
        if ids.iter().all(|id| is_operand(id)) && !ids.is_empty() {
            return self.operands(&ids);
        }
        let lines: String = ids.iter().map(|id| line(id) + "\n").collect();
        // No question can be answered if standard input is not a terminal.
        let asks = matches!(prompt, Prompt::Unless(false));
        self.flag("--yes", asks).reading(lines.as_bytes(), "-")
    }

    /// Adds an argument that makes the command read these bytes from standard input.
    fn reading(mut self, bytes: &[u8], arg: &str) -> Self {
        self.input = Some(printf(bytes));
        self.args.push(arg.to_owned());
        self
    }

    fn description(mut self, selection: &Selection) -> Self {
        let filter = &selection.filter;
        let states = selection.states.iter().copied().map(StateFilter::name);
        let states = states.collect::<Vec<_>>().join(",");
        let kind = filter.kind.as_ref().map(ToString::to_string);
        let expression = filter.expression.as_ref();
        self = self
            .option(
                "--state",
                Some(&*states).filter(|states| !states.is_empty()),
            )
            .option("--type", kind.as_deref())
            .option("--group", selection.group.as_deref())
            .option("--error", filter.error.as_deref())
            .option(
                "--older-than",
                filter.older_than.map(duration_text).as_deref(),
            )
            .option(
                "--newer-than",
                filter.newer_than.map(duration_text).as_deref(),
            )
            .option(
                "--filter",
                expression.map(crate::inspector::Expression::as_str),
            );
        let limit = selection.limit.map(|limit| limit.to_string());
        self.option("--limit", limit.as_deref())
    }

    /// The payload: text as it is, other bytes on standard input.
    fn payload(self, payload: Option<&[u8]>) -> Self {
        let Some(payload) = payload else { return self };
        match std::str::from_utf8(payload) {
            Ok(text) if text.starts_with('@') => {
                self.option("--payload", Some(&format!("@{text}")))
            }
            Ok(text) if text != "-" && quoted(text).is_some() => {
                self.option("--payload", Some(text))
            }
            Ok(_) | Err(_) => self.reading(payload, "--payload=-"),
        }
    }

    /// The text for a shell; a comment if a value cannot be passed by any shell.
    fn shell(self) -> String {
        let args: Option<Vec<String>> = self.args.iter().map(|arg| quoted(arg)).collect();
        let Some(args) = args else {
            return format!("# {UNWRITABLE}");
        };
        let command = format!("qctl {}", args.join(" "));
        match self.input {
            Some(input) => format!("{input} | {command}"),
            None => command,
        }
    }
}

/// Whether an id can be an argument: `-` stands for standard input, and blank ones are refused.
fn is_operand(id: &str) -> bool {
    id != "-" && !id.trim().is_empty() && !id.contains(char::is_control)
}

/// An id as a line of standard input: as JSON where it could be misread.
fn line(id: &str) -> String {
    if is_operand(id) && !id.starts_with('"') {
        id.to_owned()
    } else {
        serde_json::Value::from(id).to_string()
    }
}

/// An argument for a shell; `None` if no shell can pass it.
fn quoted(arg: &str) -> Option<String> {
    if !arg.contains(char::is_control) {
        return shlex::try_quote(arg).ok().map(Into::into);
    }
    // `$(…)` removes line breaks at the end.
    let possible = !arg.contains('\0') && !arg.ends_with('\n');
    possible.then(|| format!("\"$({})\"", printf(arg.as_bytes())))
}

/// A `printf` command that writes these bytes. It may stand in double quotes, where `!` has a meaning for bash.
fn printf(bytes: &[u8]) -> String {
    let mut format = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '%' => format.push_str("%%"),
                '\n' => format.push_str("\\n"),
                c if c.is_control() || matches!(c, '\\' | '\'' | '!') => {
                    octal(&mut format, c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                // `printf` would take it for an option.
                '-' if format.is_empty() => octal(&mut format, b"-"),
                c => format.push(c),
            }
        }
        octal(&mut format, chunk.invalid());
    }
    format!("printf '{format}'")
}

fn octal(format: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        write!(format, "\\{byte:03o}").unwrap_or_default();
    }
}
