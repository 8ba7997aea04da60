//! `qctl cron run`: the task of a schedule, now and once.

use crate::clock;
use crate::commands::Context;
use crate::config;
use crate::document::enqueued::EnqueuedDocument;
use crate::error::Exit;
use crate::schedule::stored::{self, Outcome, Record};

/// Enqueue the task of a schedule now, once.
///
/// Its times stay as they are. A schedule that is paused or has ended can be run too. Its jitter and
/// its --in do not count; all other options do.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron run nightly\n  qctl cron run nightly -o id")]
pub(crate) struct RunArgs {
    /// The schedule
    #[arg(value_name = "NAME")]
    name: String,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &RunArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_to("run schedules").await?;
    let stored = stored::one(&broker, &args.name).await?;
    let task = super::readable(&stored)?.task_now();
    let now = clock::now();
    let enqueued = broker.enqueue(&task, now).await?;
    let by = config::user();
    let record = Record {
        tick: None,
        at: now,
        outcome: Outcome::Enqueued {
            task_id: task.id.to_string(),
            queue: task.options.queue.to_string(),
        },
        by: by.clone(),
    };
    // The task is there, whatever becomes of the note.
    let settled = broker
        .settle_ticks(&[record.to_stored(&stored.name)], &by)
        .await;
    let mut noted = settled.and_then(|each| each.into_iter().collect::<Result<(), _>>());
    if let Some(event) = record.event() {
        noted = noted.and(broker.record_event(&stored.name, &event, now).await);
    }
    if let Err(error) = noted {
        let text = format!("the task is enqueued, but the history does not show it ({error})");
        cx.printer.warn(&text);
    }
    cx.show(&EnqueuedDocument::from(enqueued))
}
