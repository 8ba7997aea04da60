//! What every kind of handler must do, with the real worker on a real Redis: one list of scenarios for all kinds.
//!
//! A new kind is a function in `kinds.rs`, a name below, and a mode of `tests/fixtures/play.py`, which plays all of them.

/// Hands the scenarios to a macro: those of all handlers, and those that only make sense for tasks.
macro_rules! scenarios {
    ($play:ident) => {
        $play! {
            {
                a_result_is_kept
                a_failure_is_counted_and_has_its_text
                a_timeout_ends_the_attempt_and_not_the_handler
                a_deaf_handler_does_not_outlive_its_timeout
                a_lost_lease_ends_the_attempt_and_nothing_is_written
                a_shutdown_gives_back_what_runs
                a_crash_fails_its_task_and_no_later_one
                a_flood_of_output_costs_no_memory
                a_payload_is_not_always_text
                a_payload_may_be_large
                many_tasks_are_in_flight
            }
            {
                // Tasks that cannot be merged go back to their group: no command may give them up.
                a_task_that_is_skipped_is_archived
                // No failure of a merge is counted.
                a_task_that_is_released_is_not_counted
                // The tasks are back in their group when the lifetime of their set is over.
                the_handler_chooses_the_time_of_the_retry
                // A merge has no id that could be cancelled.
                an_operator_cancels_a_task
            }
        }
    };
}

mod examples; // the scripts in examples/handlers
mod kinds; // how each kind is configured and what it has no means for
mod merges; // the same scenarios for commands that merge groups
mod processes; // what processes that stay can do wrong
mod scenarios; // what must hold for each
mod stand; // a worker with one handler

/// A module of tests for each kind, with a test for each scenario.
macro_rules! conform {
    ({ $($of_all:ident)* } { $($of_tasks:ident)* }) => {
        conform!(@ { $($of_all)* $($of_tasks)* }: run exec pipe http);
    };
    (@ $scenarios:tt: $($kind:ident)*) => { $(conform!(@ $kind $scenarios);)* };
    (@ $kind:ident { $($scenario:ident)* }) => {
        mod $kind {
            $(#[test] fn $scenario() { super::scenarios::$scenario(&super::kinds::$kind()); })*
        }
    };
}

scenarios!(conform);
