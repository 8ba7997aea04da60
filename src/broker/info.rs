//! The reply of `INFO`: one `field:value` on each line.

/// The value of a field.
pub(crate) fn field<'a>(info: &'a str, field: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .map(str::trim)
}
