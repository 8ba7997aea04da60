//! The worker and its handlers, with real processes.

mod guardian; // that no command outlives a worker, however it ends
mod shell; // the contract of a command: what it gets, what becomes of what it says
mod stage; // runs single attempts of commands
