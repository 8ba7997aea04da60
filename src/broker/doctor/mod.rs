//! What `doctor` reads of a Redis: all keys, page by page; the hashes of tasks; where ids are; what a queue consists of. And
//! what it repairs, in scripts that check first whether the damage is still there. Nothing here decides whether something is
//! wrong.
//!
//! | file | reads |
//! | --- | --- |
//! | `sweep` | the names of all keys, of every server |
//! | `look` | the hashes of some tasks |
//! | `spots` | the containers of some ids |
//! | `parts` | groups, aggregation sets, locks, and what is left of a queue |
//! | `repair` | nothing: it repairs tasks of a queue |
//! | `repair_parts` | nothing: it repairs everything else |
//! | `announced` | servers and schedulers that no longer announce themselves, and the histories of scheduler entries |

mod announced;
mod look;
mod parts;
mod repair;
mod repair_parts;
mod spots;
mod sweep;

pub(crate) use announced::GLOBAL_SETS;
pub(crate) use look::{HashLook, Look, MAX_READ};
pub(crate) use parts::Owned;
pub(crate) use repair::{LeaseFault, MemberFault, Repair, Repaired};
pub(crate) use spots::{Place, Spot, set_of};
pub(crate) use sweep::Swept;
