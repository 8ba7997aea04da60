//! Properties over arbitrary input: text of strangers in HTML.

use proptest::prelude::*;

use super::parts::text::{beginning, line, short};

/// What a browser shows between the tags of an element without others inside.
fn shown(html: &str) -> Option<String> {
    let inner = html.strip_prefix("<bdi>")?.strip_suffix("</bdi>")?;
    let markup = inner.contains(['<', '>', '"']);
    let text = ["&lt;", "&gt;", "&quot;"].iter().zip(["<", ">", "\""]);
    let text = text.fold(inner.to_owned(), |text, (entity, c)| {
        text.replace(entity, c)
    });
    (!markup).then(|| text.replace("&amp;", "&"))
}

proptest! {
    #[test]
    fn text_stays_text(text in r#"[<>"&';a-z\x00-\x20]{0,40}|.*"#) {
        let html = line(&text).0;
        let expected = crate::view::text::escape(&text).into_owned();
        prop_assert_eq!(shown(&html), Some(expected));
        prop_assert!(!html.contains(char::is_control));
    }

    #[test]
    fn short_text_is_text_too(text in r#"[<>"&';a-zé日\x00-\x20]{0,40}|.*"#, columns in 0..30_usize) {
        prop_assert!(shown(&short(&text, columns).0).is_some());
        prop_assert!(beginning(&text, columns).len() <= columns);
    }
}
