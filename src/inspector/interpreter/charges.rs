//! What is charged for values that a single step makes: those of operators, and of filters of the library that copy.

use jaq_core::load::parse::{BinaryOp, Def, Term};
use jaq_core::native::{self, Fun};
use jaq_core::val::ValR;
use jaq_json::{Num, Val};

use super::budget::Bounded;
use super::size::size;

/// The operators with charges. No program can use these names.
pub(super) const ADD: &str = "charged +";
pub(super) const MULTIPLY: &str = "charged *";
pub(super) const DIVIDE: &str = "charged /";

/// Charges for a text of the value.
pub(super) const TEXT: &str = "charged text";

/// Charges for a copy of the value, so many times as large.
const COPY: &str = "charged copy";

/// Charges for the matches in the value, if all are to be found.
const MATCHES: &str = "charged matches";

/// What a match takes, with its groups.
const MATCH: usize = 64;

/// Filters of the library that make a value of the size of their input: the name, the name under which it is hidden, its
/// parameters, and how many bytes it makes of one.
const COPYING: [(&str, &str, &[&str], &str); 18] = [
    ("explode", "hidden_explode", &[], "24"),
    ("implode", "hidden_implode", &[], "1"),
    ("ascii_downcase", "hidden_ascii_downcase", &[], "1"),
    ("ascii_upcase", "hidden_ascii_upcase", &[], "1"),
    ("reverse", "hidden_reverse", &[], "1"),
    ("sort", "hidden_sort", &[], "1"),
    ("sort_by", "hidden_sort_by", &["f"], "3"),
    ("group_by", "hidden_group_by", &["f"], "4"),
    ("escape_sh", "hidden_escape_sh", &[], "4"),
    ("escape_html", "hidden_escape_html", &[], "6"),
    ("unescape_html", "hidden_unescape_html", &[], "1"),
    ("encode_uri", "hidden_encode_uri", &[], "3"),
    ("decode_uri", "hidden_decode_uri", &[], "1"),
    ("encode_base64", "hidden_encode_base64", &[], "2"),
    ("decode_base64", "hidden_decode_base64", &[], "1"),
    ("tobytes", "hidden_tobytes", &[], "1"),
    ("indices", "hidden_indices", &["$of"], "24"),
    ("tojson", "hidden_tojson", &[], ""),
];

/// The same for those that find matches.
const MATCHING: [(&str, &str); 3] = [
    ("matches", "hidden_matches"),
    ("split_matches", "hidden_split_matches"),
    ("split_", "hidden_split_"),
];

/// The name under which a filter of the library is hidden.
pub(super) fn hidden(name: &str) -> Option<&'static str> {
    let copying = COPYING.iter().map(|(name, hidden, ..)| (*name, *hidden));
    let others = [("range", "hidden_range"), ("fromjson", "hidden_fromjson")];
    let mut all = copying.chain(MATCHING).chain(others);
    all.find_map(|(known, hidden)| (known == name).then_some(hidden))
}

/// The filters that stand for the hidden ones.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let copying = COPYING.iter().map(|(name, hidden, parameters, factor)| {
        let charge = match *factor {
            "" => Term::Call(TEXT, Vec::new()),
            factor => Term::Call(COPY, vec![Term::Num(factor)]),
        };
        behind(charge, name, hidden, parameters)
    });
    let matching = MATCHING.iter().map(|(name, hidden)| {
        let charge = Term::Call(MATCHES, vec![Term::Var("$flags")]);
        behind(charge, name, hidden, &["$regex", "$flags"])
    });
    copying.chain(matching)
}

/// `def name(parameters): charge | hidden(parameters);`
fn behind(
    charge: Term<&'static str>,
    name: &'static str,
    hidden: &'static str,
    parameters: &[&'static str],
) -> Def<&'static str> {
    let pass = |name: &&'static str| {
        if name.starts_with('$') {
            Term::Var(*name)
        } else {
            Term::Call(*name, Vec::new())
        }
    };
    let call = Term::Call(hidden, parameters.iter().map(pass).collect());
    let body = Term::BinOp(Box::new(charge), BinaryOp::Pipe(None), Box::new(call));
    Def {
        name,
        args: parameters.to_vec(),
        body,
    }
}

/// The charges, and the operators with charges.
pub(super) fn functions() -> impl Iterator<Item = Fun<Bounded>> {
    let functions: [Fun<Bounded>; 6] = [
        native::run((ADD, native::v(2), |cv| {
            operate(cv, |l, r| size(l).saturating_add(size(r)), |l, r| l + r)
        })),
        native::run((MULTIPLY, native::v(2), |cv| {
            operate(cv, product, |l, r| l * r)
        })),
        native::run((DIVIDE, native::v(2), |cv| {
            operate(cv, |l, _| size(l).saturating_mul(MATCH), |l, r| l / r)
        })),
        native::run((TEXT, native::v(0), |(context, value)| {
            context.data().budget.charge_text(&value);
            native::bome(Ok(value))
        })),
        native::run((COPY, native::v(1), |(mut context, value)| {
            let factor = count(&context.pop_var()).unwrap_or(1);
            let bytes = size(&value).saturating_mul(factor);
            context.data().budget.charge(bytes);
            native::bome(Ok(value))
        })),
        native::run((MATCHES, native::v(1), |(mut context, value)| {
            let is_global = match context.pop_var() {
                Val::TStr(flags) | Val::BStr(flags) => flags.contains(&b'g'),
                _ => false,
            };
            if is_global {
                let bytes = size(&value).saturating_mul(MATCH);
                context.data().budget.charge(bytes);
            }
            native::bome(Ok(value))
        })),
    ];
    functions.into_iter()
}

/// Applies an operator to its two operands, once its result is paid for.
fn operate(
    (mut context, _): jaq_core::Cv<'_, Bounded>,
    price: fn(&Val, &Val) -> usize,
    operator: fn(Val, Val) -> ValR<Val>,
) -> jaq_core::ValXs<'_, Val> {
    let right = context.pop_var();
    let left = context.pop_var();
    context.data().budget.charge(price(&left, &right));
    native::bome(operator(left, right))
}

/// The bytes of a text repeated, or of two objects merged.
fn product(left: &Val, right: &Val) -> usize {
    match (left, right) {
        (text @ (Val::TStr(_) | Val::BStr(_)), Val::Num(_)) => {
            size(text).saturating_mul(count(right).unwrap_or(0))
        }
        (Val::Num(_), Val::TStr(_) | Val::BStr(_)) => product(right, left),
        _ => size(left).saturating_add(size(right)),
    }
}

/// A number as that of repetitions; none of those that repeat nothing.
fn count(number: &Val) -> Option<usize> {
    match number {
        Val::Num(Num::Int(count)) => usize::try_from(*count).ok(),
        Val::Num(Num::BigInt(_)) => Some(usize::MAX),
        _ => None,
    }
}
