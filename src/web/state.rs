//! What all requests share.

use std::sync::Arc;

use crate::inspector::Inspector;
use crate::inspector::overview::Sampler;
use crate::inspector::trouble::Thresholds;

/// The settings of the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The path below which all pages are, such as `/monitoring`; empty for none. Without a slash at its end.
    pub root_path: String,
    /// The server and the database, as the frame shows them.
    pub redis: String,
    /// Whether the page offers no changes.
    pub read_only: bool,
    /// When something is trouble.
    pub thresholds: Thresholds,
}

/// What all requests share. Clones are cheap.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    inspector: Inspector,
    settings: Settings,
    sampler: Sampler,
}

impl Shared {
    pub(crate) fn new(inspector: Inspector, settings: Settings) -> Self {
        let sampler = Sampler::new(inspector.clone(), settings.thresholds.clone());
        Self(Arc::new(Inner {
            inspector,
            settings,
            sampler,
        }))
    }

    pub(super) fn inspector(&self) -> &Inspector {
        &self.0.inspector
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Reads the overview for all viewers.
    pub(super) fn sampler(&self) -> &Sampler {
        &self.0.sampler
    }

    pub(super) fn root_path(&self) -> &str {
        &self.0.settings.root_path
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
