//! The page in a real browser, as an operator uses it: with a mouse, with the keyboard alone, on a phone, in the dark,
//! without JavaScript.
//!
//! After each step the console must have said nothing, and the page must fit into the window. Pictures of every page go
//! to `target/screenshots`.

mod away;
mod changes;
mod doctor;
mod hostile;
mod login;
mod looks;
mod queues;
mod schedules;
mod task;

use crate::harness::browser::Browser;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::web::{Page, TOKEN};

/// A page of a private Redis, open in a browser.
struct Visit {
    redis: Redis,
    page: Page,
    browser: Browser,
}

impl Visit {
    /// Logged in, on the overview; `None` where Chromium is missing.
    async fn start() -> Option<Self> {
        let redis = Redis::start();
        let page = Page::with_token(&redis);
        Self::of(redis, page).await
    }

    /// The same for a page that has been started.
    async fn of(redis: Redis, page: Page) -> Option<Self> {
        let visit = Self {
            redis,
            page,
            browser: Browser::start().await?,
        };
        visit.open(&format!("/#token={TOKEN}")).await;
        visit.browser.find("nav.tabs").await;
        Some(visit)
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.page.port)
    }

    async fn open(&self, path: &str) {
        self.browser.open(&self.address(path)).await;
    }

    /// Runs the program on the same Redis, and returns what it printed.
    fn qctl(&self, args: &[&str]) -> String {
        let done = Qctl::new(&self.redis).args(args).run_unchecked();
        let done = done.expect_code(0);
        done.stdout_str().to_owned()
    }

    /// Enqueues tasks from lines of JSON.
    fn enqueue(&self, lines: &str) {
        let done = Qctl::new(&self.redis)
            .args(["enqueue", "--from", "-", "--quiet"])
            .stdin(lines)
            .run_unchecked();
        done.expect_code(0);
    }

    /// Panics if the console has complained, or the page is wider than the window.
    async fn is_clean(&self) {
        self.is_clean_after(&[]).await;
    }

    /// The same, but for the browser's notes on answers of these statuses.
    async fn is_clean_after(&self, statuses: &[u16]) {
        let mut complaints = self.browser.complaints().await;
        complaints.retain(|said| {
            let mut expected = statuses.iter();
            !expected.any(|status| said.contains(&format!("with a status of {status} ")))
        });
        assert!(complaints.is_empty(), "{complaints:#?}");
        self.browser.fits().await;
    }
}

/// A line for `enqueue --from` for each number.
fn lines(numbers: std::ops::Range<u32>, line: impl Fn(u32) -> serde_json::Value) -> String {
    numbers
        .map(|number| line(number).to_string() + "\n")
        .collect()
}
