//! Parses a spec: an optional zone, then fields or a descriptor.

use super::delay;
use super::field::{Field, Unit};
use super::refusal::{BadSpec, Piece};
use super::rule::{Fields, Rule};
use super::zone::Zone;

/// Six lists of all values fit into it.
const MAX_BYTES: usize = 1024;

const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

pub(super) const EVERY: &str = "@every ";

const USE_DESCRIPTORS: &str = "use @yearly, @monthly, @weekly, @daily, @hourly or @every with a delay; other times are fields: \"0 9 * * 1-5\" is 09:00 from Monday to Friday";
const FIVE: &str = "write minute, hour, day, month and weekday";
const EXAMPLE: &str = "such as \"0 3 * * *\"";

/// Parses a text without white space around it.
pub(super) fn spec(text: &str) -> Result<(Option<Zone>, Rule), BadSpec> {
    let whole = Piece::whole(text);
    if text.is_empty() {
        return Err(whole.refuse("the spec is empty", format!("{FIVE}, {EXAMPLE}, or @daily")));
    }
    if text.len() > MAX_BYTES {
        return Err(whole.refuse(
            format!("the spec has more than {MAX_BYTES} bytes"),
            "write ranges and steps, such as 0-59/5, instead of long lists",
        ));
    }
    let (zone, rest) = prefix(whole)?;
    let rule = if rest.text.starts_with('@') {
        descriptor(rest)?
    } else {
        Rule::Fields(Box::new(fields(rest)?))
    };
    Ok((zone, rule))
}

/// `CRON_TZ=ZONE ` or `TZ=ZONE `, and what follows.
fn prefix(whole: Piece<'_>) -> Result<(Option<Zone>, Piece<'_>), BadSpec> {
    let text = whole.text;
    let Some(equals) = ["TZ=", "CRON_TZ="]
        .iter()
        .find(|prefix| text.starts_with(**prefix))
        .map(|prefix| prefix.len())
    else {
        return Ok((None, whole));
    };
    // robfig/cron panics if there is no space.
    let Some(space) = text.find(' ') else {
        return Err(whole.from(text.len()).refuse(
            "no spec follows the time zone",
            "write a space and a spec after the zone, such as \"CRON_TZ=Europe/Paris 0 3 * * *\"",
        ));
    };
    let name = whole.part(equals..space);
    let zone = match name.text {
        "" => Some(Zone::utc()),
        "Local" => Some(Zone::local()),
        known => Some(known.parse::<Zone>().map_err(|unknown| {
            let hint = match &unknown.nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "write an IANA name such as Europe/Paris".to_owned(),
            };
            name.refuse(format!("unknown time zone {}", name.quoted()), hint)
        })?),
    };
    let skipped = text.len() - text[space..].trim_start().len();
    Ok((zone, whole.from(skipped)))
}

fn descriptor(piece: Piece<'_>) -> Result<Rule, BadSpec> {
    if piece.text.starts_with(EVERY) {
        return Ok(Rule::Every(delay::parse(piece.from(EVERY.len()))?));
    }
    let known = DESCRIPTORS.iter().find(|(name, _)| *name == piece.text);
    match known {
        Some((_, same)) => Ok(Rule::Fields(Box::new(fields(Piece::whole(same))?))),
        None => Err(unknown_descriptor(piece)),
    }
}

fn unknown_descriptor(piece: Piece<'_>) -> BadSpec {
    if piece.text.starts_with("@every") {
        return piece.refuse(
            format!("{} has no delay", piece.quoted()),
            "write a space and a delay after it, such as \"@every 1h30m\"",
        );
    }
    // Without a guess: the nearest word to @weekdays is @weekly.
    piece.refuse(
        format!("unknown descriptor {}", piece.quoted()),
        USE_DESCRIPTORS,
    )
}

fn fields(piece: Piece<'_>) -> Result<Fields, BadSpec> {
    let mut words = piece.split(char::is_whitespace);
    words.retain(|word| !word.text.is_empty());
    let field = |at: usize| {
        let unit = Unit::ALL[at + 6 - words.len()];
        Field::parse(words[at], unit)
    };
    match words.len() {
        5 => Ok(Fields {
            second: Field::only(0),
            minute: field(0)?,
            hour: field(1)?,
            day: field(2)?,
            month: field(3)?,
            weekday: field(4)?,
        }),
        6 => Ok(Fields {
            second: field(0)?,
            minute: field(1)?,
            hour: field(2)?,
            day: field(3)?,
            month: field(4)?,
            weekday: field(5)?,
        }),
        0..5 => Err(too_few(piece, words.len())),
        7.. => Err(words[6].refuse(
            format!("{} fields, but at most six are allowed", words.len()),
            format!("{FIVE}, optionally with a second in front; there is no field for the year"),
        )),
    }
}

