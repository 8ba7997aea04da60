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
