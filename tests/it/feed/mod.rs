//! `qctl enqueue --from` and `--wait`, with the real program.

mod dry_run; // what would become of lines
mod exact;
mod lines; // documents, bad lines, options
mod trouble; // Redis goes away in the middle, interrupts
mod wait; // waiting for the end of a task
