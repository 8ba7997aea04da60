//! `qctl guardian`: the process that ends what a worker leaves behind when it is killed. Workers start it.

use crate::worker::guardian;

/// Wait for the end of a worker and end the commands that it has left.
#[derive(Debug, clap::Args)]
pub struct GuardianArgs {}

/// Runs the command.
pub fn run(_args: &GuardianArgs) -> anyhow::Result<()> {
    guardian::keep_watch(std::io::stdin().lock());
    Ok(())
}
