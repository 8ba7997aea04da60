//! `qctl archive`: keep tasks, but do not run them.

use super::Context;
use super::change::{Change, ChangeArgs, Wait, run as run_change};
use crate::error::Exit;
use crate::task::transition::Action;

/// Archive tasks: keep them, but do not run them
///
/// An archive holds 9,999 tasks for up to 90 days; older ones are deleted. Use retry to bring a task back. A selection
/// needs --queue and --state, and is confirmed first.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl archive [OPTIONS] <ID>...\n       qctl archive [OPTIONS] --queue <QUEUE> --state <STATE>",
    after_help = "Examples:\n  qctl archive 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n  qctl archive --queue low --state pending --older-than 2d --yes"
)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Archive more tasks than the archive holds: the oldest archived tasks are deleted
    #[arg(long)]
    allow_trim: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ArchiveArgs) -> anyhow::Result<Exit> {
    let change = Change {
        action: Action::Archive,
        edit: None,
        args: &args.change,
        allow_trim: args.allow_trim,
        wait: Wait::No,
    };
    run_change(cx, &change).await
}
