//! Expected text, and what to do about the parts of output that differ from run to run.

/// Lets expected text be indented with the test around it.
pub(crate) fn unindent(text: &str) -> String {
    let Some(text) = text.strip_prefix('\n') else {
        return text.to_owned();
    };
    let text = text.trim_end_matches(' ');
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(depth)
        .min()
        .unwrap_or(0);
    text.split_inclusive('\n')
        .map(|line| line.get(margin..).unwrap_or("\n"))
        .collect()
}

/// Replaces what differs from run to run: ids by `<id>`, instants by `<time>`, ages such as `3s ago`
/// and waits such as `in 2m` by `<ago>` and `<in>`. As their lengths decide the width of columns,
/// runs of blanks become two blanks, and blanks at the end of a line go.
pub(crate) fn normalize(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside_word = first.is_alphanumeric() && out.ends_with(char::is_alphanumeric);
        let found = if inside_word {
            None
        } else {
            match_varying(rest)
        };
        let (length, replacement) = found.unwrap_or((first.len_utf8(), &rest[..first.len_utf8()]));
        out.push_str(replacement);
        rest = &rest[length..];
    }
    let lines = out
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => format!("{}\n", line.trim_end()),
            None => line.trim_end().to_owned(),
        });
    lines.collect()
}

/// The length of the varying text at the start, and what stands for it.
fn match_varying(text: &str) -> Option<(usize, &'static str)> {
    let shape = |length: usize| -> Option<String> {
        let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
        text.get(..length)
            .map(|text| text.chars().map(digit).collect())
    };
    let is_id = |text: &str| {
        let hyphens = [8, 13, 18, 23];
        text.bytes().enumerate().all(|(i, b)| {
            if hyphens.contains(&i) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
    };
    if text.get(..36).is_some_and(is_id) {
        return Some((36, "<id>"));
    }
    if matches!(
        shape(19).as_deref(),
        Some("0000-00-00T00:00:00" | "0000-00-00 00:00:00")
    ) {
        let rest = &text[19..];
        return Some((
            19 + rest.len()
                - rest
                    .trim_start_matches(|c: char| "0123456789.Z+:".contains(c))
                    .len(),
            "<time>",
        ));
    }
    if let Some(wait) = text.strip_prefix("in ").and_then(duration_length) {
        return Some(("in ".len() + wait, "<in>"));
    }
    if let Some(age) = duration_length(text).filter(|&age| text[age..].starts_with(" ago")) {
        return Some((age + " ago".len(), "<ago>"));
    }
    let blanks = text.len() - text.trim_start_matches(' ').len();
    (blanks > 1).then_some((blanks, "  "))
}

/// The length of a duration such as `90s`, `1h30m` or `2.5ms` at the start.
fn duration_length(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let next = unit.trim_start_matches(|c: char| c.is_ascii_lowercase());
        if unit.len() == rest.len() || next.len() == unit.len() {
            return (rest.len() < text.len()).then_some(text.len() - rest.len());
        }
        rest = next;
    }
}
