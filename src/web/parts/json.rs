//! JSON laid out over several lines, with objects and lists that fold. Numbers keep every digit.

use maud::{Markup, PreEscaped, html};

use crate::document::json::pretty;
use crate::view::text::json_for_terminal;

/// Levels and objects that fold. A document of strangers may have a million.
const MAX_DEPTH: usize = 24;
const MAX_FOLDS: usize = 2_000;

/// The document, or the beginning of one: it need not be complete.
pub(crate) fn json(text: &str) -> Markup {
    let laid_out = pretty(text);
    let mut out = String::with_capacity(laid_out.len() * 2);
    let (mut depth, mut open, mut folds) = (0_usize, Vec::new(), 0);
    for line in laid_out.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with(['}', ']']) {
            out.push_str(&tokens(line).into_string());
            if open.last() == Some(&depth) {
                open.pop();
                out.push_str("</details>");
            } else {
                out.push('\n');
            }
            depth = depth.saturating_sub(1);
        } else if trimmed.ends_with(['{', '[']) {
            depth += 1;
            let folds_here = open.len() < MAX_DEPTH && folds < MAX_FOLDS;
            if folds_here {
                folds += 1;
                open.push(depth);
                let summary = html! { summary { (tokens(line)) } }.into_string();
                out.push_str("<details open>");
                out.push_str(&summary);
            } else {
                out.push_str(&tokens(line).into_string());
                out.push('\n');
            }
        } else {
            out.push_str(&tokens(line).into_string());
            out.push('\n');
        }
    }
    out.push_str(&"</details>".repeat(open.len()));
    PreEscaped(out)
}

/// The key and the value on a line, which maud escapes.
fn tokens(line: &str) -> Markup {
    let line = json_for_terminal(line);
    let indent = line.len() - line.trim_start().len();
    let (indent, rest) = line.split_at(indent);
    let (key, value) = match end_of_string(rest) {
        Some(end) if rest[end..].starts_with(": ") => rest.split_at(end),
        Some(_) | None => ("", rest),
    };
    let kind = value.trim_start_matches(": ").chars().next();
    let class = match kind {
        Some('"') => "json-text",
        Some('-' | '0'..='9') => "json-number",
        Some('t' | 'f' | 'n') => "json-word",
        Some(_) | None => "json-sign",
    };
    html! {
        (indent)
        @if !key.is_empty() { span .json-key { (key) } }
        span class=(class) { (value) }
    }
}

/// Where a string at the start of the text ends.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut characters = text.char_indices();
    if characters.next()?.1 != '"' {
        return None;
    }
    for (place, c) in characters {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees and copies.
    fn text(html: &str) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in html.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn objects_fold_and_numbers_keep_their_digits() {
        let html =
            json(r#"{"n":12345678901234567890123,"e":{},"a":[1.0,{"s":"x"}]}"#).into_string();
        assert_eq!(html.matches("<details open>").count(), 3);
        assert_eq!(html.matches("</details>").count(), 3);
        assert!(html.contains("12345678901234567890123"), "{html}");
        assert!(
            html.contains(r#"<span class="json-key">&quot;n&quot;</span>"#),
            "{html}"
        );
    }

    #[test]
    fn hostile_text_is_escaped() {
        let html = json("{\"<script>\":\"</details><img src=x>\u{202e}\u{1b}\"}").into_string();
        assert!(
            !html.contains("<script>") && !html.contains("<img"),
            "{html}"
        );
        assert!(!html.contains(['\u{202e}', '\u{1b}']), "{html}");
        assert_eq!(html.matches("</details>").count(), 1);
    }

    #[test]
    fn depth_and_size_are_no_danger_and_what_is_cut_is_closed() {
        let deep = json(&"[".repeat(100_000)).into_string();
        assert_eq!(deep.matches("<details open>").count(), MAX_DEPTH);
        assert_eq!(deep.matches("</details>").count(), MAX_DEPTH);
        let wide = json(&format!("[{}]", "{\"a\":1},".repeat(5_000))).into_string();
        assert_eq!(wide.matches("<details open>").count(), MAX_FOLDS);
        assert_eq!(wide.matches("</details>").count(), MAX_FOLDS);
        let cut = json(r#"{"a":{"b":"unfinis"#).into_string();
        assert_eq!(cut.matches("</details>").count(), 2);
    }

    #[test]
    fn the_text_is_that_of_the_layout() {
        let html = json(r#"{"a":[1,2],"b":"c"}"#).into_string();
        let words: Vec<_> = text(&html).split_whitespace().map(str::to_owned).collect();
        let quote = "&quot;";
        let expected = ["{", "QaQ:", "[", "1,", "2", "],", "QbQ:", "QcQ", "}"];
        // Elements that fold end a line by themselves.
        let joined = words.concat();
        assert_eq!(joined, expected.concat().replace('Q', quote));
    }
}
