//! Sizes and colors.

use qctl::task::State;

use super::{SIZE, dash, redis, select};
use crate::cli::{message, put_message};
use crate::harness::tmux::Tmux;

#[test]
fn a_list_shows_what_fits() {
    let redis = redis();
    let Some(tmux) = Tmux::start(&redis.url(), (80, 24), "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "5 Doctor", "6 Audit", "critical"]);
    tmux.keys("2");
    let narrow = tmux.sees(&["ID", "TYPE", "STATE", "TIME", "first"]);
    assert!(!narrow.contains("ERROR"), "{narrow}");
    tmux.resize((120, 40));
    tmux.sees(&["PAYLOAD", "{\"n\":1}"]);
    tmux.resize((250, 60));
    tmux.sees(&["ERROR", "boom"]);
    tmux.keys("w").loses("ERROR");
    tmux.resize((20, 5));
    tmux.resize((80, 24));
    tmux.sees(&["ID", "TYPE", "STATE", "TIME", "q quit"]);
}

#[test]
fn a_long_payload_is_seen_to_its_last_character() {
    let redis = redis();
    let mut message = message("low", "long");
    let digits = "0123456789".repeat(30);
    message.payload = format!("\"{digits}\"").into_bytes();
    put_message(&redis, &message, State::Pending);
    let Some(tmux) = Tmux::start(&redis.url(), (80, 24), "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("2");
    select(&tmux, "queue:low state:pending", "2 tasks");
    tmux.keys("End Enter").sees(&["› long", "Payload"]);
    tmux.keys("End").until("the whole payload", |screen| {
        screen
            .lines()
            .map(str::trim)
            .collect::<String>()
            .contains(&digits)
    });
}

#[test]
fn a_new_size_is_noticed_although_a_key_is_pressed_at_the_same_time() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2");
    select(&tmux, "queue:critical state:archived", "3 tasks");
    tmux.keys("Enter").sees(&["› first"]);
    let mut message = message("critical", "first");
    // The last line of either width has more than one word, and that of 120 columns ends beyond 80.
    message.last_error = "word ".repeat(62) + "end";
    put_message(&redis, &message, State::Archived);
    tmux.keys("r").sees(&["word end"]);
    for round in 0..20 {
        let columns = if round % 2 == 0 { 80 } else { 120 };
        tmux.resize_with((columns, 40), "r");
        let width = usize::from(columns);
        tmux.until(&format!("{columns} columns"), |screen| {
            let words = screen.lines().filter(|line| line.contains("word word"));
            let longest = words.map(|line| line.trim_end().len()).max().unwrap_or(0);
            screen.contains("word end") && (width - 10..=width).contains(&longest)
        });
    }
}

#[test]
fn colors_are_of_the_terminal_and_can_be_turned_off() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2").sees(&["archived"]);
    // Red, one of the sixteen colors.
    assert!(tmux.painted().contains("\u{1b}[38;5;1m"));
    let plain = [("NO_COLOR", "1")];
    let Some(tmux) = Tmux::with(&redis.url(), SIZE, "dash", &plain) else {
        return;
    };
    tmux.sees(&["critical", "live"]);
    tmux.keys("2").sees(&["archived"]);
    let painted = tmux.painted();
    assert!(!painted.contains("[38;5;"), "{painted}");
    // The row at the cursor is seen nevertheless.
    assert!(painted.lines().any(|line| line.contains('>')));
}
