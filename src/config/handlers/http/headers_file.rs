//! A file of headers for an endpoint: `NAME: VALUE`, one a line. Blank lines and those that begin with `#` are skipped.

use hyper::header::{HeaderName, HeaderValue};

use super::written::check_free;

/// Reads the headers. The messages have nothing of the text but names of headers: a line without a name may be a secret.
pub(super) fn parse(text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let headers = lines
        .map(|(number, line)| header(line).map_err(|what| format!("line {}: {what}", number + 1)));
    let headers: Vec<_> = headers.collect::<Result<_, String>>()?;
    if headers.is_empty() {
        return Err("it holds no header".to_owned());
    }
    Ok(headers)
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parts = line.split_once(':');
    let parts = parts.and_then(|(name, value)| {
        let name = HeaderName::from_bytes(name.trim_end().as_bytes()).ok()?;
        Some((name, value.trim_start()))
    });
    let (name, value) = parts.ok_or("not a header: expected NAME: VALUE")?;
    check_free(&name)?;
    let value = HeaderValue::try_from(value);
    let mut value = value.map_err(|_| format!("the value of {name} has a control character"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_header() {
        let read = parse("# of staging\n\nAuthorization: Bearer a:b \r\nx-empty:\n").unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(read, [("authorization", "Bearer a:b"), ("x-empty", "")]);
    }

    #[test]
    fn messages_name_the_line_and_show_no_value() {
        for (text, said) in [
            ("", "it holds no header"),
            ("x: y\nsecret", "line 2: not a header: expected NAME: VALUE"),
            ("a secret: y", "line 1: not a header: expected NAME: VALUE"),
            (
                "x-key: sec\u{1}ret",
                "line 1: the value of x-key has a control character",
            ),
            (
                "Content-Length: 7",
                "line 1: qctl sets the header content-length itself",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), said, "{text:?}");
        }
    }
}
