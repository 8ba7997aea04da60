//! A jq expression as a condition on the JSON document of a task.

use std::fmt;
use std::sync::Arc;

use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, compile};
use jaq_json::Val;

use super::interpreter::{
    self, Bounded, Budget, Counted, Exceeded, MAX_DEPTH, MAX_MADE, PROGRAM, TIMEOUT, max_steps,
    on_large_stack,
};
use crate::document::json;

/// The longest expression, in bytes. The deepest one of this length fits into the stack.
const MAX_BYTES: usize = 16 * 1024;

/// A compiled expression. Clones share it.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    compiled: Arc<jaq_core::Filter<Bounded>>,
}

/// Why an expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// It is not valid jq.
    #[error("{what}{place}")]
    Syntax {
        /// What is wrong.
        what: String,
        /// Where.
        place: Place,
    },
    /// A result other than true, false or null: not a condition.
    #[error("it gave {0} instead of true or false; did you mean `==`?")]
    NotACondition(&'static str),
    /// More than one result for one task.
    #[error("it gave several results; join conditions with `and` or `or`")]
    SeveralResults,
    /// One task kept it busy for too long.
    #[error("it ran for more than {0} seconds")]
    TooSlow(u64),
    /// One task needed too many steps of evaluation.
    #[error("it took more than {0} steps")]
    TooLong(u32),
    /// A definition calls itself too often.
    #[error("it recurses too deeply")]
    TooDeep,
    /// The values that it makes of one task are too large.
    #[error("it makes more than {0} MiB of values")]
    TooLarge(usize),
    /// The system starts no thread for it.
    #[error("the system starts no thread for it ({0}); see ulimit -v and ulimit -u")]
    NoThread(String),
    /// It cannot be evaluated on this document.
    #[error("{0}")]
    Failed(String),
}

impl From<Exceeded> for ExpressionError {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Time => Self::TooSlow(TIMEOUT.as_secs()),
            Exceeded::Steps => Self::TooLong(max_steps()),
            Exceeded::Stack => Self::TooDeep,
            Exceeded::Memory => Self::TooLarge(MAX_MADE / 1024 / 1024),
        }
    }
}

/// Where an expression is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At this character, counted from 1.
    Column(usize),
    /// Where it ends: something is missing.
    End,
    /// Nowhere in particular.
    Whole,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, " at column {column}"),
            Self::End => f.write_str(" at the end"),
            Self::Whole => Ok(()),
        }
    }
}

impl Expression {
    /// Compiles a jq expression.
    ///
    /// # Errors
    /// [`ExpressionError::Syntax`], which names the place or the unknown name.
    pub fn new(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_BYTES {
            return Err(ExpressionError::Syntax {
                what: format!("it is longer than {MAX_BYTES} bytes"),
                place: Place::Whole,
            });
        }
        let compiled = std::thread::scope(|scope| {
            let thread = on_large_stack().spawn_scoped(scope, || Self::compile(text));
            thread.map(std::thread::ScopedJoinHandle::join)
        });
        match compiled {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(_)) => Err(ExpressionError::Failed("it cannot be compiled".to_owned())),
            Err(error) => Err(ExpressionError::NoThread(error.to_string())),
        }
    }

    fn compile(text: &str) -> Result<Self, ExpressionError> {
        let arena = Arena::default();
        let file = |code| File { code, path: () };
        // Its errors say more than those of a part.
        Loader::new([])
            .load(&arena, file(text))
            .map_err(|errors| unreadable(text, &errors))?;
        let program = match interpreter::program(text) {
            Some(Ok(program)) => program,
            Some(Err(name)) => return Err(missing("filter", text, name)),
            None => return Err(cannot_be_compiled()),
        };
        let mut definitions: Vec<Def<&str>> = interpreter::definitions().collect();
        definitions.push(program);
        let modules = Loader::new(definitions)
            .load(&arena, file(PROGRAM))
            .map_err(|errors| unreadable(text, &errors))?;
        let compiled = Compiler::default()
            .with_funs(interpreter::functions())
            .compile(modules)
            .map_err(|errors| undefined(text, &errors))?;
        Ok(Self {
            text: text.into(),
            compiled: Arc::new(compiled),
        })
    }

    /// The text it was made from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the expression is true for a document. No result counts as false, and so does null. Needs a thread
    /// [`on_large_stack`].
    pub(crate) fn holds(&self, document: &[u8]) -> Result<bool, ExpressionError> {
        let failed = |error: &dyn fmt::Display| ExpressionError::Failed(error.to_string());
        if json::depth(document) > MAX_DEPTH {
            return Err(failed(&"the payload is nested too deeply"));
        }
        let input = jaq_json::read::parse_single(document).map_err(|error| failed(&error))?;
        interpreter::within_bounds(|budget| self.evaluate(input, budget))?
    }

    /// What the expression makes of a document, as JSON on one line. Needs a thread [`on_large_stack`].
    pub(crate) fn value(&self, document: &[u8]) -> Result<Vec<u8>, ExpressionError> {
        let failed = |error: &dyn fmt::Display| ExpressionError::Failed(error.to_string());
        if json::depth(document) > MAX_DEPTH {
            return Err(failed(&"the payload is nested too deeply"));
        }
        let input = jaq_json::read::parse_single(document)
            .map_err(|error| failed(&format!("the payload is not JSON: {error}")))?;
        let value = interpreter::within_bounds(|budget| {
            let before = input.to_string();
            let value = self.first(input, budget)?;
            if let Some(value) = &value {
                budget.charge_text(value);
            }
            Ok(value.map(|value| match value.to_string() {
                after if after == before => document.to_vec(),
                after => after.into_bytes(),
            }))
        })?;
        match value {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(failed(&"it gave no result")),
            Err(ExpressionError::SeveralResults) => Err(failed(&"it gave several results")),
            Err(error) => Err(error),
        }
    }

    fn evaluate(&self, input: Val, budget: &Budget) -> Result<bool, ExpressionError> {
        match self.first(input, budget)? {
            None | Some(Val::Null | Val::Bool(false)) => Ok(false),
            Some(Val::Bool(true)) => Ok(true),
            Some(value) => Err(ExpressionError::NotACondition(kind(&value))),
        }
    }

    /// The only result.
    fn first(&self, input: Val, budget: &Budget) -> Result<Option<Val>, ExpressionError> {
        let failed = |error: &dyn fmt::Display| ExpressionError::Failed(error.to_string());
        let lut = &self.compiled.lut;
        let context = Ctx::<Bounded>::new(Counted { lut, budget }, Vars::new([]));
        let mut results = self.compiled.id.run((context, input));
        let result = results.next();
        if result.is_some() && results.next().is_some() {
            return Err(ExpressionError::SeveralResults);
        }
        result.transpose().map_err(|exception| {
            // `unwrap_valr` would end the whole program at a `halt`.
            let error = exception.get_err();
            error.map_or_else(|_| failed(&"it halts"), |error| failed(&error))
        })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl std::str::FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::new(text)
    }
}

fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "a boolean",
        Val::Num(_) => "a number",
        Val::TStr(_) | Val::BStr(_) => "a string",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
    }
}

/// What the lexer or the parser did not understand, and where.
fn unreadable(text: &str, errors: &load::Errors<&str, ()>) -> ExpressionError {
    let place = |found: &str| {
        if found.is_empty() {
            Place::End
        } else {
            column(text, found)
        }
    };
    let found = match errors.first().map(|(_, error)| error) {
        Some(load::Error::Lex(errors)) => errors
            .first()
            .map(|(expected, found)| (format!("expected {}", expected.as_str()), place(found))),
        Some(load::Error::Parse(errors)) => errors.first().map(|(expected, found)| {
            let what = match expected {
                load::parse::Expect::Nothing => "unexpected text".to_owned(),
                expected => format!("expected {}", expected.as_str()),
            };
            (what, place(found))
        }),
        Some(load::Error::Io(_)) | None => None,
    };
    let (what, place) =
        found.unwrap_or_else(|| ("modules are not supported".to_owned(), Place::Whole));
    ExpressionError::Syntax { what, place }
}

/// The first undefined name.
fn undefined(text: &str, errors: &compile::Errors<&str, ()>) -> ExpressionError {
    let first = errors.iter().flat_map(|(_, errors)| errors).next();
    first.map_or_else(cannot_be_compiled, |(name, undefined)| {
        missing(undefined.as_str(), text, name)
    })
}

fn missing(what: &str, text: &str, name: &str) -> ExpressionError {
    ExpressionError::Syntax {
        what: format!("there is no {what} {name:?}"),
        place: column(text, name),
    }
}

fn cannot_be_compiled() -> ExpressionError {
    ExpressionError::Syntax {
        what: "it cannot be compiled".to_owned(),
        place: Place::Whole,
    }
}

