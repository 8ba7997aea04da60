//! What came of a task that was tried, below what its handler printed.

use super::{Cell, Page, Role, View, text};
use crate::document::trial::{TrialDocument, Verdict};

impl TrialDocument {
    /// What a worker would do with the task.
    fn verdict_in_words(&self) -> String {
        let when = || match self.next_process_in {
            Some(delay) => format!("in {}", text::duration(delay)),
            None => "later".to_owned(),
        };
        match self.verdict {
            Verdict::Delete => "delete it: it has succeeded, and has no retention".to_owned(),
            Verdict::Complete => {
                format!(
                    "keep it as completed for {}",
                    text::duration(self.retention)
                )
            }
            Verdict::Retry => {
                format!(
                    "retry it {} (retry {} of {})",
                    when(),
                    self.attempt,
                    self.retries
                )
            }
            Verdict::Release => format!(
                "put it back and run it {}, without counting a retry",
                when()
            ),
            Verdict::GiveUp => "archive it: its handler has given up".to_owned(),
            Verdict::Exhausted => {
                let (used, allowed) = (self.attempt.saturating_sub(1), self.retries);
                format!("archive it: no retries are left ({used} used, {allowed} allowed)")
            }
            Verdict::Requeue => "put it back at once: it was interrupted".to_owned(),
        }
    }
}

impl View for TrialDocument {
    fn page(&self) -> Page {
        let (outcome, role) = match self.outcome {
            "done" => (self.outcome, Role::Good),
            "failed" => (self.outcome, Role::Error),
            other => (other, Role::Warning),
        };
        let took = self.took_seconds.unwrap_or_default();
        let size = self.result.as_ref().filter(|result| !result.is_empty());
        let size = size.map(|result| text::bytes(result.len() as u64));
        let facts = [
            Some((
                "Handler",
                Cell::text(format!("{} ({})", self.handler, self.origin)),
            )),
            Some(("Outcome", Cell::text(outcome).role(role))),
            Some(("Took", Cell::text(text::duration(took)))),
            size.map(|size| ("Result", Cell::text(size))),
            Some(("A worker would", Cell::text(self.verdict_in_words()))),
        ];
        let page = Page::new().facts(facts.into_iter().flatten());
        match &self.error {
            Some(error) => page.block("Error", error, Role::Error),
            None => page,
        }
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.id]
    }
}
