//! All queues at a glance, read in the background while somebody watches.
//!
//! One [`Sampler`] per process reads for all viewers. Each tick sends a bounded number of commands:
//!
//! | what | commands | when |
//! | --- | --- | --- |
//! | names of queues | 1 for each 1,000 | each tick |
//! | announcements of workers | 1, and 1 for each worker | each tick; every fifth if there are more than 200 |
//! | figures of a queue | 1, and 1 for each group | in turn, busy queues more often |
//! | past days of a queue | 28 | once a day |
//! | memory of a queue | up to 250, and 1 for each group | every five minutes |
//! | `INFO` | 1 | every fifth tick |
//!
//! | file | holds |
//! | --- | --- |
//! | `sampler` | the task that ticks, and what viewers get |
//! | `tick` | what one tick reads |
//! | `memory` | what is known from earlier ticks |
//! | `turns` | whose turn it is |
//! | `budget` | how many commands are left |
//! | `hour` | attempts per minute |

mod budget;
mod hour;
mod memory;
pub(crate) mod sampler;
mod tick;
mod turns;

pub(crate) use sampler::{Sample, Sampler};
