//! How many event streams may be open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;

use crate::web::failure::Failure;

/// For all clients together.
const MAX_STREAMS: usize = 200;
/// For one client, so that it leaves some to others. An address may be that of a whole office, or of a proxy.
const MAX_STREAMS_OF_CLIENT: usize = 100;

/// The open streams by client. Clones share the count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<Option<IpAddr>, usize>>>);

/// An open stream; dropping it makes room for another.
#[derive(Debug)]
struct OpenStream {
    streams: Streams,
    client: Option<IpAddr>,
}

impl Streams {
    /// The same response. If it is an event stream, it counts until its end; one too many is refused.
    pub(crate) fn count(&self, response: Response, client: Option<IpAddr>) -> Response {
        let kind = response.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| !kind.as_bytes().starts_with(b"text/event-stream")) {
            return response;
        }
        let Some(open) = self.open(client) else {
            let what = "too many event streams are open";
            return Failure::refused(StatusCode::TOO_MANY_REQUESTS, what).into_response();
        };
        response.map(|body| {
            let parts = body.into_data_stream();
            // The closure owns the place until the stream ends.
            Body::from_stream(parts.map(move |part| (part, &open).0))
        })
    }

    /// Room for one more stream of a client, `None` for those on a Unix socket; `None` if there is no room.
    fn open(&self, client: Option<IpAddr>) -> Option<OpenStream> {
        let mut open = self.lock();
        let all: usize = open.values().sum();
        let own = open.get(&client).copied().unwrap_or_default();
        if all >= MAX_STREAMS || own >= MAX_STREAMS_OF_CLIENT {
            return None;
        }
        open.insert(client, own + 1);
        let streams = self.clone();
        Some(OpenStream { streams, client })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_does_not_take_the_streams_of_others() {
        let streams = Streams::default();
        let client = |n: u8| Some(IpAddr::from([10, 0, 0, n]));
        let mut of_one: Vec<_> = std::iter::from_fn(|| streams.open(client(1))).collect();
        assert_eq!(of_one.len(), MAX_STREAMS_OF_CLIENT);
        assert!(streams.open(client(2)).is_some());
        of_one.pop();
        assert!(streams.open(client(1)).is_some());
        drop(of_one);
        assert!(streams.lock().is_empty());
    }
}
