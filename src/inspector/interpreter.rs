//! Bounds for the jq interpreter, which has none of its own.
//!
//! | file | holds |
//! | --- | --- |
//! | `budget` | what the evaluation on one task may use, and how it ends |
//! | `charges` | what can make a large value in a single step, and is charged for it first |
//! | `rewrite` | puts these charges into programs |
//! | `size` | how large values are |

mod budget;
mod charges;
mod rewrite;
mod size;

use jaq_core::load::parse;
use jaq_core::load::parse::Def;
use jaq_core::native::{self, Fun};
use jaq_core::{Error, Exn};
use jaq_json::Val;

pub(super) use self::budget::{
    Bounded, Budget, Counted, Exceeded, MAX_MADE, TIMEOUT, max_steps, on_large_stack, within_bounds,
};

use crate::document::json;

/// Documents nested more deeply than this are not given to the interpreter, which is recursive.
pub(super) const MAX_DEPTH: usize = 256;

/// Filters of the library that would run, recurse or take memory without a step are hidden under names that begin so.
const HIDDEN: &str = "hidden_";

/// What stands for some of them.
const BOUNDED: &str = "
    def range($from; $to; $by): hidden_range($from; $to; $by) | .;
    def fromjson: nested_little | hidden_fromjson;
";

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
    let mut hidden = None;
    let body = rewrite::term(body, &mut |name| {
        if name.starts_with(HIDDEN) {
            hidden.get_or_insert(name);
        }
    });
    let program = Def {
        name: PROGRAM,
        args: Vec::new(),
        body,
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
