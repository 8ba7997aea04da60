//! `qctl delete`.

use super::Context;
use super::change::{Change, ChangeArgs, Wait, run as run_change};
use crate::error::Exit;
use crate::task::transition::Action;

/// Delete tasks and release their unique locks
///
/// A selection needs --queue and --state. Ids are confirmed first as well.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl delete [OPTIONS] <ID>...\n       qctl delete [OPTIONS] --queue <QUEUE> --state <STATE>",
    after_help = "Examples:\n  qctl delete 6ba7b810-9dad-11d1-80b4-00c04fd430c8 --yes\n  qctl delete --queue low --state archived --older-than 30d --dry-run\n  qctl delete -q 'import:*' -s pending --filter '.payload.user_id == 42'\n  qctl delete - --yes < ids.txt"
)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &DeleteArgs) -> anyhow::Result<Exit> {
    let change = Change {
        action: Action::Delete,
        edit: None,
        args: &args.change,
        allow_trim: false,
        wait: Wait::No,
    };
    run_change(cx, &change).await
}
