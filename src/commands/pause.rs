//! `qctl pause` and `qctl resume`: whether a queue is served.

use super::Context;
use crate::broker::Broker;
use crate::clock;
use crate::error::Exit;
use crate::task::QueueName;
use crate::view::moved::{QueueAction, QueueChange, QueuesChanged};

/// Stop queues from being served; running tasks go on.
///
/// Pausing a queue that is paused already does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl pause low bulk")]
pub(crate) struct PauseArgs {
    /// The queues
    #[arg(value_name = "QUEUE", required = true)]
    queues: Vec<QueueName>,
    /// Also pause names that are no queue yet
    #[arg(long)]
    force: bool,
}

/// Let paused queues be served again.
///
/// Resuming a queue that is not paused does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl resume low bulk")]
pub(crate) struct ResumeArgs {
    /// The queues
    #[arg(value_name = "QUEUE", required = true)]
    queues: Vec<QueueName>,
    /// Also resume names that are no queue
    #[arg(long)]
    force: bool,
}

/// Runs `pause`.
pub(crate) async fn pause(cx: &mut Context, args: &PauseArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_to("pause").await?;
    expect(&broker, &args.queues, args.force).await?;
    let mut done = Vec::new();
    for queue in &args.queues {
        let changed = broker.pause(queue, clock::now()).await?;
        done.push(change(queue, QueueAction::Pause, changed));
    }
    cx.show(&QueuesChanged(done))
}

/// Runs `resume`.
pub(crate) async fn resume(cx: &mut Context, args: &ResumeArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_to("resume").await?;
    expect(&broker, &args.queues, args.force).await?;
    let mut done = Vec::new();
    for queue in &args.queues {
        let changed = broker.resume(queue).await?;
        done.push(change(queue, QueueAction::Resume, changed));
    }
    cx.show(&QueuesChanged(done))
}

fn change(queue: &QueueName, action: QueueAction, changed: bool) -> QueueChange {
    QueueChange {
        queue: queue.to_string(),
        action,
        dry_run: false,
        changed,
        tasks: None,
    }
}

/// All names are looked at before anything is changed.
async fn expect(broker: &Broker, queues: &[QueueName], force: bool) -> anyhow::Result<()> {
    if !force {
        for queue in queues {
            broker.expect_queue(queue).await?;
        }
    }
    Ok(())
}
