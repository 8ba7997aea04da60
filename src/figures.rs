//! Numbers and durations as people read them, in messages and in views.

use std::time::Duration;

/// The two largest units: `250ms`, `12s`, `3m12s`, `2h5m`, `3d4h`, `2y10d`.
pub(crate) fn duration(span: Duration) -> String {
    const UNITS: [(u64, &str); 5] = [
        (365 * 86_400, "y"),
        (86_400, "d"),
        (3_600, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let seconds = span.as_secs();
    let Some(first) = UNITS.iter().position(|(size, _)| seconds >= *size) else {
        return match span.as_millis() {
            0 => "0s".to_owned(),
            millis => format!("{millis}ms"),
        };
    };
    let (size, unit) = UNITS[first];
    let mut text = format!("{}{unit}", seconds / size);
    if let Some((smaller, unit)) = UNITS.get(first + 1)
        && (seconds % size) / smaller > 0
    {
        text += &((seconds % size) / smaller).to_string();
        text += unit;
    }
    text
}

/// `512 B`, `1.5 KiB`, `20.0 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut unit = 0;
    let mut shift = 10_u32;
    while count >> shift >= 1024 && unit + 1 < UNITS.len() {
        unit += 1;
        shift += 10;
    }
    let tenths = (u128::from(count) * 10) >> shift;
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A part of a whole as a percentage, `1.2%`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// `1 task`, `2 tasks`, `1,234,567 tasks`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(count))
}

/// A number in at most four characters, rounded down: `9999`, `12k`, `1.2M`, `345M`.
pub(crate) fn short_count(count: u64) -> String {
    const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];
    if count < 10_000 {
        return count.to_string();
    }
    let (mut unit, mut size) = (0, 1_000);
    while count / size >= 1_000 && unit + 1 < UNITS.len() {
        unit += 1;
        size *= 1_000;
    }
    let (whole, tenth) = (count / size, count % size / (size / 10));
    if whole < 10 {
        format!("{whole}.{tenth}{}", UNITS[unit])
    } else {
        format!("{whole}{}", UNITS[unit])
    }
}

/// `1,234,567`.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_two_units() {
        let cases = [
            (0, "0s"),
            (250, "250ms"),
            (1_999, "1s"),
            (192_000, "3m12s"),
            (120_000, "2m"),
            (7_500_000, "2h5m"),
            (273_600_000, "3d4h"),
            (740 * 86_400_000, "2y10d"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(u64::MAX), "15.9 EiB");
        assert_eq!(percent(0.012), "1.2%");
        let shorts = [9_999, 10_000, 999_999, 1_000_000, 1_299_999, 12_345_678];
        let shorts = shorts.map(short_count);
        assert_eq!(shorts, ["9999", "10k", "999k", "1.0M", "1.2M", "12M"]);
        assert_eq!(short_count(u64::MAX), "18E");
        assert_eq!(plural(1, "task"), "1 task");
        assert_eq!(plural(1_234_567, "task"), "1,234,567 tasks");
        assert_eq!(thousands(123), "123");
    }
}
