//! One field of a spec: a list of values, ranges and steps, as a set of numbers.

use super::refusal::{BadSpec, Piece};
use crate::nearest::nearest;

/// What a field counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// The values at which a spec is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Bit n stands for the value n.
    bits: u64,
    /// It has a `*` or `?` without a step, which decides how days and weekdays combine.
    pub(super) starred: bool,
}

impl Unit {
    /// In the order in which they are written.
    pub(super) const ALL: [Self; 6] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Weekday,
    ];

    pub(super) const fn min(self) -> u32 {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::Weekday => 0,
            Self::Day | Self::Month => 1,
        }
    }

    pub(super) const fn max(self) -> u32 {
        match self {
            Self::Second | Self::Minute => 59,
            Self::Hour => 23,
            Self::Day => 31,
            Self::Month => 12,
            Self::Weekday => 6,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Weekday => "weekday",
        }
    }

    fn one(self) -> String {
        let article = if self == Self::Hour { "an" } else { "a" };
        format!("{article} {}", self.name())
    }

    /// Names of the values, in order. Specs use the first three letters.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::Day => &[],
            Self::Month => &[
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::Weekday => &[
                "Sunday",
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
            ],
        }
    }

    fn usage(self) -> String {
        format!("use {}, or * for every {}", self.bounds(), self.name())
    }

    fn bounds(self) -> String {
        format!("{}-{}", self.min(), self.max())
    }

    /// The value with this short name, in upper or lower case.
    fn named(self, name: &str) -> Option<u32> {
        let is_it = |known: &&str| known[..3].eq_ignore_ascii_case(name);
        let index = self.names().iter().position(is_it)?;
        Some(self.min() + u32::try_from(index).ok()?)
    }
}

impl Field {
    /// Parses a field. An empty part of a list adds nothing; a field of commas alone has no value.
    pub(super) fn parse(piece: Piece<'_>, unit: Unit) -> Result<Self, BadSpec> {
        let mut field = Self {
            bits: 0,
            starred: false,
        };
        for range in piece.split(|c| c == ',') {
            if !range.text.is_empty() {
                field.add(range, unit)?;
            }
        }
        Ok(field)
    }

    /// A field of one value.
    pub(super) const fn only(value: u32) -> Self {
        Self {
            bits: 1 << value,
            starred: false,
        }
    }

    pub(super) const fn contains(self, value: u32) -> bool {
        self.bits >> value & 1 == 1
    }

    pub(super) const fn is_empty(self) -> bool {
        self.bits == 0
    }

    pub(super) fn is_full(self, unit: Unit) -> bool {
        (unit.min()..=unit.max()).all(|value| self.contains(value))
    }

    /// The values from `least` on, in order.
    pub(super) fn values(self, least: u32) -> impl Iterator<Item = u32> {
        (least..u64::BITS).filter(move |value| self.contains(*value))
    }

    /// `*`, `N`, `N-M`, each with `/S` or without.
    fn add(&mut self, range: Piece<'_>, unit: Unit) -> Result<(), BadSpec> {
        let halves = range.split(|c| c == '/');
        if let Some(third) = halves.get(2) {
            return Err(third.refuse(
                format!("{} has two steps", range.quoted()),
                "write one step, such as */5",
            ));
        }
        let (span, step) = (halves[0], halves.get(1));
        let ends = span.split(|c| c == '-');
        let all = matches!(ends[0].text, "*" | "?");
        let (from, to) = match ends.as_slice() {
            // robfig's getRange ignores what follows the star, so `*-5` is `*`.
            _ if all => (unit.min(), unit.max()),
            [_] if step.is_some() => (value(span, unit)?, unit.max()),
            [_] => (value(span, unit)?, value(span, unit)?),
            [from, to] => self::span(*from, *to, unit)?,
            _ => {
                return Err(ends[2].refuse(
                    format!("{} has more than one hyphen", span.quoted()),
                    "write ranges as FROM-TO, with commas between them",
                ));
            }
        };
        let step = step.map_or(Ok(1), |step| self::step(*step))?;
        self.starred |= all && step == 1;
        for value in (from..=to).step_by(step) {
            self.bits |= 1 << value;
        }
        Ok(())
    }
}

