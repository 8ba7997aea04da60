//! A watched file whose schedules cannot be stored, as other processes see it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::broker::{Broker, Error};

/// A watched file with errors. The schedules that were stored from it before stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenFile {
    /// Absolute.
    pub path: String,
    /// The machine of the watcher.
    pub host: String,
    pub error: String,
}

/// How long an announcement lasts. Watchers repeat it more often.
const LIFETIME: Duration = Duration::from_secs(30);

const MAX_ERROR_CHARACTERS: usize = 1000;

impl BrokenFile {
    pub fn new(path: &str, host: &str, error: &str) -> Self {
        Self {
            path: path.to_owned(),
            host: host.to_owned(),
            error: error.chars().take(MAX_ERROR_CHARACTERS).collect(),
        }
    }

    pub async fn announce(&self, broker: &Broker) -> Result<(), Error> {
        let now = broker.server_time().await?;
        broker
            .announce_broken_file(&self.to_stored(), LIFETIME, now)
            .await
    }

    pub async fn withdraw(&self, broker: &Broker) -> Result<(), Error> {
        broker.withdraw_broken_file(&self.to_stored()).await
    }

    fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The files that watchers have announced.
pub async fn all(broker: &Broker, now: DateTime<Utc>) -> Result<Vec<BrokenFile>, Error> {
    let texts = broker.broken_files(now).await?;
    Ok(texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect())
}
