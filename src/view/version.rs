//! The line of `version`.

use super::{Page, View};
use crate::document::version::VersionDocument;

impl View for VersionDocument {
    fn page(&self) -> Page {
        Page::new().sentence(format!("qctl {}", self.version))
    }

    fn ids(&self) -> Vec<&str> {
        vec![self.version]
    }
}