fn span(from: Piece<'_>, to: Piece<'_>, unit: Unit) -> Result<(u32, u32), BadSpec> {
    let (low, high) = (value(from, unit)?, value(to, unit)?);
    if low > high {
        let part = |from: u32, to: u32| {
            if from == to {
                from.to_string()
            } else {
                format!("{from}-{to}")
            }
        };
        return Err(from.refuse(
            format!("{} range {low}-{high} runs backwards", unit.name()),
            format!(
                "write it as two ranges: {},{}",
                part(low, unit.max()),
                part(unit.min(), high)
            ),
        ));
    }
    Ok((low, high))
}

fn step(piece: Piece<'_>) -> Result<usize, BadSpec> {
    let hint = "write a step of 1 or more, such as */5";
    match piece.text.parse::<i64>() {
        Ok(0) => Err(piece.refuse("a step of 0 never advances", hint)),
        Ok(step) if step > 0 => Ok(usize::try_from(step).unwrap_or(usize::MAX)),
        Ok(_) => Err(piece.refuse(format!("step {} is negative", piece.quoted()), hint)),
        Err(_) if piece.text.is_empty() => Err(piece.refuse("a step is missing", hint)),
        Err(_) => Err(piece.refuse(format!("step {} is not a number", piece.quoted()), hint)),
    }
}

fn value(piece: Piece<'_>, unit: Unit) -> Result<u32, BadSpec> {
    if let Some(value) = unit.named(piece.text) {
        return Ok(value);
    }
    let number = piece.text.parse::<i64>();
    if let Some(value) = number.as_ref().ok().and_then(|n| u32::try_from(*n).ok())
        && (unit.min()..=unit.max()).contains(&value)
    {
        return Ok(value);
    }
    let digits = piece.text.strip_prefix('+').unwrap_or(piece.text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a_value(piece, unit));
    }
    let shown = match number {
        Ok(number) => number.to_string(),
        Err(_) => piece.quoted(),
    };
    let what = format!("{} {shown} is out of range {}", unit.name(), unit.bounds());
    Err(piece.refuse(what, hint_for_range(unit, number.ok())))
}

/// Values that other dialects of cron accept.
const FOREIGN_VALUES: [(Unit, i64, &str); 2] = [
    (Unit::Weekday, 7, "Sunday is 0 or sun"),
    (Unit::Hour, 24, "midnight is hour 0"),
];

fn hint_for_range(unit: Unit, number: Option<i64>) -> String {
    let foreign = FOREIGN_VALUES.iter();
    let mut foreign = foreign.filter(|(of, value, _)| *of == unit && Some(*value) == number);
    match foreign.next() {
        Some((_, _, hint)) => (*hint).to_owned(),
        None => unit.usage(),
    }
}

fn not_a_value(piece: Piece<'_>, unit: Unit) -> BadSpec {
    let text = piece.text;
    let example = match unit.names().get(1) {
        Some(name) => format!("use {}, or names such as {}", unit.bounds(), short(name)),
        None => unit.usage(),
    };
    if text.is_empty() {
        return piece.refuse(format!("{} is missing", unit.one()), example);
    }
    let names = unit.names().iter().flat_map(|name| [*name, &name[..3]]);
    let meant = (text.len() > 2).then(|| nearest(text, names)).flatten();
    let hint = match meant {
        Some(name) => format!("did you mean {}? names have three letters", short(name)),
        None => example,
    };
    piece.refuse(format!("{} is not {}", piece.quoted(), unit.one()), hint)
}

fn short(name: &str) -> String {
    name[..3].to_lowercase()
}