fn too_few(piece: Piece<'_>, count: usize) -> BadSpec {
    let fields = if count == 1 { "field" } else { "fields" };
    let descriptor = format!("@{}", piece.text);
    let hint = match DESCRIPTORS.iter().find(|(name, _)| *name == descriptor) {
        Some((name, _)) => format!("did you mean {name}?"),
        None => format!("{FIVE}, {EXAMPLE}"),
    };
    piece
        .from(piece.text.len())
        .refuse(format!("{count} {fields}, but five are needed"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec, position, what, hint.
    const REFUSALS: &[(&str, usize, &str, &str)] = &[
        (
            " ",
            1,
            "the spec is empty",
            "write minute, hour, day, month and weekday, such as \"0 3 * * *\", or @daily",
        ),
        (
            "0 3 * *",
            8,
            "4 fields, but five are needed",
            "write minute, hour, day, month and weekday, such as \"0 3 * * *\"",
        ),
        (
            "daily",
            6,
            "1 field, but five are needed",
            "did you mean @daily?",
        ),
        (
            "0 0 12 * * ? 2026",
            14,
            "7 fields, but at most six are allowed",
            "write minute, hour, day, month and weekday, optionally with a second in front; there is no field for the year",
        ),
        (
            "61 * * * *",
            1,
            "minute 61 is out of range 0-59",
            "use 0-59, or * for every minute",
        ),
        (
            "* 24 * * *",
            3,
            "hour 24 is out of range 0-23",
            "midnight is hour 0",
        ),
        (
            "0 0 60 * * *",
            5,
            "hour 60 is out of range 0-23",
            "use 0-23, or * for every hour",
        ),
        (
            "60 0 3 * * *",
            1,
            "second 60 is out of range 0-59",
            "use 0-59, or * for every second",
        ),
        (
            "0 0 0 * *",
            5,
            "day 0 is out of range 1-31",
            "use 1-31, or * for every day",
        ),
        (
            "0 0 * * 7",
            9,
            "weekday 7 is out of range 0-6",
            "Sunday is 0 or sun",
        ),
        (
            "0 0 * * 5-7",
            11,
            "weekday 7 is out of range 0-6",
            "Sunday is 0 or sun",
        ),
        (
            "0 0 1 1 * 2025",
            11,
            "weekday 2025 is out of range 0-6",
            "use 0-6, or * for every weekday",
        ),
        (
            "0 22-2 * * *",
            3,
            "hour range 22-2 runs backwards",
            "write it as two ranges: 22-23,0-2",
        ),
        (
            "0 0 * * fri-sun",
            9,
            "weekday range 5-0 runs backwards",
            "write it as two ranges: 5-6,0",
        ),
        (
            "1,*/0 * * * *",
            5,
            "a step of 0 never advances",
            "write a step of 1 or more, such as */5",
        ),
        (
            "*/ * * * *",
            3,
            "a step is missing",
            "write a step of 1 or more, such as */5",
        ),
        (
            "*/5/2 * * * *",
            5,
            "\"*/5/2\" has two steps",
            "write one step, such as */5",
        ),
        (
            "1-2-3 * * * *",
            5,
            "\"1-2-3\" has more than one hyphen",
            "write ranges as FROM-TO, with commas between them",
        ),
        (
            "-5 * * * *",
            1,
            "a minute is missing",
            "use 0-59, or * for every minute",
        ),
        (
            "**/2 * * * *",
            1,
            "\"**\" is not a minute",
            "use 0-59, or * for every minute",
        ),
        (
            "0 0 * * monday",
            9,
            "\"monday\" is not a weekday",
            "did you mean mon? names have three letters",
        ),
        (
            "0 0 1 sept *",
            7,
            "\"sept\" is not a month",
            "did you mean sep? names have three letters",
        ),
        (
            "0 0 1 q *",
            7,
            "\"q\" is not a month",
            "use 1-12, or names such as feb",
        ),
        (
            "0 mon * * *",
            3,
            "\"mon\" is not an hour",
            "use 0-23, or * for every hour",
        ),
        (
            "0 0 L * *",
            5,
            "\"L\" is not a day",
            "use 1-31, or * for every day",
        ),
        (
            "@Daily",
            1,
            "unknown descriptor \"@Daily\"",
            USE_DESCRIPTORS,
        ),
        (
            "@evry 5m",
            1,
            "unknown descriptor \"@evry 5m\"",
            USE_DESCRIPTORS,
        ),
        (
            "@weekdays",
            1,
            "unknown descriptor \"@weekdays\"",
            USE_DESCRIPTORS,
        ),
        (
            "@every5m",
            1,
            "\"@every5m\" has no delay",
            "write a space and a delay after it, such as \"@every 1h30m\"",
        ),
        (
            "@every 1d",
            9,
            "unknown unit \"d\"",
            "write it in hours: 24h",
        ),
        (
            "@every 5",
            8,
            "\"5\" has no unit",
            "write numbers with the units h, m or s, such as 30s or 1h30m",
        ),
        (
            "@every soon",
            8,
            "\"soon\" is not a delay",
            "write numbers with the units h, m or s, such as 30s or 1h30m",
        ),
        (
            "@every 3000000h",
            8,
            "delay \"3000000h\" is too long",
            "the longest is about 292 years",
        ),
        (
            "CRON_TZ=UTC",
            12,
            "no spec follows the time zone",
            "write a space and a spec after the zone, such as \"CRON_TZ=Europe/Paris 0 3 * * *\"",
        ),
        (
            "TZ=europe/paris 0 3 * * *",
            4,
            "unknown time zone \"europe/paris\"",
            "did you mean Europe/Paris?",
        ),
        (
            "TZ=xxxxxxxxxxxx 0 3 * * *",
            4,
            "unknown time zone \"xxxxxxxxxxxx\"",
            "write an IANA name such as Europe/Paris",
        ),
        (
            "tz=UTC 0 3 * * *",
            1,
            "\"tz=UTC\" is not a second",
            "use 0-59, or * for every second",
        ),
    ];

    #[test]
    fn refusals_say_where_what_and_how_else() {
        for (text, position, what, hint) in REFUSALS {
            let refused = spec(text.trim()).unwrap_err();
            assert_eq!(
                (
                    refused.position,
                    refused.what.as_str(),
                    refused.hint.as_str()
                ),
                (*position, *what, *hint),
                "{text:?}"
            );
        }
        assert_eq!(
            spec("61 * * * *").unwrap_err().to_string(),
            "minute 61 is out of range 0-59 (character 1 of \"61 * * * *\")"
        );
    }

    #[test]
    fn hostile_texts_are_refused_in_short_words() {
        for text in [
            "9".repeat(1_000_000),
            "*,".repeat(100_000),
            "a ".repeat(100_000),
            format!("{} * * * *", "9".repeat(900)),
            format!("*/{} * * * *", "9".repeat(900)),
            format!("@every {}h", "9".repeat(900)),
            format!("@every {}.{}", "9".repeat(400), "9".repeat(400)),
            format!("@{}", "é".repeat(300)),
            format!("TZ={} * * * * *", "é".repeat(300)),
            format!("* * * {} *", "\u{1b}".repeat(900)),
            format!("* * * * {}#", "\u{202e}".repeat(300)),
            "\u{0}".to_owned(),
            "@".to_owned(),
            "é é é é é".to_owned(),
            "* * * * é-é".to_owned(),
            "* * * fr\u{130} *".to_owned(),
        ] {
            let refused = spec(&text).unwrap_err();
            let told = format!("{refused} {}", refused.hint);
            assert!(told.chars().count() < 800, "{told}");
            assert!(
                !told.contains(|c: char| c.is_control() || c == '\u{202e}'),
                "{told:?}"
            );
        }
    }

    #[test]
    fn the_longest_lists_there_are_have_room() {
        let list = |unit: Unit| {
            let values: Vec<String> = (unit.min()..=unit.max()).map(|n| n.to_string()).collect();
            values.join(",")
        };
        let all = Unit::ALL.map(list).join(" ");
        let all = crate::schedule::spec::Spec::parse(&all).unwrap();
        assert_eq!(all.words(), "every second");
    }
}
