//! A spec in words, made from the sets of values, not from the text: it describes what will happen.

use super::field::{Field, Unit};
use super::rule::Fields;

/// More times of day than this are not listed one by one.
const MAX_LISTED_TIMES: usize = 6;

pub(super) fn all(fields: &Fields) -> String {
    let Some(days) = days(fields) else {
        return "never".to_owned();
    };
    if fields.never() {
        return "never".to_owned();
    }
    match times(fields) {
        Some(times) if days.is_empty() => format!("at {times} every day"),
        Some(times) => format!("at {times} {days}"),
        None if days.is_empty() => rhythm(fields),
        None => format!("{} {days}", rhythm(fields)),
    }
}

/// A few times of day: `09:00`, `09:00 and 17:30`.
fn times(fields: &Fields) -> Option<String> {
    let mut times = Vec::new();
    for hour in fields.hour.values(0) {
        for minute in fields.minute.values(0) {
            for second in fields.second.values(0) {
                if times.len() == MAX_LISTED_TIMES {
                    return None;
                }
                times.push(if fields.second == Field::only(0) {
                    format!("{hour:02}:{minute:02}")
                } else {
                    format!("{hour:02}:{minute:02}:{second:02}")
                });
            }
        }
    }
    Some(listed(&times))
}

/// What recurs within the day: `every 15 minutes of hours 9 to 17`.
fn rhythm(fields: &Fields) -> String {
    let units = [
        (Unit::Second, fields.second),
        (Unit::Minute, fields.minute),
        (Unit::Hour, fields.hour),
    ];
    // A 0 in the units below an evenly recurring one is not mentioned.
    let full_minute = fields.second == Field::only(0);
    let full_hour = full_minute && fields.minute == Field::only(0);
    let first = if full_hour && even(units[2]).is_some() {
        2
    } else {
        usize::from(full_minute)
    };
    let mut text = match even(units[first]) {
        Some(lead) => lead,
        None => format!("at {}", nouns(units[first])),
    };
    let mut free = even(units[first]).is_some();
    for unit in &units[first + 1..] {
        let rest_full = units.iter().skip_while(|other| other.0 != unit.0);
        if free && rest_full.clone().all(|(unit, field)| field.is_full(*unit)) {
            break;
        }
        text = format!("{text} of {}", nouns(*unit));
        free = unit.1.is_full(unit.0);
    }
    text
}

/// `every minute`, `every 15 minutes`: only steps that continue evenly into the next hour or day.
fn even((unit, field): (Unit, Field)) -> Option<String> {
    if field.is_full(unit) {
        return Some(format!("every {}", unit.name()));
    }
    let step = field.values(1).next()?;
    let whole = unit.max() + 1;
    let is_even =
        whole.is_multiple_of(step) && field.values(0).eq((0..whole).step_by(step as usize));
    is_even.then(|| format!("every {step} {}s", unit.name()))
}

/// The step between four or more values, if it is constant and more than 1.
fn step(values: &[u32]) -> Option<u32> {
    let step = values.get(1)? - values[0];
    let same = values.windows(2).all(|pair| pair[1] - pair[0] == step);
    (values.len() > 3 && step > 1 && same).then_some(step)
}

/// `every minute`, `minute 5`, `minutes 0 to 29`, `every 7th minute from 0 to 56`, `minutes 1, 2 and 5`.
fn nouns((unit, field): (Unit, Field)) -> String {
    let name = unit.name();
    let values: Vec<u32> = field.values(0).collect();
    if field.is_full(unit) {
        return format!("every {name}");
    }
    match (values.as_slice(), step(&values)) {
        ([only], _) => format!("{name} {only}"),
        ([first, .., last], Some(step)) => {
            format!("every {} {name} from {first} to {last}", ordinal(step))
        }
        _ => {
            let numbers: Vec<String> = values.iter().map(u32::to_string).collect();
            format!("{name}s {}", listed(&runs(&values, &numbers)))
        }
    }
}

/// `on day 1 of the month`, `on Monday to Friday in May`; empty if every day. `None` if no day at all.
fn days(fields: &Fields) -> Option<String> {
    let months = named(Unit::Month, fields.month, 0);
    let (no_day, no_weekday) = (fields.day.is_empty(), fields.weekday.is_empty());
    let full_day = fields.day.is_full(Unit::Day);
    let full_weekday = fields.weekday.is_full(Unit::Weekday);
    let both = fields.day.starred || fields.weekday.starred;
    if (both && (no_day || no_weekday)) || (no_day && no_weekday) {
        return None;
    }
    let all_months = fields.month.is_full(Unit::Month);
    let on_day = || format!("on {}", nouns((Unit::Day, fields.day)));
    // For people, weeks begin on Monday; for cron, on Sunday.
    let on_weekday = || format!("on {}", named(Unit::Weekday, fields.weekday, 1));
    let every_day = if both {
        full_day && full_weekday
    } else {
        full_day || full_weekday
    };
    Some(
        match (every_day, full_day || no_day, full_weekday || no_weekday) {
            (true, ..) if all_months => String::new(),
            (true, ..) => format!("every day in {months}"),
            (false, true, _) if all_months => on_weekday(),
            (false, true, _) => format!("{} in {months}", on_weekday()),
            (false, false, true) if all_months => format!("{} of the month", on_day()),
            (false, false, true) => format!("{} of {months}", on_day()),
            (false, false, false) if all_months => {
                format!("{} of the month or {}", on_day(), on_weekday())
            }
            (false, false, false) => format!("{} or {}, in {months}", on_day(), on_weekday()),
        },
    )
}