/// The column of a part of a text.
fn column(text: &str, part: &str) -> Place {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr());
    let before = start.and_then(|start| text.get(..start));
    before.map_or(Place::Whole, |before| {
        Place::Column(before.chars().count() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str, document: &str) -> Result<bool, ExpressionError> {
        Expression::new(expression)
            .unwrap()
            .holds(document.as_bytes())
    }

    #[test]
    fn conditions_are_true_or_false() {
        let task = r#"{"payload":{"user_id":42},"retried":2,"group":null}"#;
        assert_eq!(
            holds(".payload.user_id == 42 and .retried > 1", task),
            Ok(true)
        );
        assert_eq!(holds(".payload.user_id % 5 == 0", task), Ok(false));
        assert_eq!(holds(".group", task), Ok(false));
        assert_eq!(holds("empty", task), Ok(false));
    }

    #[test]
    fn what_is_not_a_condition_is_refused() {
        let task = r#"{"payload":{"n":1}}"#;
        for (expression, kind) in [
            (".payload.n = 3", "an object"),
            (".", "an object"),
            (r#""foo""#, "a string"),
            (".payload.n", "a number"),
            ("[]", "an array"),
        ] {
            let expected = Err(ExpressionError::NotACondition(kind));
            assert_eq!(holds(expression, task), expected, "{expression}");
        }
        let several = holds(".payload.n == 3, .payload.n == 1", task);
        assert_eq!(several, Err(ExpressionError::SeveralResults));
    }

    #[test]
    fn failures_are_told_and_end_nothing() {
        for expression in [".payload + 1", "halt", "halt_error", "halt(1)"] {
            let failed = holds(expression, r#"{"payload":{}}"#);
            assert!(
                matches!(failed, Err(ExpressionError::Failed(_))),
                "{expression}: {failed:?}"
            );
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(holds(".", &deep).is_err());
    }

    /// On the thread that evaluates in earnest.
    fn evaluated(expression: &str) -> Result<bool, ExpressionError> {
        std::thread::scope(|scope| {
            let holds = || holds(expression, "{}");
            let thread = on_large_stack().spawn_scoped(scope, holds).unwrap();
            thread.join().unwrap()
        })
    }

    #[test]
    fn what_does_not_end_is_ended() {
        for expression in [
            "def f: f; f",
            "last(range(1e12))",
            "[range(1e12)]",
            "last(repeat(1))",
            "until(false; .)",
            "isempty(range(1e12) | select(. < 0))",
            "def f(x): f(x + 1); f(1)",
            "reduce range(1e9) as $n (.; [.])",
            "path(def f: .a | f; f)",
        ] {
            use ExpressionError::{TooLong, TooSlow};
            // A busy machine needs two seconds for fewer steps.
            let ended = evaluated(expression);
            assert!(
                matches!(ended, Err(TooLong(_) | TooSlow(_))),
                "{expression}: {ended:?}"
            );
        }
        for expression in [
            "def f: 1 + f; f",
            "def f: [f]; f",
            "def f: try f catch f; f",
            ".. |= (def f: 1 + f; f)",
        ] {
            let expected = Err(ExpressionError::TooDeep);
            assert_eq!(evaluated(expression), expected, "{expression}");
        }
        let slow = r#"("ab" * 1000000) as $long | first(repeat(1) | select($long | test("c$")))"#;
        let expected = Err(ExpressionError::TooSlow(TIMEOUT.as_secs()));
        assert_eq!(evaluated(slow), expected);
    }

    #[test]
    fn a_deep_value_is_printed_without_overflow_of_the_stack() {
        let deep = "reduce range(120000) as $n (0; [.])";
        for print in ["tojson", "tostring", r#""\(.)""#, "try .a catch ."] {
            let printed = format!("{deep} | {print} | length > 240000");
            assert_eq!(evaluated(&printed), Ok(true), "{print}");
        }
        let failed = evaluated(&format!("{deep} | .a"));
        assert!(matches!(failed, Err(ExpressionError::Failed(_))));
    }

    #[test]
    fn bounds_change_no_result() {
        for expression in [
            "[range(3)] == [0, 1, 2]",
            "[range(4; 0; -2)] == [4, 2]",
            "[range(0, 1; 2, 3)] | length == 8",
            r#"("[[1]]" | fromjson) == [[1]]"#,
            "[limit(2; repeat(1))] == [1, 1]",
            "[range(100000)] | add > 0",
            "[(1, 2) + (10, 20)] == [11, 21, 12, 22]",
            "[(2, 3) * (10, 20)] == [20, 40, 30, 60]",
            r#"("ab" * 2) == "abab" and ("ab" * 0) == null and 6 / 3 == 2"#,
            r#"("a,b" / ",") == ["a", "b"] and {"a": 1} * {"b": 2} == {"a": 1, "b": 2}"#,
            "({a: 1} | .a += 2) == {a: 3} and ([1, 2] | .[] *= 3) == [3, 6]",
            "({a: 1} | [.a += (10, 20)]) == [{a: 11}, {a: 21}]",
            r#""a\(1 + 1)b" == "a2b" and @json "x\("y")" == "x\"y\"""#,
            r#"("aXbX" | gsub("x"; "-"; "i")) == "a-b-" and ("a b" | test("B"; "i"))"#,
            r#"(["b", "a"] | sort) == ["a", "b"] and ([3, 1] | sort_by(-.)) == [3, 1]"#,
            "([{a: 1}, {a: 1}] | group_by(.a) | length) == 1",
            r#"("ab" | explode | implode) == "ab" and ("abab" | indices("ab")) == [0, 2]"#,
            r#"([1, {"a": 2}] | tojson) == "[1,{\"a\":2}]" and ("QQ==" | @base64d) == "A""#,
            ". as {a: $x, b: [$y]} | ($x == null) and ($y == null)",
            "def f(g): g + 1; f(2) == 3",
            r#"(try error("x") catch .) == "x" and ([.[]?] == []) and (label $out | 1, break $out) == 1"#,
            "(if . == {} then 1 else 2 end) == 1 and ([foreach range(3) as $n (0; . + $n)] | length) == 3",
        ] {
            assert_eq!(evaluated(expression), Ok(true), "{expression}");
        }
        for text in [r#""[" * 10000000"#, r##""#\"\n" + "[" * 10000000"##] {
            let deep = evaluated(&format!("{text} | fromjson"));
            let said = r#""the JSON is nested too deeply""#.to_owned();
            assert_eq!(deep, Err(ExpressionError::Failed(said)), "{text}");
        }
    }

    #[test]
    fn what_takes_too_much_memory_is_ended() {
        let shared = "(reduce range(60) as $n (1; [., .]))";
        for expression in [
            r#"("x" * 100000000000000) | length > 1"#,
            r#"(1e13 | floor) * "x" | length > 1"#,
            r#""x" | until(false; . + .)"#,
            r#""x" | until(false; . += .)"#,
            r#""x" | until(false; . *= 3)"#,
            r#""x" | until(false; "\(.)\(.)")"#,
            r#""x" | until(false; @json "\(.)\(.)")"#,
            "[1] | until(false; . + .)",
            r#"[range(100) | "x" * 10000000]"#,
            r#"("x" * 10000000) as $long | [range(100) | $long | ascii_downcase]"#,
            r#"("x" * 10000000) as $long | [range(100) | $long | @base64]"#,
            r#""x" * 20000000 | explode"#,
            r#""x" * 10000000 | [match("x"; "g")]"#,
            r#""x" * 10000000 | gsub("x"; "y")"#,
            r#""x" * 10000000 / """#,
            &format!("{shared} | tojson"),
            &format!(r#"{shared} | "\(.)""#),
            "def f: . + .; \"x\" | until(false; f)",
            "[limit(100; repeat(\"x\" * 10000000))] | add",
        ] {
            use ExpressionError::{TooLarge, TooSlow};
            // A busy machine needs two seconds for less.
            let ended = evaluated(expression);
            assert!(
                matches!(ended, Err(TooLarge(256) | TooSlow(_))),
                "{expression}: {ended:?}"
            );
        }
    }

    /// Whoever may look at tasks need not be allowed to look at the environment, which may hold passwords.
    #[test]
    fn the_environment_and_standard_error_are_out_of_reach() {
        for name in ["env", "hidden_range(1; 2; 1)", "hidden_tojson", "$ENV"] {
            let refused = Expression::new(name).unwrap_err().to_string();
            assert!(refused.starts_with("there is no "), "{name}: {refused}");
        }
        let refused = Expression::new("1 + hidden_tojson")
            .unwrap_err()
            .to_string();
        assert_eq!(refused, "there is no filter \"hidden_tojson\" at column 5");
        assert_eq!(evaluated("1 | stderr == 1"), Ok(true));
    }

    #[test]
    fn errors_name_the_place_or_the_name() {
        let message = |text: &str| Expression::new(text).unwrap_err().to_string();
        assert_eq!(message(".payload.n =="), "expected term at the end");
        assert_eq!(
            message("(.payload"),
            "expected closing parenthesis at the end"
        );
        assert_eq!(message(".n === 1"), "unexpected text at column 4");
        assert_eq!(message("foo(1)"), "there is no filter \"foo\" at column 1");
        assert_eq!(
            message(".a == $x"),
            "there is no variable \"$x\" at column 7"
        );
        assert_eq!(message(r#"include "x"; ."#), "modules are not supported");
    }

    #[test]
    fn long_and_deep_expressions_do_not_overflow_the_stack() {
        let many = |text: &str| text.repeat(MAX_BYTES / text.len() - 2);
        for expression in [
            many("1 == 1 and ") + "1 == 1",
            many("(") + "1",
            many("-") + "1",
            many("if 1 then "),
            many(".|") + ".",
            many("["),
            ".".repeat(MAX_BYTES + 1),
        ] {
            let compiled = Expression::new(&expression);
            let depth = std::thread::scope(|scope| {
                let holds = || compiled.map(|compiled| compiled.holds(b"{}"));
                let thread = on_large_stack().spawn_scoped(scope, holds).unwrap();
                thread.join().is_ok()
            });
            assert!(depth);
        }
    }
}
