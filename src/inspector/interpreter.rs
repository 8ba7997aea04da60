//! Bounds for the jq interpreter, which has none of its own.
//!
//! The interpreter asks for its table of terms before each step. That question counts the steps, and past a bound it
//! unwinds the stack of the interpreter, so that nothing is left running. What can make a large value in a single step is
//! charged for it first (`charges`), for which programs are rewritten (`rewrite`).

mod charges;
mod rewrite;

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use jaq_core::data::HasLut;
use jaq_core::load::parse;
use jaq_core::load::parse::Def;
use jaq_core::native::{self, Fun};
use jaq_core::{DataT, Error, Exn, Lut};
use jaq_json::Val;

use crate::document::json;

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
pub(super) fn max_steps() -> u32 {
    static FOUND: OnceLock<u32> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let [most, least] = MAX_STEPS;
        let reserved = thread::Builder::new().stack_size(stack_for(most));
        reserved.spawn(|| ()).map_or(least, |_| most)
    })
}

/// A thread for the interpreter, which is recursive.
pub(super) fn on_large_stack() -> thread::Builder {
    thread::Builder::new().stack_size(stack_for(max_steps()))
}

/// How long one task may keep the interpreter busy.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Steps between two looks at the clock.
const STEPS_PER_LOOK: u32 = 256;

/// Documents nested more deeply than this are not given to the interpreter, which is recursive.
pub(super) const MAX_DEPTH: usize = 256;

/// How many bytes of values one task may make, besides those that a step makes of a few others.
pub(super) const MAX_MADE: usize = 256 * 1024 * 1024;

/// Filters of the library that would run, recurse or take memory without a step are hidden under names that begin so.
const HIDDEN: &str = "hidden_";

/// What stands for some of them.
const BOUNDED: &str = "
    def range($from; $to; $by): hidden_range($from; $to; $by) | .;
    def fromjson: nested_little | hidden_fromjson;
";

/// The bound that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Time,
    Steps,
    Stack,
    Memory,
}

/// What the evaluation on one task has used.
#[derive(Debug)]
pub(super) struct Budget {
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

    fn charge(&self, bytes: usize) {
        match self.left.get().checked_sub(bytes) {
            Some(left) => self.left.set(left),
            None => unwind(Exceeded::Memory),
        }
    }

    /// Charges for a text of this value.
    pub(super) fn charge_text(&self, value: &Val) {
        let mut left = self.left.get();
        charges::take_text(value, &mut left);
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
pub(super) fn within_bounds<T>(evaluate: impl FnOnce(&Budget) -> T) -> Result<T, Exceeded> {
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
pub(super) struct Bounded;

/// The table of terms, and what each look into it is counted on.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a> {
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

/// The definitions of the library, with bounds.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let bounded = parse(BOUNDED, |parser| parser.defs());
    let library = jaq_core::defs().chain(jaq_std::defs());
    let library = library.chain(jaq_json::defs()).map(rewrite::definition);
    let bounded = bounded.into_iter().flatten().chain(charges::definitions());
    bounded.chain(library)
}

/// The name under which a program is defined, so that it can be rewritten. It cannot call itself.
pub(super) const PROGRAM: &str = "hidden_program";

/// A program as a definition, with bounds; `None` if it cannot be read. The error is the name of a filter that there is not.
pub(super) fn program(text: &str) -> Option<Result<Def<&str>, &str>> {
    let body = parse(text, |parser| parser.term())?;
    let hidden = rewrite::called(&body, &|name: &str| name.starts_with(HIDDEN));
    let program = Def {
        name: PROGRAM,
        args: Vec::new(),
        body: rewrite::term(body),
    };
    Some(hidden.map_or(Ok(program), Err))
}

/// The filters of the library that are written in Rust. Programs must neither see the environment, which may hold secrets,
/// nor write to standard error.
pub(super) fn functions() -> impl Iterator<Item = Fun<Bounded>> {
    let nested_little = native::run(("nested_little", Box::new([]), |(_, value)| {
        let result = match &value {
            Val::TStr(text) | Val::BStr(text) if may_be_deep(text) => {
                Err(Exn::from(Error::str("the JSON is nested too deeply")))
            }
            _ => Ok(value),
        };
        Box::new(std::iter::once(result))
    }));
    let silent = native::run(("stderr_empty", Box::new([]), |_| {
        Box::new(std::iter::empty())
    }));
    let library = jaq_core::funs().chain(jaq_std::funs());
    let library = library
        .chain(jaq_json::funs())
        .filter(|(name, ..)| !["env", "stderr_empty"].contains(name))
        .map(|(name, arity, run)| (charges::hidden(name).unwrap_or(name), arity, run));
    let own = charges::functions().chain([nested_little, silent]);
    library.chain(own)
}

/// Whether text that is to be read as JSON may be nested too deeply.
fn may_be_deep(text: &[u8]) -> bool {
    // To the interpreter, # begins a comment, in which a quote is no quote.
    let unquoted = || -> Vec<u8> {
        let bytes = text.iter().copied();
        bytes.filter(|byte| *byte != b'"').collect()
    };
    json::depth(text) > MAX_DEPTH || text.contains(&b'#') && json::depth(&unquoted()) > MAX_DEPTH
}
