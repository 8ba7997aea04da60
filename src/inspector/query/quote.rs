//! Quotes values.

/// A value, in quotation marks if it needs them. In a list, a comma does.
pub(super) fn quoted(value: &str, in_list: bool) -> String {
    let special = |c: char| c == '"' || c.is_whitespace() || c.is_control() || c == ',' && in_list;
    if !value.is_empty() && !value.contains(special) {
        return value.to_owned();
    }
    let mut text = String::from('"');
    for c in value.chars() {
        if c.is_control() || matches!(c, '"' | '\\') {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text.push('"');
    text
}
