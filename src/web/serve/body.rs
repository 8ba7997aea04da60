//! The end of a response: until then its connection is busy.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;

use super::connections::Busy;

/// A body that keeps its connection busy, and ends early if it is an event stream and the server stops.
pub(super) struct Tracked {
    body: Body,
    /// For an event stream: ends when the server stops.
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _busy: Busy,
}

impl Tracked {
    pub(super) fn wrap(
        response: Response,
        busy: Busy,
        mut stopping: watch::Receiver<bool>,
    ) -> Response<Self> {
        let kind = response.headers().get(header::CONTENT_TYPE);
        let streams = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let stopped = async move {
            // An error means that the server is gone, so stop as well.
            drop(stopping.wait_for(|stopping| *stopping).await);
        };
        response.map(|body| Self {
            body,
            stopped: streams.then(|| Box::pin(stopped) as Pin<Box<_>>),
            _busy: busy,
        })
    }
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(stopped) = &mut self.stopped
            && stopped.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
