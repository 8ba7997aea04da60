//! Rewrites programs, so that what may make a large value in a single step is charged for it first.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

use super::charges;

/// The operand of `a += b` and the like. No program can use this name.
const OPERAND: &str = "$ operand";

pub(super) fn definition(definition: Def<&str>) -> Def<&str> {
    Def {
        body: term(definition.body, &mut |_| {}),
        ..definition
    }
}

/// The same program, with charges. `call` gets the name of each filter that it calls.
pub(super) fn term<'a>(program: Term<&'a str>, call: &mut dyn FnMut(&'a str)) -> Term<&'a str> {
    map(program, &mut |term| match term {
        Term::Call(name, arguments) => {
            call(name);
            Term::Call(name, arguments)
        }
        Term::BinOp(left, BinaryOp::Math(operator), right) => match charged(operator) {
            Some(name) => Term::Call(name, vec![*left, *right]),
            None => Term::BinOp(left, BinaryOp::Math(operator), right),
        },
        // As the interpreter does it: `r as $x | l |= . + $x`.
        Term::BinOp(left, BinaryOp::UpdateMath(operator), right) => match charged(operator) {
            Some(name) => {
                let result = Term::Call(name, vec![Term::Id, Term::Var(OPERAND)]);
                let update = Term::BinOp(left, BinaryOp::Update, Box::new(result));
                let bind = BinaryOp::Pipe(Some(Pattern::Var(OPERAND)));
                Term::BinOp(right, bind, Box::new(update))
            }
            None => Term::BinOp(left, BinaryOp::UpdateMath(operator), right),
        },
        Term::Str(format, parts) => {
            let parts = parts.into_iter().map(|part| match part {
                StrPart::Term(term) => StrPart::Term(Term::BinOp(
                    Box::new(term),
                    BinaryOp::Pipe(None),
                    Box::new(Term::Call(charges::TEXT, Vec::new())),
                )),
                part => part,
            });
            Term::Str(format, parts.collect())
        }
        term => term,
    })
}

/// The filter that stands for an operator.
const fn charged(operator: Math) -> Option<&'static str> {
    match operator {
        Math::Add => Some(charges::ADD),
        Math::Mul => Some(charges::MULTIPLY),
        Math::Div => Some(charges::DIVIDE),
        Math::Sub | Math::Rem => None,
    }
}

type Change<'a, 'f> = &'f mut dyn FnMut(Term<&'a str>) -> Term<&'a str>;

type TextPart<'a> = StrPart<&'a str, Term<&'a str>>;

/// Changes each part of a program, the inner ones first.
fn map<'a>(program: Term<&'a str>, change: Change<'a, '_>) -> Term<&'a str> {
    let changed = match program {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => program,
        Term::Str(format, parts) => Term::Str(format, text(parts, change)),
        Term::Arr(items) => Term::Arr(items.map(|items| boxed(items, change))),
        Term::Obj(entries) => {
            let entry = |(key, value): (_, Option<_>)| {
                let key = map(key, change);
                (key, value.map(|value| map(value, change)))
            };
            Term::Obj(entries.into_iter().map(entry).collect())
        }
        Term::Neg(term) => Term::Neg(boxed(term, change)),
        Term::BinOp(left, operator, right) => {
            let left = boxed(left, change);
            let operator = match operator {
                BinaryOp::Pipe(Some(bound)) => BinaryOp::Pipe(Some(pattern(bound, change))),
                operator => operator,
            };
            Term::BinOp(left, operator, boxed(right, change))
        }
        Term::Label(name, term) => Term::Label(name, boxed(term, change)),
        Term::Fold(name, of, bound, parts) => {
            let of = boxed(of, change);
            let bound = pattern(bound, change);
            Term::Fold(name, of, bound, all(parts, change))
        }
        Term::TryCatch(tried, caught) => {
            let tried = boxed(tried, change);
            Term::TryCatch(tried, caught.map(|caught| boxed(caught, change)))
        }
        Term::IfThenElse(cases, otherwise) => {
            let case = |(condition, then)| (map(condition, change), map(then, change));
            let cases = cases.into_iter().map(case).collect();
            Term::IfThenElse(cases, otherwise.map(|term| boxed(term, change)))
        }
        Term::Def(definitions, term) => {
            let definition = |definition: Def<&'a str>| Def {
                body: map(definition.body, change),
                ..definition
            };
            let definitions = definitions.into_iter().map(definition).collect();
            Term::Def(definitions, boxed(term, change))
        }
        Term::Call(name, arguments) => Term::Call(name, all(arguments, change)),
        Term::Path(term, Path(parts)) => {
            let term = boxed(term, change);
            let part = |(part, optional)| (part_of_path(part, change), optional);
            Term::Path(term, Path(parts.into_iter().map(part).collect()))
        }
    };
    change(changed)
}

fn boxed<'a>(mut term: Box<Term<&'a str>>, change: Change<'a, '_>) -> Box<Term<&'a str>> {
    *term = map(std::mem::take(&mut *term), change);
    term
}

fn all<'a>(terms: Vec<Term<&'a str>>, change: Change<'a, '_>) -> Vec<Term<&'a str>> {
    terms.into_iter().map(|term| map(term, change)).collect()
}

fn text<'a>(parts: Vec<TextPart<'a>>, change: Change<'a, '_>) -> Vec<TextPart<'a>> {
    let part = |part| match part {
        StrPart::Term(term) => StrPart::Term(map(term, change)),
        part => part,
    };
    parts.into_iter().map(part).collect()
}

fn part_of_path<'a>(part: Part<Term<&'a str>>, change: Change<'a, '_>) -> Part<Term<&'a str>> {
    match part {
        Part::Index(index) => Part::Index(map(index, change)),
        Part::Range(from, to) => {
            let from = from.map(|from| map(from, change));
            Part::Range(from, to.map(|to| map(to, change)))
        }
    }
}

fn pattern<'a>(bound: Pattern<&'a str>, change: Change<'a, '_>) -> Pattern<&'a str> {
    match bound {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(parts) => {
            let parts = parts.into_iter().map(|part| pattern(part, change));
            Pattern::Arr(parts.collect())
        }
        Pattern::Obj(entries) => {
            let entry = |(key, part)| (map(key, change), pattern(part, change));
            Pattern::Obj(entries.into_iter().map(entry).collect())
        }
    }
}
