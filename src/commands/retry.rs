//! `qctl retry`: run tasks now.

use super::Context;
use super::change::{Change, ChangeArgs, Wait, run as run_change};
use crate::error::Exit;
use crate::task::transition::Action;

/// Run tasks now: move them to pending
///
/// A selection without --state covers retry and archived tasks. There is no confirmation.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl retry [OPTIONS] <ID>...\n       qctl retry [OPTIONS] --queue <QUEUE>",
    after_help = "Examples:\n  qctl retry 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n  qctl retry --queue critical --error 'connection refused'\n  qctl ls tasks -q low -s archived -o id | qctl retry -q low -",
    mut_arg("yes", |yes| yes.help("No effect: there is no confirmation"))
)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &RetryArgs) -> anyhow::Result<Exit> {
    let change = Change {
        action: Action::Retry,
        edit: None,
        args: &args.change,
        allow_trim: false,
        wait: Wait::No,
    };
    run_change(cx, &change).await
}