/// The names of values, the count of which begins at `first`.
fn named(unit: Unit, field: Field, first: u32) -> String {
    let (values, names): (Vec<u32>, Vec<String>) = (0..)
        .zip(unit.names().iter().cycle().skip(first as usize))
        .take(unit.names().len())
        .filter(|(at, _)| {
            let count = unit.max() + 1 - unit.min();
            field.contains((at + first) % count + unit.min())
        })
        .map(|(at, name)| (at, (*name).to_owned()))
        .unzip();
    listed(&runs(&values, &names))
}

/// Three or more neighbors become `FIRST to LAST`.
fn runs(values: &[u32], names: &[String]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut start = 0;
    while start < values.len() {
        let mut end = start;
        while values.get(end + 1) == Some(&(values[end] + 1)) {
            end += 1;
        }
        if end - start >= 2 {
            parts.push(format!("{} to {}", names[start], names[end]));
        } else {
            parts.extend_from_slice(&names[start..=end]);
        }
        start = end + 1;
    }
    parts
}

/// `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use crate::schedule::spec::Spec;

    const WORDS: &[(&str, &str)] = &[
        ("0 3 * * *", "at 03:00 every day"),
        ("@daily", "at 00:00 every day"),
        ("@hourly", "every hour"),
        ("@weekly", "at 00:00 on Sunday"),
        ("@monthly", "at 00:00 on day 1 of the month"),
        ("@yearly", "at 00:00 on day 1 of January"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/30 * * * *", "every 30 minutes"),
        ("0 */2 * * *", "every 2 hours"),
        ("0 */12 * * *", "at 00:00 and 12:00 every day"),
        ("5 * * * *", "at minute 5 of every hour"),
        ("5 */2 * * *", "at minute 5 of every 2nd hour from 0 to 22"),
        ("1,2,5 * * * *", "at minutes 1, 2 and 5 of every hour"),
        ("0-29 * * * *", "at minutes 0 to 29 of every hour"),
        // Not every 7 minutes: from 56 to 0 there are four.
        (
            "*/7 * * * *",
            "at every 7th minute from 0 to 56 of every hour",
        ),
        ("0 9 * * mon-fri", "at 09:00 on Monday to Friday"),
        ("0 9,17 * * 1-5", "at 09:00 and 17:00 on Monday to Friday"),
        ("0 9 * * 0,6", "at 09:00 on Saturday and Sunday"),
        ("0 9 * * 5,6,0", "at 09:00 on Friday to Sunday"),
        (
            "0 9 * * */2",
            "at 09:00 on Tuesday, Thursday, Saturday and Sunday",
        ),
        ("0 9-17 * * *", "at minute 0 of hours 9 to 17"),
        (
            "*/15 9-17 * * 1-5",
            "every 15 minutes of hours 9 to 17 on Monday to Friday",
        ),
        ("* 3 * * *", "every minute of hour 3"),
        ("* * 1 * *", "every minute on day 1 of the month"),
        ("0 0 1,15 * *", "at 00:00 on days 1 and 15 of the month"),
        (
            "0 0 */2 * *",
            "at 00:00 on every 2nd day from 1 to 31 of the month",
        ),
        (
            "0 0 1 */3 *",
            "at 00:00 on day 1 of January, April, July and October",
        ),
        ("0 0 * jun-aug *", "at 00:00 every day in June to August"),
        ("0 0 * jun mon", "at 00:00 on Monday in June"),
        ("0 0 13 * 5", "at 00:00 on day 13 of the month or on Friday"),
        ("0 0 13 6 5", "at 00:00 on day 13 or on Friday, in June"),
        // Without a star either field is enough, and this one has all days.
        ("0 0 1-31 * 5", "at 00:00 every day"),
        ("0 0 , * 5", "at 00:00 on Friday"),
        ("0 0 5 * ,", "at 00:00 on day 5 of the month"),
        ("0 0 30 2 *", "at 00:00 on day 30 of February"),
        (", * * * *", "never"),
        ("0 0 * , *", "never"),
        ("0 0 , * *", "never"),
        ("30 0 3 * * *", "at 03:00:30 every day"),
        ("0 0 3 * * *", "at 03:00 every day"),
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("30 * * * * *", "at second 30 of every minute"),
        ("30 5 * * * *", "at second 30 of minute 5 of every hour"),
        ("* 5 * * * *", "every second of minute 5 of every hour"),
        (
            "*/20 */5 * * * *",
            "every 20 seconds of every 5th minute from 0 to 55 of every hour",
        ),
        ("@every 30s", "every 30s"),
        ("@every 90m", "every 1h30m"),
        ("@every 0.1s", "every 1s"),
        (
            "CRON_TZ=Europe/Paris 0 3 * * *",
            "at 03:00 every day, Europe/Paris time",
        ),
        ("TZ=Local 0 3 * * *", "at 03:00 every day"),
        ("TZ=Europe/Paris @every 1h", "every 1h"),
    ];

    #[test]
    fn specs_in_words() {
        for (spec, words) in WORDS {
            assert_eq!(Spec::parse(spec).unwrap().words(), *words, "{spec}");
        }
    }
}
