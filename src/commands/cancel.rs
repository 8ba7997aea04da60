//! `qctl cancel`: ask servers to stop running tasks.

use super::Context;
use super::change::{Change, ChangeArgs, Wait, run as run_change};
use crate::error::Exit;
use crate::task::parse;
use crate::task::transition::Action;

/// Cancel running tasks: end their attempts, which count as failed and are retried
///
/// The request is published to the servers that listen at this moment, by ID alone: a running task with the same ID in
/// another queue is cancelled too. Use --wait, or qctl inspect, to see whether the task has stopped. A selection is
/// confirmed first.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl cancel [OPTIONS] <ID>...\n       qctl cancel [OPTIONS] --queue <QUEUE>",
    after_help = "Examples:\n  qctl cancel 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n  qctl cancel --queue low --type 'image:*' --yes"
)]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Wait until the tasks have stopped, at most DURATION [default: without a limit]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = wait)]
    wait: Option<Wait>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &CancelArgs) -> anyhow::Result<Exit> {
    let change = Change {
        action: Action::Cancel,
        edit: None,
        args: &args.change,
        allow_trim: false,
        wait: args.wait.unwrap_or(Wait::No),
    };
    run_change(cx, &change).await
}

/// The value of --wait, which is empty where none is given.
fn wait(text: &str) -> Result<Wait, parse::ParseError> {
    match text {
        "" => Ok(Wait::Forever),
        text => parse::duration(text).map(Wait::AtMost),
    }
}
