//! Text from Redis. maud escapes what HTML would act on; control characters and characters that change the direction of
//! text are shown as escapes here.

use maud::{Markup, html};

use crate::view::text::{escape, truncate};

/// The text, whole, on one line.
pub(crate) fn line(text: &str) -> Markup {
    html! { bdi { (escape(text)) } }
}

/// The first characters, in at most so many bytes.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The text in at most so many columns.
pub(crate) fn short(text: &str, columns: usize) -> Markup {
    // No more bytes than could be shown: a payload may have megabytes.
    let some = beginning(text, columns.saturating_mul(4));
    let text = if some.len() < text.len() {
        format!("{some}…")
    } else {
        text.to_owned()
    };
    html! { bdi { (truncate(&escape(&text), columns)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_only_text() {
        assert_eq!(
            line("<script>alert(1)</script>\u{202e}\u{1b}[2J").0,
            "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}\\u{1b}[2J</bdi>"
        );
        let hostile = html! { a title=("\" onclick=\"alert(1)") {} };
        assert_eq!(hostile.0, "<a title=\"&quot; onclick=&quot;alert(1)\"></a>");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(short("hello", 5).0, "<bdi>hello</bdi>");
        assert_eq!(short("hello!", 5).0, "<bdi>hell…</bdi>");
        assert_eq!(short(&"日".repeat(1_000_000), 5).0, "<bdi>日日…</bdi>");
    }
}
