//! `qctl edit`: change tasks that are waiting, or move them to another queue.

mod as_text;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Context;
use super::change::{Change, ChangeArgs, Wait, run as run_change};
use super::options::{TypedTime, read_payload, time, timeout};
use super::selection::unusable;
use crate::error::{Code, Exit, Failure};
use crate::inspector::Expression;
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::options::{MAX_PAYLOAD, whole_seconds};
use crate::task::transition::Action;
use crate::task::{QueueName, parse};

/// Edit tasks that are not running: payload, options, start; or move them to another queue
///
/// Tasks in state pending, scheduled, retry, archived, completed or aggregating can be edited. A unique lock that a task
/// holds moves along, for the time it has left. A selection needs --queue and --state, and is confirmed first. A move that was cut short is
/// finished when the command is repeated.
///
/// With one ID and no options, the task is opened as text in $VISUAL or $EDITOR, or in vi. The task is changed if the text
/// is, unless the task has changed meanwhile: then the text stays in a file, which --from reads.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl edit [OPTIONS] <ID>...\n       qctl edit [OPTIONS] --queue <QUEUE> --state <STATE>",
    after_help = "Examples:\n  qctl edit 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n  qctl edit 6ba7b810-9dad-11d1-80b4-00c04fd430c8 --payload @fixed.json\n  qctl edit -q low -s archived --error 'no such user' --jq '.user_id = 43'\n  qctl edit -q critical -s pending --move-to low --yes\n  qctl edit -q low -s retry --in 2h --max-retry 5"
)]
pub(crate) struct EditArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// New payload: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin
    #[arg(
        short,
        long,
        value_name = "TEXT|@FILE|-",
        allow_hyphen_values = true,
        conflicts_with = "jq"
    )]
    payload: Option<OsString>,
    /// Compute the new payload from the old one, which must be JSON, with this jq expression
    #[arg(long, value_name = "EXPR")]
    jq: Option<String>,
    /// Run the task after this delay; scheduled tasks and retries only
    #[arg(long = "in", value_name = "DURATION", value_parser = parse::duration)]
    start_in: Option<Duration>,
    /// Do not run the task before this time, such as 2026-12-01T09:00:00Z, "tomorrow 09:00" (local time) or now+10m;
    /// scheduled tasks and retries only
    #[arg(long = "at", value_name = "TIME", value_parser = TypedTime::parse, conflicts_with = "start_in")]
    start_at: Option<TypedTime>,
    /// Maximum number of retries
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(0..))]
    max_retry: Option<i32>,
    /// Time limit of one attempt
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
    /// Time after which no attempt may run, written as for --at
    #[arg(long, value_name = "TIME", value_parser = time)]
    deadline: Option<DateTime<Utc>>,
    /// Keep the completed task and its result for this long
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    retention: Option<Duration>,
    /// Move the tasks to this queue
    #[arg(long, value_name = "QUEUE", conflicts_with_all = ["start_in", "start_at"])]
    move_to: Option<QueueName>,
    /// Read the task from a text as the editor shows it; - is stdin
    #[arg(
        long,
        value_name = "FILE|-",
        conflicts_with_all = ["payload", "jq", "start_in", "start_at", "max_retry", "timeout", "deadline", "retention", "move_to"]
    )]
    from: Option<PathBuf>,
}

impl EditArgs {
    fn edit(&self, now: DateTime<Utc>) -> anyhow::Result<Edit> {
        let timeout = self.timeout.map(|span| whole_seconds(span, "timeout"));
        let retention = self.retention.map(|span| whole_seconds(span, "retention"));
        Ok(Edit {
            payload: self.payload()?,
            start_at: self.start(now)?,
            max_retry: self.max_retry,
            timeout: timeout.transpose()?,
            deadline: self.deadline.map(|at| at.timestamp()),
            retention: retention.transpose()?,
            queue: self.move_to.clone(),
            only_if: None,
        })
    }

    fn payload(&self) -> anyhow::Result<Option<NewPayload>> {
        if let Some(text) = &self.jq {
            let expression = Expression::new(text).map_err(|error| {
                let what = format!("{text:?} {}", unusable(&error));
                let hint = "use one such as '.user_id = 43'";
                Failure::new(Code::Filter, what).with_hint(hint)
            })?;
            return Ok(Some(NewPayload::Jq(expression)));
        }
        let Some(typed) = &self.payload else {
            return Ok(None);
        };
        let from_stdin = |text: &OsString| text.as_os_str() == "-";
        if from_stdin(typed) && self.change.selection.ids.iter().any(|id| id == "-") {
            let what = "ids and payload cannot both come from stdin";
            return Err(Failure::usage(what, "pass the payload with @FILE").into());
        }
        let bytes = read_payload(typed)?;
        if bytes.len() >= MAX_PAYLOAD {
            let what = "the payload is larger than Redis can store";
            return Err(Failure::usage(what, "store it elsewhere and pass a reference").into());
        }
        Ok(Some(NewPayload::Bytes(bytes)))
    }

    fn start(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
        if let Some(at) = &self.start_at {
            let at = at.at(now);
            return at
                .map(Some)
                .map_err(|error| Failure::usage(format!("--at is {error}"), "qctl edit --help"));
        }
        let delay = self.start_in.map(|delay| {
            let delay = TimeDelta::from_std(delay).ok();
            let at = delay.and_then(|delay| now.checked_add_signed(delay));
            at.ok_or_else(|| Failure::usage("the start is too far away", "use a shorter --in"))
        });
        delay.transpose()
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &EditArgs) -> anyhow::Result<Exit> {
    // Mistakes are reported before a connection is made.
    let mut edit = args.edit(cx.now())?;
    if edit.is_empty() {
        return as_text::run(cx, &args.change, args.from.as_deref()).await;
    }
    cx.inspector_unless(args.change.dry_run, Action::Edit.verb())
        .await?;
    // --in counts from now by Redis's clock.
    edit.start_at = args.start(cx.now())?;
    let change = Change {
        action: Action::Edit,
        edit: Some(edit),
        args: &args.change,
        allow_trim: false,
        wait: Wait::No,
    };
    run_change(cx, &change).await
}
