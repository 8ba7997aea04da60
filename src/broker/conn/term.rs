//! How long a server is the primary.

use tokio::sync::watch;

use crate::broker::conn::topology::Place;

/// The time during which Sentinels name this server and no other.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    place: Place,
    named: watch::Receiver<Option<Place>>,
}

impl Term {
    pub(crate) const fn new(place: Place, named: watch::Receiver<Option<Place>>) -> Self {
        Self { place, named }
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// Waits until another server is named. No name at all, while Sentinels are asked, does not end the term.
    pub(crate) async fn ended(&mut self) {
        let other =
            |named: &Option<Place>| named.as_ref().is_some_and(|named| *named != self.place);
        if self.named.wait_for(other).await.is_err() {
            // Whoever watches the Sentinels is gone, and nobody will name another server.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn place(port: u16) -> Place {
        ("h".to_owned(), port)
    }

    #[test]
    fn a_term_ends_when_another_server_is_named() {
        let named = watch::Sender::new(Some(place(1)));
        let mut term = Term::new(place(1), named.subscribe());
        for same in [Some(place(1)), None, Some(place(1))] {
            named.send_replace(same);
            assert_eq!(term.ended().now_or_never(), None);
        }
        named.send_replace(Some(place(2)));
        assert_eq!(term.ended().now_or_never(), Some(()));
    }

    #[test]
    fn a_term_does_not_end_with_those_who_watch() {
        let named = watch::Sender::new(Some(place(1)));
        let mut term = Term::new(place(1), named.subscribe());
        drop(named);
        assert_eq!(term.ended().now_or_never(), None);
    }
}
