//! Short forms of UUIDs, which are the ids that Asynq and qctl give to tasks.

/// Tables on a terminal show this many digits of a UUID, and `inspect` finds a task by them.
const SHORT: usize = 8;

/// The beginning of a UUID, enough to tell it from others; `None` for any other id.
#[cfg(any(feature = "cli", feature = "page"))]
pub(crate) fn short_id(id: &str) -> Option<&str> {
    (id.len() == 36 && begins(id)).then(|| &id[..SHORT])
}

/// Whether a UUID may begin with this text, which is long enough to tell it from others.
pub(crate) fn is_short_id(text: &str) -> bool {
    (SHORT..36).contains(&text.len()) && begins(text)
}

/// Whether the text is laid out like the beginning of a UUID.
fn begins(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_beginnings() {
        let id = "0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d";
        assert_eq!(short_id(id), Some("0d9b2c7e"));
        assert_eq!(short_id(&id[1..]), None);
        assert_eq!(short_id("0d9b2c7e_58d1_4f5f_9f0e_0a4c5a3b2c1d"), None);
        for (text, may) in [
            ("0d9b2c7e", true),
            ("0D9B2C7E-58", true),
            ("0d9b2c7", false),
            ("0d9b2c7e5", false),
            ("deadbeefs", false),
            (id, false),
        ] {
            assert_eq!(is_short_id(text), may, "{text}");
        }
    }
}
