//! What all requests share.

use std::sync::{Arc, OnceLock};

use super::changes::Changes;
use super::clock::Timekeeper;
use super::examiner::Examiner;
use super::renderings::Renderings;
use super::root_path::RootPath;
use super::running::Running;
use super::safety::{Logins, Safety, Streams};
use super::seen::Seen;
use crate::document::server::WorkerDocument;
use crate::inspector::overview::Sampler;
use crate::inspector::trouble::Thresholds;
use crate::inspector::{Error, Inspector};

/// The settings of the page.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The path below which all pages are.
    pub root_path: RootPath,
    /// The server and the database, as the frame shows them.
    pub redis: String,
    /// Whether the page offers no changes.
    pub read_only: bool,
    /// The name of a protected context, which each change repeats; `None` if none is in use, or it was confirmed at the start.
    pub protected: Option<String>,
    /// When something is trouble.
    pub thresholds: Thresholds,
    /// Who may use it.
    pub safety: Safety,
}

/// What all requests share. Clones are cheap.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    inspector: Inspector,
    settings: Settings,
    sampler: Sampler,
    examiner: Examiner,
    logins: Logins,
    streams: Streams,
    changes: Changes,
    running: Running,
    renderings: Renderings,
    seen: Seen,
    timekeeper: OnceLock<Timekeeper>,
}

impl Shared {
    pub(crate) fn new(inspector: Inspector, settings: Settings) -> Self {
        let sampler = Sampler::new(inspector.clone(), settings.thresholds.clone());
        Self(Arc::new(Inner {
            examiner: Examiner::new(inspector.clone(), sampler.clone()),
            inspector,
            settings,
            sampler,
            logins: Logins::default(),
            streams: Streams::default(),
            changes: Changes::default(),
            running: Running::default(),
            renderings: Renderings::default(),
            seen: Seen::default(),
            timekeeper: OnceLock::new(),
        }))
    }

    /// Keeps the time of Redis from now on. It must be called within a Tokio runtime.
    pub(crate) fn keep_time(&self) {
        let start = || Timekeeper::start(self.0.inspector.clone());
        self.0.timekeeper.get_or_init(start);
    }

    pub(super) fn inspector(&self) -> &Inspector {
        &self.0.inspector
    }

    pub(super) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Reads the overview for all viewers.
    pub(super) fn sampler(&self) -> &Sampler {
        &self.0.sampler
    }

    /// Looks for what is wrong in Redis when a viewer asks for it.
    pub(super) fn examiner(&self) -> &Examiner {
        &self.0.examiner
    }

    /// The pages that somebody looks at, rendered for all of them.
    pub(super) fn renderings(&self) -> &Renderings {
        &self.0.renderings
    }

    /// Types and groups that pages have listed.
    pub(super) fn seen(&self) -> &Seen {
        &self.0.seen
    }

    /// The running tasks of all servers, at most a few seconds old.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(super) async fn running(&self) -> Result<Arc<Vec<WorkerDocument>>, Error> {
        self.0.running.tasks(&self.0.inspector).await
    }

    pub(super) fn root_path(&self) -> &str {
        self.0.settings.root_path.as_str()
    }

    pub(super) fn logins(&self) -> &Logins {
        &self.0.logins
    }

    /// The event streams that are open.
    pub(super) fn streams(&self) -> &Streams {
        &self.0.streams
    }

    /// The address of a page: `/tasks` and its parameters, below the root path.
    pub(super) fn link(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let encode =
            |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let parameters = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)));
        let parameters = parameters.collect::<Vec<_>>().join("&");
        let separator = if parameters.is_empty() { "" } else { "?" };
        format!("{}{path}{separator}{parameters}", self.root_path())
    }
}
