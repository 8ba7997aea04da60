//! Which server is the primary, by what Sentinels say. All connections to it share this.
//!
//! Sentinels are asked when there is no connection or an answer casts doubt on it, and every second as long as
//! connections exist: a primary that is cut off from the Sentinels keeps its clients, answers them, and calls itself a
//! primary, while all that it accepts will be lost. A Sentinel's news of a failover only makes this faster.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::watch;

use crate::broker::conn::single_flight::SingleFlight;
use crate::broker::conn::source::Subscription;
use crate::broker::conn::term::Term;
use crate::broker::conn::topology::Place;
use crate::broker::conn::vote::Voters;

/// Time between two questions to the Sentinels.
const INTERVAL: Duration = Duration::from_secs(1);

/// The primary, and the Sentinels that choose it.
#[derive(Debug)]
pub(crate) struct Election {
    voters: Voters,
    /// `None`: the Sentinels must be asked.
    named: watch::Sender<Option<Place>>,
    asking: SingleFlight,
    watched: AtomicBool,
}

impl Election {
    pub(crate) fn new(voters: Voters) -> Self {
        Self {
            voters,
            named: watch::Sender::new(None),
            asking: SingleFlight::default(),
            watched: AtomicBool::new(false),
        }
    }

    /// The primary. The Sentinels are asked if its name is in doubt.
    pub(crate) async fn term(self: &Arc<Self>) -> RedisResult<Term> {
        if !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(watch(Arc::downgrade(self)));
        }
        loop {
            if let Some(place) = self.named.borrow().clone() {
                return Ok(Term::new(place, self.named.subscribe()));
            }
            let ask = async {
                self.name(self.voters.elect().await?);
                Ok(())
            };
            let in_doubt = || self.named.borrow().is_none();
            self.asking.run(in_doubt, ask).await?;
        }
    }

    fn name(&self, primary: Place) {
        self.named.send_if_modified(|named| {
            let is_news = named.as_ref() != Some(&primary);
            *named = Some(primary);
            is_news
        });
    }

    /// Makes the next command ask the Sentinels, unless they name another server already.
    pub(crate) fn doubt(&self, place: &Place) {
        self.named.send_if_modified(|named| {
            let is_current = named.as_ref() == Some(place);
            if is_current {
                *named = None;
            }
            is_current
        });
    }
}

/// Asks the Sentinels at intervals, and when one of them reports a failover, as long as somebody uses the election.
async fn watch(election: Weak<Election>) {
    let mut news: Option<Subscription> = None;
    let mut may_listen = true;
    loop {
        let pause = INTERVAL.mul_f64(1.0 - fastrand::f64() / 10.0);
        // Until the time is up, or there is news.
        drop(tokio::time::timeout(pause, heard(&mut news)).await);
        let Some(election) = election.upgrade() else {
            return;
        };
        // An error changes nothing: without Sentinels, the primary stays what it is.
        if let Ok(primary) = election.voters.elect().await {
            election.name(primary);
        }
        if news.is_none() && may_listen {
            match election.voters.listen().await {
                Ok(subscription) => news = Some(subscription),
                // Without the right to listen, asking at intervals is enough.
                Err(error) => may_listen = error.is_io_error() || error.is_timeout(),
            }
        }
    }
}

/// Waits for news; forever if nothing is subscribed to, or the connection breaks.
async fn heard(news: &mut Option<Subscription>) {
    if let Some(subscription) = news {
        if subscription.next().await.is_some() {
            return;
        }
        *news = None;
    }
    std::future::pending::<()>().await;
}
