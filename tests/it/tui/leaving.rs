//! What is left of the terminal, and what is reported, when the dashboard ends.

use rustix::process::Signal;

use super::{SIZE, assert_interrupted, dash, deleting, redis};
use crate::harness::proxy::Proxy;
use crate::harness::tmux::Tmux;

#[test]
fn quitting_and_signals_restore_the_terminal() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("q");
    tmux.left(0);
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("C-c");
    tmux.left(0);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 143)] {
        let Some(tmux) = dash(&redis, "") else { return };
        // Also while something is asked.
        tmux.keys("P").sees(&["y/N"]);
        tmux.signal(signal);
        tmux.left(code);
    }
}

#[test]
fn a_signal_ends_the_dashboard_and_the_command_that_runs_in_its_place() {
    let redis = redis();
    for signal in [Signal::TERM, Signal::HUP] {
        let Some(tmux) = dash(&redis, "") else { return };
        tmux.text(":cron run-scheduler").keys("Enter");
        tmux.loses("1 Queues");
        tmux.signal(signal);
        tmux.left(143);
    }
}

#[test]
fn a_signal_ends_the_dashboard_while_it_waits_for_a_key() {
    let redis = redis();
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 143)] {
        let Some(tmux) = dash(&redis, "") else { return };
        tmux.text(":stats").keys("Enter");
        tmux.sees(&["critical", "press a key to return"]);
        tmux.signal(signal);
        let screen = tmux.left(code);
        assert!(screen.contains("critical"), "{screen}");
    }
}

#[test]
fn quitting_stops_a_change_after_its_step_and_reports_it() {
    let Some((redis, proxy, tmux)) = deleting() else {
        return;
    };
    proxy.stall();
    tmux.keys("q").loses("1 Queues");
    proxy.heal();
    let screen = tmux.left(0);
    assert!(screen.contains("deleted "), "{screen}");
    assert!(screen.contains(", then stopped"), "{screen}");
    assert_interrupted(&redis);
}

#[test]
fn an_operation_that_fails_after_quitting_is_reported() {
    let redis = redis();
    let proxy = Proxy::new(&redis);
    let Some(tmux) = Tmux::start(&proxy.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("P").sees(&["y/N"]);
    proxy.stall();
    tmux.keys("y q").loses("1 Queues");
    proxy.cut();
    let screen = tmux.left(5);
    assert!(screen.contains("error: "), "{screen}");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_until_it_continues_the_dashboard() {
    let redis = redis();
    let Some(tmux) = Tmux::running(&redis.url(), SIZE, "sh -i", &[("PS1", "prompt> ")]) else {
        return;
    };
    tmux.sees(&["prompt>"]);
    let program = env!("CARGO_BIN_EXE_qctl");
    tmux.text(&format!("{program} dash")).keys("Enter");
    tmux.sees(&["1 Queues", "critical", "live"]);
    for _ in 0..2 {
        tmux.keys("C-z").until("the shell", |screen| {
            screen.contains("prompt>") && !screen.contains("1 Queues")
        });
        tmux.text("echo ty''ped; fg").keys("Enter");
        tmux.sees(&["1 Queues", "critical", "live"]);
    }
    // The size may have changed meanwhile.
    tmux.keys("C-z").loses("1 Queues");
    tmux.resize((80, 24));
    tmux.text("fg").keys("Enter");
    tmux.sees(&["1 Queues", "q quit"]);
    tmux.keys("q").sees(&["typed", "prompt>"]);
    tmux.text("exit").keys("Enter");
    tmux.left(0);
}

#[test]
fn a_dashboard_that_no_shell_can_continue_is_not_suspended() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("C-z").sees(&[
        "there is no shell that could continue the dashboard",
        "1 Queues",
    ]);
    tmux.signal(Signal::TSTP);
    tmux.keys("2").sees(&["Tasks", "archived"]);
    tmux.keys("q");
    tmux.left(0);
}
