//! The words of a command line that is being typed, as a shell would read them.
//!
//! Variables and substitutions are left as they are: nothing is run for a completion.

/// The quotes that are open where a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    No,
    Single,
    Double,
}

/// A command line up to the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The words without their quotes; the last is the one at the cursor, which may be empty.
    pub words: Vec<String>,
    /// The word at the cursor as it was typed.
    pub typed: String,
    pub quote: Quote,
}

impl Line {
    /// Reads a line.
    pub(super) fn read(line: &str) -> Self {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), Quote::No);
        let (mut start, mut in_word) = (line.len(), false);
        let mut characters = line.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if quote == Quote::No && c.is_whitespace() {
                if in_word {
                    words.push(std::mem::take(&mut word));
                }
                in_word = false;
                continue;
            }
            if !in_word {
                (in_word, start) = (true, at);
            }
            match (quote, c) {
                (Quote::No, '\'') => quote = Quote::Single,
                (Quote::No, '"') => quote = Quote::Double,
                (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::No,
                (Quote::No, '\\') => word.extend(characters.next().map(|(_, c)| c)),
                (Quote::Double, '\\') => {
                    let escaped = characters.next_if(|(_, c)| matches!(c, '"' | '\\' | '$' | '`'));
                    word.push(escaped.map_or('\\', |(_, c)| c));
                }
                _ => word.push(c),
            }
        }
        words.push(word);
        let typed = if in_word { &line[start..] } else { "" };
        Self {
            words,
            typed: typed.to_owned(),
            quote,
        }
    }
}

/// A word as it was typed, without its quotes.
pub(super) fn unquoted(typed: &str) -> String {
    Line::read(typed).words.concat()
}

/// A text as it is typed where these quotes are open.
pub(super) fn quoted(text: &str, quote: Quote) -> String {
    let mut typed = String::with_capacity(text.len());
    for c in text.chars() {
        match quote {
            Quote::Single if c == '\'' => typed.push_str("'\\'"),
            Quote::Double if matches!(c, '"' | '\\' | '$' | '`') => typed.push('\\'),
            Quote::No if !is_plain(c) => typed.push('\\'),
            Quote::No | Quote::Single | Quote::Double => {}
        }
        typed.push(c);
    }
    typed
}

/// Whether a character means nothing to a shell.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric()
        || !c.is_ascii()
        || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '@' | '%' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        Line::read(line).words
    }

    #[test]
    fn words_are_those_of_a_shell() {
        for (line, wanted) in [
            ("", &[""][..]),
            ("qctl", &["qctl"]),
            ("qctl ls ", &["qctl", "ls", ""]),
            ("qctl  inspect email:de", &["qctl", "inspect", "email:de"]),
            (
                r#"qctl inspect "a b" 'c d' e\ f"#,
                &["qctl", "inspect", "a b", "c d", "e f"],
            ),
            (r"x 'it'\''s", &["x", "it's"]),
            (r#"x "a\"b\c$d"#, &["x", r#"a"b\c$d"#]),
            ("x 'a b", &["x", "a b"]),
            ("x \\", &["x", ""]),
        ] {
            assert_eq!(words(line), wanted, "{line}");
        }
    }

    #[test]
    fn the_word_at_the_cursor_is_known_as_typed() {
        for (line, typed, quote) in [
            ("qctl ls ", "", Quote::No),
            ("qctl ls a\\ b:", "a\\ b:", Quote::No),
            ("qctl ls 'a b", "'a b", Quote::Single),
            ("qctl ls x\"a 'b", "x\"a 'b", Quote::Double),
            ("qctl ls 'a' ", "", Quote::No),
        ] {
            let line = Line::read(line);
            assert_eq!((line.typed.as_str(), line.quote), (typed, quote));
        }
    }

    #[test]
    fn what_is_quoted_is_read_as_it_was() {
        for text in [
            "plain",
            "a b",
            "it's",
            "\"q\" $x `y`",
            "email:deliver",
            "*?[a]~#!",
            "back\\slash",
            "ü✓",
        ] {
            for (quote, open) in [(Quote::No, ""), (Quote::Single, "'"), (Quote::Double, "\"")] {
                let typed = quoted(text, quote);
                assert_eq!(unquoted(&format!("{open}{typed}{open}")), text, "{typed}");
            }
        }
        assert_eq!(quoted("email:deliver", Quote::No), "email:deliver");
    }
}
