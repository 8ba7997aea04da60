//! The running tasks, read once for all viewers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::document::server::WorkerDocument;
use crate::inspector::{Error, Inspector};

/// What is not older is shown without reading again.
const FRESH: Duration = Duration::from_secs(2);

/// The running tasks, as they were last read.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<Option<(Instant, Arc<Vec<WorkerDocument>>)>>);

impl Running {
    /// The running tasks. Those who ask while they are being read wait for the same answer.
    pub(super) async fn tasks(
        &self,
        inspector: &Inspector,
    ) -> Result<Arc<Vec<WorkerDocument>>, Error> {
        let mut last = self.0.lock().await;
        if let Some((at, tasks)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(tasks));
        }
        let tasks = Arc::new(inspector.workers(&[], inspector.now()).await?);
        *last = Some((Instant::now(), Arc::clone(&tasks)));
        Ok(tasks)
    }
}
