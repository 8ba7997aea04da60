//! `qctl pause` and `qctl resume`.

use super::Context;
use super::queues::ChangedQueueArgs;
use crate::error::Exit;
use crate::inspector::{Inspector, distinct};
use crate::task::QueueName;

/// Pause queues; running tasks continue
///
/// Pausing a queue that is already paused does nothing.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl pause [OPTIONS] <QUEUE>...",
    after_help = "Examples:\n  qctl pause low bulk\n  qctl pause 'import:*'"
)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    queues: ChangedQueueArgs,
    /// Also pause queues that do not exist yet; they are created
    #[arg(long)]
    force: bool,
}

/// Resume paused queues
///
/// Resuming a queue that is not paused does nothing.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qctl resume [OPTIONS] <QUEUE>...",
    after_help = "Examples:\n  qctl resume low bulk\n  qctl resume '*'"
)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    queues: ChangedQueueArgs,
    /// Also resume queues that do not exist
    #[arg(long)]
    force: bool,
}

/// Runs `pause`.
pub(crate) async fn pause(cx: &mut Context, args: &PauseArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector_to("pause").await?;
    let queues = named(&inspector, &args.queues.all(), args.force).await?;
    cx.show(&inspector.pause(&queues, cx.now()).await?)
}

/// Runs `resume`.
pub(crate) async fn resume(cx: &mut Context, args: &ResumeArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector_to("resume").await?;
    let queues = named(&inspector, &args.queues.all(), args.force).await?;
    cx.show(&inspector.resume(&queues).await?)
}

async fn named(
    inspector: &Inspector,
    names: &[QueueName],
    force: bool,
) -> anyhow::Result<Vec<QueueName>> {
    if force {
        Ok(distinct(names))
    } else {
        Ok(inspector.queues(names).await?)
    }
}
