//! The options that select tasks.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use wildmatch::WildMatch;

use crate::error::{Code, Failure};
use crate::inspector::{Expression, ExpressionError, Filter, Judged, Selection, StateFilter};
use crate::output::Printer;
use crate::task::{QueueName, TaskId, parse};
use crate::view::{Role, unjudged};

/// Tasks by id, or by a description.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Task ids; - reads them from stdin, one per line
    #[arg(value_name = "ID", allow_hyphen_values = false)]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub tasks: DescribedTasks,
    /// Maximum number of tasks: the first N in the order of qctl ls
    #[arg(short, long, value_name = "N", value_parser = count, conflicts_with = "ids")]
    pub limit: Option<u64>,
}

/// Tasks by queue, state and other properties.
#[derive(Debug, Args)]
pub(crate) struct DescribedTasks {
    /// Only tasks of this queue, by name or glob (repeatable, or separated by commas)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    pub queues: Vec<QueueName>,
    /// Only tasks in this state (repeatable, or separated by commas). aside: its message cannot be decoded; orphaned: active,
    /// but no server holds it
    #[arg(short, long = "state", value_name = "STATE", value_parser = state(), value_delimiter = ',')]
    pub states: Vec<StateFilter>,
    /// Only tasks waiting in this group
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Only tasks whose type matches this glob
    #[arg(short = 't', long = "type", value_name = "GLOB")]
    pub kind: Option<String>,
    /// Only tasks whose last error contains this text (case-sensitive)
    #[arg(long, value_name = "TEXT")]
    pub error: Option<String>,
    /// Only tasks that entered their present state more than DURATION ago: each failure and each retry starts the count again.
    /// Scheduled and active tasks never match
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pub older_than: Option<Duration>,
    /// Only tasks that entered their present state less than DURATION ago, as for --older-than
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pub newer_than: Option<Duration>,
    /// Only tasks for which this jq expression on their JSON document is true, such as '.retried > 3'
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
}

/// Parses a number of tasks or rows.
pub(crate) fn count(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "not a whole number")
}

/// A parser for a task state.
fn state() -> impl TypedValueParser<Value = StateFilter> {
    PossibleValuesParser::new(StateFilter::ALL.map(StateFilter::name))
        .try_map(|word| word.parse::<StateFilter>())
}

impl SelectionArgs {
    /// Whether tasks are selected by id.
    pub(crate) const fn names_tasks(&self) -> bool {
        !self.ids.is_empty()
    }

    /// The selection; `-` reads ids from stdin.
    pub(crate) async fn selection(&self) -> anyhow::Result<Selection> {
        let mut selection = self.tasks.selection()?;
        selection.limit = self.limit;
        if self.names_tasks() {
            let named = Selection::ids(read_ids(&self.ids).await?);
            selection.ids = named.ids;
        }
        Ok(selection)
    }
}

impl DescribedTasks {
    /// Whether anything but queues is set.
    pub(crate) const fn any(&self) -> bool {
        let Self {
            queues: _,
            states,
            group,
            kind,
            error,
            older_than,
            newer_than,
            filter,
        } = self;
        let texts = group.is_some() || kind.is_some() || error.is_some() || filter.is_some();
        texts || !states.is_empty() || older_than.is_some() || newer_than.is_some()
    }

    /// The selection of these tasks.
    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        let filter = Filter {
            kind: self.kind.as_deref().map(WildMatch::new),
            error: self.error.clone(),
            older_than: self.older_than,
            newer_than: self.newer_than,
            expression: self.filter.as_deref().map(compile).transpose()?,
        };
        Ok(Selection {
            queues: self.queues.clone(),
            ids: None,
            states: self.states.clone(),
            group: self.group.clone(),
            filter,
            limit: None,
        })
    }
}

fn compile(text: &str) -> Result<Expression, Failure> {
    Expression::new(text).map_err(|error| {
        let what = format!("the filter {text:?} {}", unusable(&error));
        let hint = "use one such as '.payload.user_id == 42 and .retried > 3'";
        match error {
            ExpressionError::NoThread(_) => Failure::new(Code::Filter, what),
            _ => Failure::new(Code::Filter, what).with_hint(hint),
        }
    })
}

/// Why an expression cannot be used.
pub(super) fn unusable(error: &ExpressionError) -> String {
    match error {
        ExpressionError::NoThread(_) => format!("cannot be compiled: {error}"),
        _ => format!("is not a jq expression ({error})"),
    }
}

/// The ids given as arguments and on stdin.
pub(crate) async fn read_ids(given: &[String]) -> anyhow::Result<Vec<TaskId>> {
    let mut ids = Vec::new();
    for text in given {
        if text != "-" {
            ids.push(TaskId::new(text.as_str())?);
            continue;
        }
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        let mut mark = Some('\u{feff}');
        loop {
            let line = lines.next_line().await.map_err(|error| {
                Failure::usage(
                    format!("cannot read ids from stdin ({error})"),
                    "pass one id per line, in UTF-8",
                )
            })?;
            let Some(line) = line else { break };
            // Some programs write a byte order mark at the start of a text.
            let line = mark
                .take()
                .map_or(&*line, |mark| line.strip_prefix(mark).unwrap_or(&line));
            let line = line.strip_suffix('\r').unwrap_or(line);
            if !line.trim().is_empty() {
                ids.push(read_id(line)?);
            }
        }
    }
    Ok(ids)
}

/// An id on a line of stdin. One that a line cannot hold is a JSON string, as `-o id` prints it.
fn read_id(line: &str) -> anyhow::Result<TaskId> {
    if !line.starts_with('"') {
        return Ok(TaskId::new(line)?);
    }
    let id: String = serde_json::from_str(line).map_err(|error| {
        Failure::usage(
            format!("the id {line} is not a JSON string ({error})"),
            "an id that begins with a quotation mark must be a JSON string",
        )
    })?;
    // Other clients store blank ids too.
    Ok(TaskId::from_stored(id.into_bytes()))
}

/// Reports the tasks that a filter could not judge.
pub(crate) fn report_judged(printer: &Printer, judged: &Judged) {
    for (role, line) in unjudged(judged) {
        match role {
            Role::Warning => printer.warn(&line),
            _ => printer.note(&line),
        }
    }
}
