//! A task whose move to another queue was cut short, so that it is in neither queue.

use super::edit::{Desk, RETRIES};
use super::{SIZE, doctor::looked_twice};
use crate::cli::{edit::cut_move, state};

/// The doctor's second look is half a minute after the first.
#[test]
fn it_is_said_to_be_on_its_way_until_the_doctor_has_finished_the_move() {
    let Some(desk) = Desk::new(RETRIES, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    let told = "task \"one\" is on its way from queue \"low\" to another one";
    // The command goes on in the next line.
    let finish = "finish it: qctl doctor --fix";
    tmux.keys("Enter").sees(&["Tasks › one", "Payload"]);
    tmux.keys("p").sees(&["frozen"]);
    cut_move(&desk.redis, &["one"], "high", "qctl:moving:");
    // Its page has the keys that it had.
    for key in ["E", "N", "R"] {
        tmux.keys("y").sees(&["copied: "]);
        tmux.keys(key).loses("copied: ");
        tmux.sees(&[told, finish]);
    }
    assert_eq!(state(&desk.redis, "low", "one"), None);
    tmux.keys("p Escape").sees(&["No tasks match"]);
    tmux.keys("5").sees(&["unfinished-move"]);
    looked_twice(tmux);
    tmux.keys("R")
        .sees(&["repair unfinished-move in low (1)", "y/N"]);
    tmux.keys("y").sees(&["repaired 1 of 1 finding"]);
    assert_eq!(
        state(&desk.redis, "high", "one").as_deref(),
        Some("archived")
    );
    tmux.keys("2").sees(&["archived", "high"]);
}
