//! The log of `--verbose`: each command or script with its keys and its duration. Other arguments may be secret.

use std::time::Instant;

use redis::{Arg, Cmd};

use super::keys;

/// Names and keys shown for one call.
const MAX_WORDS: usize = 12;

/// Logs what is sent, once the answer is there.
pub(super) async fn log<T>(what: impl FnOnce() -> String, sent: impl Future<Output = T>) -> T {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return sent.await;
    }
    let (what, start) = (what(), Instant::now());
    let reply = sent.await;
    tracing::debug!("{what} ({:.1?})", start.elapsed());
    reply
}

/// Commands with their keys, under the names of scripts if they call scripts.
pub(super) fn shown<'a>(scripts: &str, commands: impl IntoIterator<Item = &'a Cmd>) -> String {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return String::new();
    }
    let mut words: Vec<String> = Vec::from_iter((!scripts.is_empty()).then(|| scripts.to_owned()));
    let mut hidden = 0;
    for command in commands {
        let texts = command.args_iter().filter_map(|arg| match arg {
            Arg::Simple(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        });
        for (place, text) in texts.enumerate() {
            let is_name = place == 0 && scripts.is_empty();
            let is_key = keys::is_key(text);
            if words.len() < MAX_WORDS && (is_name || is_key) {
                words.push(text.escape_debug().to_string());
            } else {
                hidden += usize::from(is_key);
            }
        }
    }
    if hidden > 0 {
        words.push(format!("and {hidden} more keys"));
    }
    words.join(" ")
}
