//! The worker and its handlers, with real processes.

mod burst; // how a burst ends
mod clocks; // machines whose clocks are wrong
mod commands; // `qctl work` with commands that misbehave
pub(crate) mod crew; // a worker in this process
mod ends; // what becomes of a task when its handler is done
mod event_hooks; // commands that are run when attempts have ended
mod figures; // what a handler with a limit costs the others
mod group_commands; // commands that merge groups
mod groups; // ripe groups are merged, once
mod guardian; // that no command outlives a worker, however it ends
mod hooks; // what a program with a worker in its own process has a say in
mod http; // handlers that are HTTP endpoints
mod killed; // a worker killed again and again loses nothing
mod leases; // leases are held, and a lost one is noticed
mod life; // handlers are started and stopped
mod limits; // timeouts, deadlines, cancellation
mod log; // what `qctl work` says
mod log_file; // where that goes, and what becomes of it
mod logs; // what attempts print, and who can read it later
mod open_files; // how many a worker may have open
mod operation; // what a worker tells those who watch it
mod order; // which tasks are taken, how many at a time, and when a burst is over
mod reload; // the configuration is changed while the worker runs
mod reload_groups; // rules of groups that change while the worker runs
mod reload_keeps; // what such a change leaves alone
pub(crate) mod shared_limits; // limits across workers, the real x/rate included
mod shell; // the contract of a command: what it gets, what becomes of what it says
pub(crate) mod shop; // a Redis with queues to work on
pub(crate) mod stage; // runs single attempts of commands
pub(crate) mod stalled_limits; // limits across workers while Redis stands still
mod stopping; // signals
mod surroundings; // what a command gets besides its task, and what it may use
mod thrift; // what a worker with many queues asks of Redis
mod tokens; // what becomes of the tokens of a rate that no task needed
mod turns; // handlers that run only so many tasks at a time
mod unanswered; // claims whose answers are lost
mod upkeep; // due, abandoned, expired and broken tasks
