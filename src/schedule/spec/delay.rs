//! `@every`: a tick after each delay.

use chrono::{DateTime, TimeDelta, Utc};

use super::refusal::{BadSpec, Piece};
use super::rule::Delay;

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];

const SECOND: u64 = 1_000_000_000;

/// The longest duration of Go, in nanoseconds; one more if negative.
const MAX_NANOSECONDS: u64 = i64::MAX.unsigned_abs();

/// Parses a delay as robfig's `Every` does: whole seconds, at least 1.
pub(super) fn parse(piece: Piece<'_>) -> Result<Delay, BadSpec> {
    let (negative, nanoseconds) = duration(piece)?;
    let whole = i64::try_from(nanoseconds / SECOND).unwrap_or(i64::MAX);
    let seconds = if negative { 1 } else { whole.max(1) };
    let rounded = negative || whole == 0 || nanoseconds % SECOND != 0;
    Ok(Delay { seconds, rounded })
}

/// Parses a duration as Go's `time.ParseDuration` does: whether it is negative, and its nanoseconds.
pub(super) fn duration(piece: Piece<'_>) -> Result<(bool, u64), BadSpec> {
    let negative = piece.text.starts_with('-');
    let mut rest = piece.from(usize::from(piece.text.starts_with(['-', '+'])));
    if rest.text == "0" {
        return Ok((negative, 0));
    }
    if rest.text.is_empty() {
        return Err(piece.refuse("a delay is missing", HINT));
    }
    let mut total: u64 = 0;
    while !rest.text.is_empty() {
        let (part, after) = part(rest)?;
        total = total
            .checked_add(part)
            .filter(|total| *total <= MAX_NANOSECONDS + u64::from(negative))
            .ok_or_else(|| too_long(piece))?;
        rest = after;
    }
    Ok((negative, total))
}

/// Refuses a delay that robfig would round.
pub(super) fn refuse_rounded(piece: Piece<'_>) -> BadSpec {
    let what = format!(
        "delay {} is not a whole number of seconds, at least 1",
        piece.quoted()
    );
    piece.refuse(what, "write whole seconds; the shortest delay is 1s")
}

const HINT: &str = "write numbers with the units h, m or s, such as 30s or 1h30m";

fn too_long(piece: Piece<'_>) -> BadSpec {
    piece.refuse(
        format!("delay {} is too long", piece.quoted()),
        "the longest is about 292 years",
    )
}

/// A number with its unit, in nanoseconds, and the rest of the text.
fn part(piece: Piece<'_>) -> Result<(u64, Piece<'_>), BadSpec> {
    let end_of_digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        end.unwrap_or(text.len())
    };
    let whole = end_of_digits(piece.text);
    let dot = usize::from(piece.text[whole..].starts_with('.'));
    let fraction = end_of_digits(&piece.text[whole + dot..]);
    let number = whole + dot + fraction;
    if whole + fraction == 0 {
        return Err(piece.refuse(format!("{} is not a delay", piece.quoted()), HINT));
    }
    let name = piece.text[number..]
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .map_or(piece.text.len(), |end| number + end);
    let unit = piece.part(number..name);
    let nanoseconds = UNITS
        .iter()
        .find(|(known, _)| *known == unit.text)
        .map(|(_, nanoseconds)| *nanoseconds)
        .ok_or_else(|| unknown(unit, piece.part(0..number)))?;
    let digits = &piece.text[..whole];
    let count: u64 = match digits {
        "" => 0,
        digits => digits.parse().map_err(|_| too_long(piece))?,
    };
    let exact = count
        .checked_mul(nanoseconds)
        .and_then(|exact| {
            exact.checked_add(fraction_of(&piece.text[whole + dot..number], nanoseconds))
        })
        .ok_or_else(|| too_long(piece))?;
    Ok((exact, piece.from(name)))
}

fn unknown(unit: Piece<'_>, number: Piece<'_>) -> BadSpec {
    if unit.text.is_empty() {
        let what = format!("{} has no unit", number.quoted());
        return number.refuse(what, HINT);
    }
    let hours = |each: u64| match number.text.parse::<u64>() {
        Ok(count) if count < 10_000 => format!("write it in hours: {}h", count * each),
        Ok(_) | Err(_) => HINT.to_owned(),
    };
    let hint = match unit.text {
        "d" => hours(24),
        "w" => hours(24 * 7),
        _ => HINT.to_owned(),
    };
    unit.refuse(format!("unknown unit {}", unit.quoted()), hint)
}

/// The nanoseconds that the digits after a point stand for.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut number, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes() {
        let next = number
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
        // Go ignores the digits that do not fit into its integer.
        let Some(next) = next.filter(|next| *next <= MAX_NANOSECONDS) else {
            break;
        };
        number = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes fractions in floating point; the same steps give the same second"
    )]
    let share = (number as f64 * (unit as f64 / scale)) as u64;
    share
}

/// The first `anchor + k * delay` later than `after`, k being at least 1.
pub(super) fn next(
    delay: i64,
    after: DateTime<Utc>,
    anchor: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let anchor = DateTime::from_timestamp(anchor.timestamp(), 0)?;
    let passed = after.timestamp().checked_sub(anchor.timestamp())?;
    let count = passed.div_euclid(delay).checked_add(1)?.max(1);
    anchor.checked_add_signed(TimeDelta::try_seconds(count.checked_mul(delay)?)?)
}

/// `every 1h30m`.
pub(super) fn words(delay: i64) -> String {
    let parts = [
        (delay / 3_600, "h"),
        (delay / 60 % 60, "m"),
        (delay % 60, "s"),
    ];
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    shown.fold("every ".to_owned(), |text, (count, unit)| {
        format!("{text}{count}{unit}")
    })
}
