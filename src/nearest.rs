//! Suggestions for misspelt words.

/// The known word with the fewest typing errors (letters missing, added, changed or swapped) between it
/// and `word`, case ignored; the first of equals. `None` if even that one has more than one error
/// per three letters, as such a suggestion would mislead.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No known word is longer, and the cost of a comparison is the product of both lengths.
    let word: String = word.chars().take(64).collect::<String>().to_lowercase();
    let letters = word.chars().count();
    let limit = (letters / 3).max(1).min(letters.saturating_sub(1));
    known
        .into_iter()
        .map(|known| {
            let errors = strsim::damerau_levenshtein(&word, &known.to_lowercase());
            (errors, known)
        })
        .min_by_key(|(errors, _)| *errors)
        .filter(|(errors, _)| *errors <= limit)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_for_each_three_letters_is_understood() {
        let keys = ["url", "concurrency", "queues", "max_retry"];
        for (word, known) in [
            ("urll", Some("url")),
            ("concurency", Some("concurrency")),
            ("Concurrnecy", Some("concurrency")),
            ("queue", Some("queues")),
            ("maxretry", Some("max_retry")),
            ("retries", None),
            ("frobnicate", None),
            ("u", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), known, "{word:?}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), keys), None);
        assert_eq!(nearest("max", ["may", "mar"]), Some("may"));
        assert_eq!(nearest("c", ["a"]), None);
        assert_eq!(nearest("kqq", ["kq"]), Some("kq"));
    }
}
