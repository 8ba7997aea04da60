//! Slows down those who guess: each address has a few failed attempts, and gets one back every few seconds. Other
//! addresses are not affected, and sessions that have begun stay usable.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failed attempts that an address has at first.
const ATTEMPTS: u32 = 10;
/// How soon it has another one.
const INTERVAL: Duration = Duration::from_secs(5);
/// Addresses that are remembered. The one that has most attempts left is forgotten first.
const MAX_ADDRESSES: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<Option<IpAddr>, Instant>>);

impl Throttle {
    /// Whether this address may try now; otherwise, how long it has to wait.
    pub(super) fn check(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        let settled_at = self.lock().get(&network(address)).copied();
        let now = Instant::now();
        let debt = settled_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let wait = debt.saturating_sub(INTERVAL * (ATTEMPTS - 1));
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }

    /// Remembers a failed attempt.
    pub(super) fn failed(&self, address: Option<IpAddr>) {
        let now = Instant::now();
        let mut debts = self.lock();
        if debts.len() >= MAX_ADDRESSES {
            debts.retain(|_, settled_at| *settled_at > now);
        }
        if debts.len() >= MAX_ADDRESSES {
            let first = debts.iter().min_by_key(|(_, settled_at)| **settled_at);
            let first = first.map(|(address, _)| *address);
            first.and_then(|address| debts.remove(&address));
        }
        let settled_at = debts.entry(network(address)).or_insert(now);
        *settled_at = (*settled_at).max(now) + INTERVAL;
    }

    /// For each address, when all its failed attempts are given back.
    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever has one IPv6 address usually has the 2^64 that begin alike.
fn network(address: Option<IpAddr>) -> Option<IpAddr> {
    address.map(|address| match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::from((v6.to_bits() >> 64 << 64).to_be_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_that_fails_often_has_to_wait_and_others_do_not() {
        let throttle = Throttle::default();
        let [one, neighbor, other] =
            ["fd00::1", "fd00::2", "fd00:0:0:1::1"].map(|text| text.parse().ok());
        let fail_until_refused = || {
            for _ in 0..ATTEMPTS {
                assert_eq!(throttle.check(one), Ok(()));
                throttle.failed(one);
            }
            assert_eq!(throttle.check(one), Err(INTERVAL));
        };
        fail_until_refused();
        assert_eq!(throttle.check(neighbor), Err(INTERVAL));
        assert_eq!(throttle.check(other), Ok(()));
        tokio::time::advance(INTERVAL).await;
        assert_eq!(throttle.check(one), Ok(()));
        throttle.failed(one);
        assert_eq!(throttle.check(one), Err(INTERVAL));
        tokio::time::advance(INTERVAL * ATTEMPTS * 2).await;
        fail_until_refused();
    }

    #[tokio::test(start_paused = true)]
    async fn few_addresses_are_remembered() {
        let throttle = Throttle::default();
        for n in 0..10_000_u32 {
            throttle.failed(Some(IpAddr::from(n.to_be_bytes())));
        }
        assert!(throttle.lock().len() <= MAX_ADDRESSES);
    }
}
