//! What the evaluation on one task may use.
//!
//! The interpreter asks for its table of terms before each step. That question counts the steps, and past a bound it
//! unwinds the stack of the interpreter, so that nothing is left running.

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use jaq_core::data::HasLut;
use jaq_core::{DataT, Lut};
use jaq_json::Val;

use super::size::take_text;

/// What steps may use of the stack.
const MAX_STACK: usize = 128 * 1024 * 1024;

/// Each step may nest a value or a closure by one level. Printing, comparing and dropping a value recurse without steps: this
/// is more than a level of it takes of the stack, which is 2.6 kB where the interpreter is not optimized.
const LEVEL: usize = 3 * 1024;

/// How many steps one task may take. The second is for machines that cannot reserve a stack for the first.
const MAX_STEPS: [u32; 2] = [1_000_000, 64_000];

/// The stack for so many steps. It is reserved; only what is used takes memory.
const fn stack_for(steps: u32) -> usize {
    MAX_STACK.saturating_add((steps as usize).saturating_mul(LEVEL))
}

/// How many steps one task may take on this machine.
pub(crate) fn max_steps() -> u32 {
    static FOUND: OnceLock<u32> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let [most, least] = MAX_STEPS;
        let reserved = thread::Builder::new().stack_size(stack_for(most));
        reserved.spawn(|| ()).map_or(least, |_| most)
    })
}

/// A thread for the interpreter, which is recursive.
pub(crate) fn on_large_stack() -> thread::Builder {
    thread::Builder::new().stack_size(stack_for(max_steps()))
}

/// How long one task may keep the interpreter busy.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// Steps between two looks at the clock.
const STEPS_PER_LOOK: u32 = 256;

/// How many bytes of values one task may make, besides those that a step makes of a few others.
pub(crate) const MAX_MADE: usize = 256 * 1024 * 1024;

/// The bound that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Time,
    Steps,
    Stack,
    Memory,
}

/// What the evaluation on one task has used.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Cell<u32>,
    max_steps: u32,
    /// Bytes that may still be made.
    left: Cell<usize>,
    started: Instant,
    /// The address at which the stack of the interpreter begins.
    base: usize,
}

impl Budget {
    fn step(&self) {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > self.max_steps {
            unwind(Exceeded::Steps);
        }
        if stack_address().abs_diff(self.base) > MAX_STACK {
            unwind(Exceeded::Stack);
        }
        if steps.is_multiple_of(STEPS_PER_LOOK) && self.started.elapsed() > TIMEOUT {
            unwind(Exceeded::Time);
        }
    }

    pub(super) fn charge(&self, bytes: usize) {
        match self.left.get().checked_sub(bytes) {
            Some(left) => self.left.set(left),
            None => unwind(Exceeded::Memory),
        }
    }

    /// Charges for a text of this value.
    pub(crate) fn charge_text(&self, value: &Val) {
        let mut left = self.left.get();
        take_text(value, &mut left);
        self.charge(self.left.get() - left);
        if left == 0 {
            unwind(Exceeded::Memory);
        }
    }
}

fn stack_address() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(black_box(&local)).addr()
}

/// Ends the evaluation. A panic would be reported on stderr.
fn unwind(exceeded: Exceeded) {
    // An application that uses the library may be built with `panic = "abort"`.
    if cfg!(panic = "unwind") {
        panic::resume_unwind(Box::new(exceeded));
    }
}

/// Evaluates on one task, within the bounds. Needs a thread [`on_large_stack`].
pub(crate) fn within_bounds<T>(evaluate: impl FnOnce(&Budget) -> T) -> Result<T, Exceeded> {
    let budget = Budget {
        steps: Cell::new(0),
        max_steps: max_steps(),
        left: Cell::new(MAX_MADE),
        started: Instant::now(),
        base: stack_address(),
    };
    let evaluated = panic::catch_unwind(AssertUnwindSafe(|| evaluate(&budget)));
    evaluated.map_err(|payload| match payload.downcast() {
        Ok(exceeded) => *exceeded,
        Err(other) => panic::resume_unwind(other),
    })
}

/// The kind of data that a bounded evaluation works on.
pub(crate) struct Bounded;

/// The table of terms, and what each look into it is counted on.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub lut: &'a Lut<Bounded>,
    pub budget: &'a Budget,
}

impl DataT for Bounded {
    type V<'a> = Val;
    type Data<'a> = Counted<'a>;
}

impl<'a> HasLut<'a, Bounded> for Counted<'a> {
    fn lut(&self) -> &'a Lut<Bounded> {
        self.budget.step();
        self.lut
    }
}
