//! Hands back the places of tasks that have ended, and tokens that were not used, at once.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::backoff::Backoff;
use crate::worker::Shared;
use crate::worker::duty::Trouble;
use crate::worker::phase::Phase;

/// Hands back until everything is settled. What Redis does not take then is free when its time is over.
pub(crate) async fn hand_back(shared: Arc<Shared>) {
    let mut trouble = Trouble::new("free the places of limits", &shared.reporter);
    let mut backoff = Backoff::default();
    let mut phases = shared.phases.clone();
    loop {
        let over = phases.current() >= Phase::Over;
        let quotas = shared.kept.quotas.all();
        let all = join_all(quotas.iter().map(|quota| quota.hand_back(&shared.broker))).await;
        let mut failed = None;
        for one in all {
            match one {
                // A task in line may take the place.
                Ok(true) => shared.wake.ring(),
                Ok(false) => {}
                Err(error) => failed = Some(error),
            }
        }
        let pause = failed.is_some().then(|| backoff.next());
        trouble.note(failed.map_or(Ok(()), Err));
        if over {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            () = shared.kept.quotas.changed(), if pause.is_none() => backoff.reset(),
            () = phases.reached(Phase::Over) => {}
        }
    }
}
