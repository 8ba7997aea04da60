//! The whole of a spec: an optional zone, then fields or a descriptor.

use super::field::{Field, Unit};
use super::refusal::{BadSpec, Piece};
use super::zone::Zone;
use super::{Fields, Rule, Spec, delay};

/// Six lists of every value there is have room in it.
const LONGEST: usize = 1024;

const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const FIVE: &str = "write minute, hour, day, month and weekday, such as \"0 3 * * *\"";

pub(super) fn spec(text: &str) -> Result<Spec, BadSpec> {
    let text = text.trim();
    let whole = Piece::whole(text);
    if text.is_empty() {
        return Err(whole.refuse("the spec is empty", format!("{FIVE}, or @daily")));
    }
    if text.len() > LONGEST {
        return Err(whole.refuse(
            format!("the spec has more than {LONGEST} bytes"),
            "write ranges and steps, such as 0-59/5, in place of long lists",
        ));
    }
    let (zone, rest) = prefix(whole)?;
    let rule = if rest.text.starts_with('@') {
        descriptor(rest)?
    } else {
        Rule::Fields(Box::new(fields(rest)?))
    };
    Ok(Spec {
        text: text.to_owned(),
        zone,
        rule,
    })
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
    // Upstream takes a space for granted and panics.
    let Some(space) = text.find(' ') else {
        return Err(whole.from(text.len()).refuse(
            "no spec follows the time zone",
            "write a space and a spec after the zone, such as \"CRON_TZ=Europe/Paris 0 3 * * *\"",
        ));
    };
    let name = whole.part(equals..space);
    let zone = match name.text {
        "" => Some(Zone::utc()),
        "Local" => None,
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
    const EVERY: &str = "@every ";
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
    let text: String = piece.text.chars().take(24).collect();
    if text.starts_with("@every") {
        return piece.refuse(
            format!("{} has no delay", piece.quoted()),
            "write a space and a delay after it, such as \"@every 1h30m\"",
        );
    }
    let hint = if text == "@reboot" {
        "a schedule does not start with the machine; enqueue the task when it starts".to_owned()
    } else {
        let folded = text.to_lowercase();
        let names = DESCRIPTORS.iter().map(|(name, _)| *name);
        let nearest = names
            .map(|name| (strsim::damerau_levenshtein(&folded, name), name))
            .min()
            .filter(|(distance, _)| *distance <= 3);
        match nearest {
            Some((_, name)) => format!("did you mean {name}?"),
            None => {
                "use @yearly, @monthly, @weekly, @daily, @hourly or @every with a delay".to_owned()
            }
        }
    };
    piece.refuse(format!("unknown descriptor {}", piece.quoted()), hint)
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
            format!("{} fields, where six are the most", words.len()),
            format!("there is no field for the year; {FIVE}, with a second before them at will"),
        )),
    }
}

fn too_few(piece: Piece<'_>, count: usize) -> BadSpec {
    let fields = if count == 1 { "field" } else { "fields" };
    let descriptor = format!("@{}", piece.text);
    let hint = match DESCRIPTORS.iter().find(|(name, _)| *name == descriptor) {
        Some((name, _)) => format!("did you mean {name}?"),
        None => FIVE.to_owned(),
    };
    piece
        .from(piece.text.len())
        .refuse(format!("{count} {fields}, where five are needed"), hint)
}
