//! Whether the server that has the places of a limit answers.
//!
//! In a cluster, queues may be on other servers, so tasks run on while their places expire. Workers that had some take them again
//! as soon as the server is back, whoever has them by then. Until all have done that, places that look free may not be, so
//! nobody who has noticed the outage takes new ones.

use std::time::Duration;

use tokio::time::Instant;

use crate::broker::Error;

/// The part of a lease after which places may have expired. They are renewed several times in a lease, so none has earlier.
const OUTAGE: f64 = 0.6;

/// The part of a lease in which all workers take their places again: as long as from one heartbeat to the next. Heartbeats
/// that failed are repeated much earlier.
const RETAKING: f64 = 1.0 / 6.0;

/// What calls have shown.
#[derive(Debug)]
pub(crate) struct Contact {
    answered_at: Instant,
    lost: bool,
    retaken_at: Option<Instant>,
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            answered_at: Instant::now(),
            lost: false,
            retaken_at: None,
        }
    }
}

impl Contact {
    /// Records the result of a call about places that last for a `lease`.
    pub(crate) fn note<T>(&mut self, result: &Result<T, Error>, lease: Duration) {
        match result {
            Ok(_) => {
                if self.lost && self.answered_at.elapsed() >= lease.mul_f64(OUTAGE) {
                    self.retaken_at = Some(Instant::now() + lease.mul_f64(RETAKING));
                }
                self.lost = false;
                self.answered_at = Instant::now();
            }
            Err(error) => self.lost |= error.passing(),
        }
    }

    /// Whether the last call failed.
    pub(crate) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// When all workers have taken their places again, if that is later than now.
    pub(crate) fn retaken_at(&self) -> Option<Instant> {
        self.retaken_at.filter(|at| Instant::now() < *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_an_outage_in_which_places_may_have_expired_is_waited_for() {
        let lease = Duration::from_secs(30);
        let down = || {
            Err::<(), Error>(Error::NotReady {
                address: String::new(),
                reason: String::new(),
                scope: crate::broker::Scope::Queue,
            })
        };
        let mut contact = Contact::default();
        let mut after = async |seconds: u64, result: Result<(), Error>| {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            contact.note(&result, lease);
            (
                contact.is_lost(),
                contact.retaken_at().map(|at| at - Instant::now()),
            )
        };
        // Nobody asked for a long time.
        assert_eq!(after(100, Ok(())).await, (false, None));
        assert_eq!(after(10, down()).await, (true, None));
        assert_eq!(after(7, Ok(())).await, (false, None));
        assert_eq!(after(10, down()).await, (true, None));
        let retaking = Some(Duration::from_secs(5));
        assert_eq!(after(8, Ok(())).await, (false, retaking));
        assert_eq!(after(5, Ok(())).await, (false, None));
        assert_eq!(
            after(30, Err(Error::Tls(String::new()))).await,
            (false, None)
        );
        assert_eq!(after(0, Ok(())).await, (false, None));
    }
}
