//! Reading the files that settings name.

use std::io::Read as _;
use std::path::Path;

use super::error::ConfigError;
use crate::broker::Secret;

/// More than any configuration, and little enough for any machine.
const MAX_BYTES: u64 = 64 << 20;

/// What a file holds. A file without an end, such as `/dev/zero`, is refused.
pub(super) fn bytes(what: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        what,
        path: path.to_path_buf(),
        reason,
    };
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable("it is longer than 64 MiB".to_owned()));
    }
    Ok(bytes)
}

/// The text of a file, without the byte order mark that some editors put in front of it.
pub(super) fn text(what: &'static str, path: &Path) -> Result<String, ConfigError> {
    let mut bytes = bytes(what, path)?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = 1 + String::from_utf8_lossy(&bytes[..valid])
            .matches('\n')
            .count();
        let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let guess = if utf16 { ", but UTF-16" } else { "" };
        let place = path.display();
        ConfigError::Mistakes(vec![format!(
            "{place}:{line}: not UTF-8{guess}: save the file as UTF-8"
        )])
    })
}

/// A password, which a file holds alone.
pub(super) fn password(path: &Path) -> Result<Secret, ConfigError> {
    let text = text("the password file", path)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(ConfigError::Unreadable {
            what: "the password file",
            path: path.to_path_buf(),
            reason: "it is empty".to_owned(),
        }),
        password => Ok(Secret::new(password)),
    }
}
