//! Logins: whoever has shown the token gets a cookie instead. They are kept in memory, so they end with the program.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::secret::Secret;

/// How long a login lasts: a working day.
const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// More logins end the oldest ones.
const MAX_SESSIONS: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<VecDeque<Session>>);

#[derive(Debug)]
struct Session {
    id: Secret,
    begun_at: Instant,
}

impl Sessions {
    /// Begins a session and returns its id. An id is never taken from a request, so nobody can prepare one for others.
    pub(super) fn begin(&self) -> Result<Secret, getrandom::Error> {
        let id = Secret::random()?;
        let mut sessions = self.current();
        if sessions.len() >= MAX_SESSIONS {
            sessions.pop_front();
        }
        let begun_at = Instant::now();
        sessions.push_back(Session {
            id: id.clone(),
            begun_at,
        });
        Ok(id)
    }

    /// Whether a session with this id has begun and not ended. All are compared, so that the time says nothing.
    pub(super) fn know(&self, id: &str) -> bool {
        self.current()
            .iter()
            .filter(|session| session.id.is(id))
            .count()
            > 0
    }

    pub(super) fn end(&self, id: &str) {
        self.current().retain(|session| !session.id.is(id));
    }

    /// The sessions that have not expired, oldest first.
    fn current(&self) -> MutexGuard<'_, VecDeque<Session>> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sessions
            .front()
            .is_some_and(|oldest| oldest.begun_at.elapsed() >= SESSION_LIFETIME)
        {
            sessions.pop_front();
        }
        sessions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sessions_end_by_themselves_by_logout_and_when_there_are_too_many() {
        let sessions = Sessions::default();
        let [one, other] = [sessions.begin().unwrap(), sessions.begin().unwrap()];
        assert!(sessions.know(one.reveal()) && sessions.know(other.reveal()) && !sessions.know(""));
        sessions.end(one.reveal());
        assert!(!sessions.know(one.reveal()) && sessions.know(other.reveal()));
        let second = Duration::from_secs(1);
        tokio::time::advance(SESSION_LIFETIME.saturating_sub(second)).await;
        assert!(sessions.know(other.reveal()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!sessions.know(other.reveal()));
        let oldest = sessions.begin().unwrap();
        for _ in 0..MAX_SESSIONS {
            sessions.begin().unwrap();
        }
        assert!(!sessions.know(oldest.reveal()));
        assert_eq!(sessions.current().len(), MAX_SESSIONS);
    }
}
