//! Wall clocks that jump while workers run.

use fastrand::Rng;

use crate::harness::clock::{SHIFTS, shift_clock};
use crate::soak::Soak;
use crate::soak::timeline::Excuse;
use crate::soak::workers::{Kind, Worker};

/// By an hour or a day, and back. Whoever goes by Redis's clock does not mind.
pub(super) fn jump(soak: &Soak, worker: &mut Worker, rng: &mut Rng) {
    if worker.kind == Kind::Skewed {
        let shift = rng.choice([&SHIFTS[..], &[0]].concat()).unwrap();
        soak.timeline
            .during("jump of a clock", Excuse::Nothing, || {
                shift_clock(&worker.shift(soak), shift);
            });
    }
}
