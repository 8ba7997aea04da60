//! An examination from the scan to the last look.

use super::finding::Health;
use super::{BETWEEN_LOOKS, Doctor};
use crate::inspector::Error;

/// How often to look at what a running server may be about to resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    Once,
    Twice,
}

impl Looks {
    /// A quick examination looks once.
    pub(crate) const fn quick(quick: bool) -> Self {
        if quick { Self::Once } else { Self::Twice }
    }
}

/// How far an examination is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// How many keys were read, and about how many there are, if that is known.
    Scanned { read: u64, keys: Option<u64> },
    /// What was seen at the first look. The second one follows after [`BETWEEN_LOOKS`].
    SeenOnce(Health),
}

impl Doctor {
    /// Scans, and looks once or twice: a second look is for what may resolve itself. `report` is called with each stage.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn examine(
        &mut self,
        looks: Looks,
        mut report: impl FnMut(Stage),
    ) -> Result<(), Error> {
        let keys = self.inspector.broker().key_count().await?;
        let mut read = 0;
        let scanned = |page| {
            read += page;
            report(Stage::Scanned { read, keys });
        };
        self.scan(scanned).await?;
        self.look().await?;
        if looks == Looks::Once || !self.is_passing() {
            return Ok(());
        }
        report(Stage::SeenOnce(self.health()));
        tokio::time::sleep(BETWEEN_LOOKS).await;
        self.look_again().await
    }
}
