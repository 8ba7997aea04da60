//! Queues as the arguments of a command. With `--queue`, they are named as in commands whose arguments are something else.

use crate::task::QueueName;

/// The queues of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct QueueArgs {
    /// Queues, by name or glob; also with --queue [default: all]
    #[arg(value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Further queues
    #[arg(short = 'q', long = "queue", value_name = "QUEUE", hide = true)]
    named: Vec<QueueName>,
}

impl QueueArgs {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<QueueName> {
        self.queues.iter().chain(&self.named).cloned().collect()
    }
}

/// The queues of a command that does nothing without any.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangedQueueArgs {
    /// The queues, by name or glob; also with --queue
    #[arg(value_name = "QUEUE", required_unless_present = "named")]
    queues: Vec<QueueName>,
    /// Further queues
    #[arg(short = 'q', long = "queue", value_name = "QUEUE", hide = true)]
    named: Vec<QueueName>,
}

impl ChangedQueueArgs {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<QueueName> {
        self.queues.iter().chain(&self.named).cloned().collect()
    }
}
