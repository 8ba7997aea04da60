//! Names the key behind a WRONGTYPE, which Redis's error does not.

use redis::aio::ConnectionLike;
use redis::{Arg, Cmd};

use crate::broker::error::Error;
use crate::broker::keys;
use crate::broker::records::{WrongType, type_name};

/// Keys that are looked at.
const MAX_LOOKS: usize = 1000;

/// An error of these commands, which names the key whose type is not the expected one if that is the error.
pub(crate) async fn named<'a>(
    error: Error,
    sent: impl IntoIterator<Item = &'a Cmd>,
    conn: &mut (impl ConnectionLike + Send),
) -> Error {
    if !error.is_wrong_type() {
        return error;
    }
    let texts = sent.into_iter().flat_map(Cmd::args_iter);
    let texts = texts.filter_map(|arg| match arg {
        Arg::Simple(bytes) => str::from_utf8(bytes).ok(),
        _ => None,
    });
    let known = texts.filter_map(|text| Some((text.to_owned(), keys::type_of(text)?)));
    let known: Vec<(String, &'static str)> = known.take(MAX_LOOKS).collect();
    for (key, expected) in known {
        let look = redis::cmd("TYPE").arg(&key).to_owned();
        let Ok(found) = look.query_async::<String>(conn).await else {
            return error;
        };
        let found = type_name(found);
        if found != "none" && found != expected {
            return about(WrongType {
                key,
                found,
                expected,
            });
        }
    }
    error
}

fn about(wrong: WrongType) -> Error {
    match keys::expected_type(&wrong.key) {
        Some((queue, _)) => Error::WrongType { queue, wrong },
        None if wrong.key == keys::QUEUES => Error::QueueListType(wrong),
        None => Error::GlobalType(wrong),
    }
}
