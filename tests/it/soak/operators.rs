//! Operators, who change many tasks of a queue of their own, and pause it.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::json;

use super::actors::{PATIENCE, send};
use super::ledger::Deletion;
use super::timeline::Excuse;
use super::{Soak, between};
use crate::harness::running::Output;

/// Tasks that none of the workers would run for an hour.
struct Batch {
    kind: String,
    ids: Vec<String>,
}

impl Batch {
    fn enqueue(soak: &Soak, rng: &mut Rng, number: usize) -> Self {
        let kind = format!("batch-{number}");
        let ids: Vec<String> = (0..rng.usize(5..60))
            .map(|n| format!("b-{number}-{n}"))
            .collect();
        let later = (qctl::clock::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let lines = ids.iter().fold(String::new(), |mut lines, id| {
            soak.ledger.sends(id);
            let task = json!({
                "type": kind, "id": id, "queue": "bulk", "payload": format!("0 0 {id}"), "next_process_at": later,
                "unique_seconds": 600,
            });
            writeln!(lines, "{task}").unwrap();
            lines
        });
        send(soak, lines, false);
        Self { kind, ids }
    }

    /// Changes all of the batch that are in a state.
    fn change(&self, soak: &Soak, change: &str, state: &str) -> Output {
        let line = format!("{change} -q bulk -s {state} -t {} -o id --quiet", self.kind);
        command(soak, &line)
    }

    fn delete(&self, soak: &Soak, state: &str) {
        for id in &self.ids {
            soak.ledger.deletion(id, Deletion::Tried);
        }
        let output = self.change(soak, "delete --yes", state);
        // Without an answer to its last step, the command cannot know.
        if output.code == Some(0) {
            for id in &self.ids {
                soak.ledger.deletion(id, Deletion::None);
            }
        }
        for id in output.stdout_str().lines() {
            soak.ledger.deletion(id, Deletion::Done);
        }
    }
}

/// Runs a command to its end; whether it succeeds depends on what the servers suffer.
pub(super) fn command(soak: &Soak, line: &str) -> Output {
    soak.timeline
        .during("commands of operators", Excuse::Nothing, || {
            soak.qctl(line).spawn().wait(PATIENCE)
        })
}

pub(super) fn operate(soak: &Soak) {
    let mut rng = soak.rng("operator");
    for number in 0.. {
        if !soak.goes_on(between(&mut rng, 0.2, 2.0)) {
            return;
        }
        let batch = Batch::enqueue(soak, &mut rng, number);
        match rng.u8(..6) {
            0 => batch.delete(soak, "scheduled"),
            1 => {
                batch.change(soak, "archive --yes", "scheduled");
                batch.delete(soak, "archived");
            }
            2 => {
                batch.change(soak, "archive --yes", "scheduled");
                batch.change(soak, "retry", "archived");
            }
            3 => {
                command(soak, "pause bulk");
                batch.change(soak, "retry", "scheduled");
                // A part of them may be running by now, if the pause was refused.
                batch.change(soak, "archive --yes", "pending");
                command(soak, "resume bulk");
                batch.change(soak, "retry", "archived");
            }
            4 => drop(batch.change(soak, "retry", "scheduled")),
            _ => drop(batch.change(soak, "archive --yes --rate 50", "scheduled")),
        }
    }
}

/// Lets run what the operators have left.
pub(super) fn leave(soak: &Soak) {
    command(soak, "resume bulk").expect_code(0);
    command(soak, "retry -q bulk -s scheduled,archived --quiet").expect_code(0);
}
