//! A real Chromium, driven over its web driver, `chromedriver`.
//!
//! Where they are missing, the tests that need them end early and one line says so; `QCTL_REQUIRE_CHROMIUM=1` makes
//! that a failure. Screenshots go to `target/screenshots`, for people to look at.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use axum::http::Method;
use fantoccini::actions::{InputSource as _, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

use super::{SOON, say, setting};

pub(crate) struct Browser {
    client: Client,
    process: Pid,
    driver: Child,
    _profile: TempDir,
}

/// A command of this driver alone.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// A browser with a profile of its own; `None` where Chromium is missing.
    pub(crate) async fn start() -> Option<Self> {
        let (driver, port) = chromedriver()?;
        let profile = TempDir::with_prefix("qctl-chromium-").unwrap();
        let args = [
            "--headless=new".to_owned(),
            // Chromium's sandbox does not work for root, which is who runs tests in a container.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let capabilities: Map<String, Value> = serde_json::from_value(wanted).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.unwrap();
        let process = client.capabilities().unwrap()["goog:processID"].as_i64();
        Some(Self {
            client,
            process: Pid::from_raw(process.unwrap().try_into().unwrap()).unwrap(),
            driver,
            _profile: profile,
        })
    }

    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// The HTML of the page as it is now.
    pub(crate) async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// The text that people see.
    pub(crate) async fn text(&self) -> String {
        let asked = Instant::now();
        // Between two pages there is no body, or that of the last one.
        loop {
            match self.shown().await {
                Ok(text) => return text,
                Err(error) => assert!(asked.elapsed() < SOON, "the page shows no text: {error}"),
            }
        }
    }

    async fn shown(&self) -> Result<String, CmdError> {
        let body = self.client.find(Locator::Css("body")).await?;
        body.text().await
    }

    /// Waits for an element.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(SOON);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
        }
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        let found = self.client.find_all(Locator::Css(css)).await;
        found.unwrap().len()
    }

    /// Waits for an element, and clicks on it.
    pub(crate) async fn click(&self, css: &str) {
        let asked = Instant::now();
        // The page may replace the element between the search and the click.
        while let Err(error) = self.find(css).await.click().await {
            assert!(asked.elapsed() < SOON, "{css}: {error}");
        }
    }

    /// Moves the pointer onto an element.
    pub(crate) async fn point_at(&self, css: &str) {
        let element = self.find(css).await;
        let onto = PointerAction::MoveToElement {
            element,
            duration: None,
            x: 0.0,
            y: 0.0,
        };
        let actions = MouseActions::new("mouse".to_owned()).then(onto);
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Types into the element that has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Types into an element, instead of what it holds.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Waits until the page shows this text.
    pub(crate) async fn wait_for_text(&self, text: &str) {
        let waiting = async {
            while !self.text().await.contains(text) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let shown = tokio::time::timeout(SOON, waiting).await.is_ok();
        assert!(
            shown,
            "the page does not show {text:?}:\n{}\n{:#?}",
            self.text().await,
            self.complaints().await
        );
    }

    pub(crate) async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until the script returns true.
    pub(crate) async fn wait_until(&self, script: &str) {
        let waiting = async {
            while !matches!(
                self.client.execute(script, Vec::new()).await,
                Ok(Value::Bool(true))
            ) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let became = tokio::time::timeout(SOON, waiting).await.is_ok();
        assert!(
            became,
            "{script} did not become true:\n{}",
            self.text().await
        );
    }

    /// Sends a command of the protocol of the developer tools.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let extension = Extension {
            path: "goog/cdp/execute",
            body: json!({ "cmd": command, "params": parameters }),
        };
        self.client.issue_cmd(extension).await.unwrap()
    }

    /// Gives the page this size, that of a phone included.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// `light` or `dark`, as the system would prefer.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Turns JavaScript off for the pages that are opened from now on.
    pub(crate) async fn without_javascript(&self) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )
        .await;
    }

    /// What the console has said since the last call: errors, warnings, violations of the content security policy.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let extension = Extension {
            path: "se/log",
            body: json!({ "type": "browser" }),
        };
        let entries = self.client.issue_cmd(extension).await.unwrap();
        let entries = entries.as_array().cloned().unwrap_or_default();
        let said = entries.iter().filter_map(|entry| entry["message"].as_str());
        said.map(str::to_owned).collect()
    }

    /// Panics if the page is wider than the window.
    pub(crate) async fn fits(&self) {
        let script = "const root = document.documentElement; return [root.scrollWidth, root.clientWidth, \
                      [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > \
                      root.clientWidth + 1).slice(0, 5).map(it => it.outerHTML.slice(0, 120))]";
        let found = self.execute(script).await;
        assert!(
            found[0].as_u64() <= found[1].as_u64(),
            "{} is wider than the window: {found}",
            self.url().await
        );
    }

    /// Keeps a picture of the page, for people.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser, and a browser that is closed has ended.
        _ = kill_process(self.process, Signal::KILL);
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

/// A driver on a port of its choice. It ends at once if another process takes that port before it listens.
fn chromedriver() -> Option<(Child, u16)> {
    let started = |driver: &mut Child| {
        let output = BufReader::new(driver.stdout.take().unwrap());
        let (sender, port) = channel();
        // Reads to the end, so that the driver never waits for a reader.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let number = line
                    .split_once("successfully on port ")
                    .map(|(_, rest)| rest.trim_end_matches('.'));
                if let Some(Ok(port)) = number.map(str::parse::<u16>) {
                    _ = sender.send(port);
                }
            }
        });
        port.recv_timeout(SOON).ok()
    };
    for _ in 0..5 {
        let spawned = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = spawned else {
            assert!(
                setting("QCTL_REQUIRE_CHROMIUM").is_none_or(|value| value != "1"),
                "chromedriver is missing"
            );
            say("chromedriver is missing: tests of the page in a browser are skipped");
            return None;
        };
        if let Some(port) = started(&mut driver) {
            return Some((driver, port));
        }
        _ = driver.kill();
        _ = driver.wait();
    }
    panic!("chromedriver does not start");
}
