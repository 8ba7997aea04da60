//! The page of a protected context: each change repeats the name of the context.

use serde_json::json;
use tempfile::TempDir;

use super::{Page, TOKEN, encode, enqueue};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// A context called `prod & co`, protected, and the folder of its settings.
pub(crate) struct Protected {
    pub(crate) redis: Redis,
    folder: TempDir,
}

pub(crate) const NAME: &str = "prod & co";

impl Protected {
    pub(crate) fn new() -> Self {
        let redis = Redis::start();
        let folder = TempDir::with_prefix("qctl-protected-").unwrap();
        let url = redis.url();
        let stored = Self { redis, folder };
        let add = ["context", "add", NAME, &url, "--protected"];
        let add = stored.qctl().args(add).run_unchecked();
        add.expect_code(0);
        stored
    }

    fn qctl(&self) -> Qctl {
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .env("XDG_CONFIG_HOME", self.folder.path())
    }

    pub(crate) fn page(&self, args: &[&str]) -> Page {
        let with = self.qctl().file("token", TOKEN);
        let page = ["--auth-file", "token", "--context", NAME];
        Page::of(with, &[&page, args].concat())
    }

    fn is_paused(&self) -> bool {
        self.redis.query(&["EXISTS", "asynq:{low}:paused"])
    }
}

#[test]
fn a_button_leads_to_a_page_that_asks_for_the_name() {
    let stored = Protected::new();
    enqueue(&stored.redis, "low", 1);
    let page = stored.page(&["--root-path", "/ops"]);
    let html = page.get("/ops/queue?queue=low").bearer().send();
    let html = html.expect(200).body;
    assert!(
        html.contains("chip protected") && html.contains("Pause queue"),
        "{html}"
    );
    let asked = page
        .submit("/ops/queue/pause", "queue=low")
        .expect(403)
        .body;
    for part in [
        "<strong><bdi>prod &amp; co</bdi></strong> is protected",
        "action=\"/ops/queue/pause\"",
        "<textarea name=\"queue\" hidden>\nlow</textarea>",
        "name=\"context\"",
        ">Pause queue</button>",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(!asked.contains("role=\"alert\""), "{asked}");
    for (typed, why) in [
        ("", "The name is missing"),
        ("Prod %26 co", "is not the name"),
    ] {
        let refused = page.submit("/ops/queue/pause", &format!("queue=low&context={typed}"));
        let refused = refused.expect(403).body;
        assert!(
            refused.contains(why) && refused.contains("aria-invalid=\"true\""),
            "{refused}"
        );
    }
    assert!(!stored.is_paused());
    let named = format!("queue=low&context={}", encode(NAME));
    page.submit("/ops/queue/pause", &named).expect(303);
    assert!(stored.is_paused());
    // What can only have come from another site is not asked.
    let elsewhere = page
        .post("/ops/queue/pause")
        .header("sec-fetch-site", "cross-site");
    let elsewhere = elsewhere.bearer().form("queue=low").send().expect(403).body;
    assert!(elsewhere.contains("from another site"), "{elsewhere}");
}

#[test]
fn changes_of_tasks_ask_on_their_preview() {
    let stored = Protected::new();
    enqueue(&stored.redis, "low", 2);
    let page = stored.page(&[]);
    let id: Vec<String> = stored
        .redis
        .query(&["LRANGE", "asynq:{low}:pending", "0", "0"]);
    // The button of a task, which is done at once elsewhere.
    let task = encode(&json!(["low", id[0]]).to_string());
    let form = format!("action=archive&task={task}&at_once=1");
    let made = page.submit("/changes", &form).expect(303);
    let address = made.header("location").to_owned();
    let preview = page.read(&address);
    assert!(
        preview.contains("will be moved to the archive") && preview.contains("name=\"context\""),
        "{preview}"
    );
    let id = address.split("id=").nth(1).unwrap();
    let archived = || {
        stored
            .redis
            .query::<usize>(&["ZCARD", "asynq:{low}:archived"])
    };
    let asked = page.submit("/change/start", &format!("id={id}&count=1&context=prod"));
    let asked = asked.expect(403).body;
    assert!(
        asked.contains("is not the name") && asked.contains("Start the change"),
        "{asked}"
    );
    assert_eq!(archived(), 0);
    let start = format!("id={id}&count=1&context={}", encode(NAME));
    page.submit("/change/start", &start).expect(303);
    page.get(&address).bearer().send().expect(200);
    crate::harness::eventually(crate::harness::SOON, || (archived() == 1).then_some(()));
}

#[test]
fn a_form_with_mistakes_and_a_preview_ask_for_nothing() {
    let stored = Protected::new();
    let page = stored.page(&[]);
    let form = "name=nightly&spec=0+3+*+*+*&type=t&payload=%0Aa%0D%0A+b";
    let preview = page.submit("/schedule/preview", form).expect(200).body;
    assert!(
        preview.contains("qctl cron add") && preview.contains("name=\"context\""),
        "{preview}"
    );
    let asked = page
        .submit("/schedule/save", &format!("{form}&context=x"))
        .expect(403)
        .body;
    // What was typed is kept, byte for byte.
    assert!(
        asked.contains("<textarea name=\"payload\" hidden>\n\na\r\n b</textarea>"),
        "{asked}"
    );
    let named = format!("{form}&context={}", encode(NAME));
    page.submit("/schedule/save", &named).expect(303);
}

#[test]
fn programs_send_the_name_in_a_header() {
    let stored = Protected::new();
    enqueue(&stored.redis, "low", 1);
    let page = stored.page(&[]);
    let changes = [
        ("queue/pause", json!({"queue": "low"})),
        ("queue/resume", json!({"queue": "low"})),
        ("task/archive", json!({"queue": "low", "id": "x"})),
        ("task/edit", json!({"queue": "low", "id": "x"})),
        ("task/copy", json!({"queue": "low", "id": "x"})),
        (
            "tasks/run",
            json!({"action": "archive", "q": "queue:low", "count": 1}),
        ),
        ("doctor/repair", json!({"code": "empty-group", "count": 1})),
        ("schedule/run", json!({"name": "x"})),
        ("schedule/pause", json!({"name": "x"})),
        ("schedule/resume", json!({"name": "x"})),
    ];
    let request = |path: &str| page.post(&format!("/api/{path}")).bearer();
    for (path, body) in &changes {
        for name in [None, Some(""), Some("prod")] {
            let request = request(path);
            let request = match name {
                Some(name) => request.header("qctl-confirm", name),
                None => request,
            };
            let refused = request.json(body).send().expect(403).json();
            assert_eq!(refused["code"], "not_confirmed", "{path}: {refused}");
        }
    }
    // Nothing is changed by a preview, or by a look.
    let preview = json!({"action": "archive", "q": "queue:low state:pending"});
    request("tasks/preview").json(&preview).send().expect(200);
    assert!(!stored.is_paused());
    let pause = request("queue/pause").header("qctl-confirm", NAME);
    pause.json(&changes[0].1).send().expect(200);
    assert!(stored.is_paused());
    // A program may send forms as well.
    let resume = page
        .post("/queue/resume")
        .bearer()
        .header("qctl-confirm", NAME);
    resume.form("queue=low").send().expect(303);
    assert!(!stored.is_paused());
}

/// A route that nobody has thought of asks as well.
#[test]
fn every_form_that_changes_something_asks() {
    let stored = Protected::new();
    let page = stored.page(&[]);
    for path in [
        "/queue/pause",
        "/queue/resume",
        "/queue/drop",
        "/workers/cancel",
        "/schedule/run",
        "/schedule/pause",
        "/schedule/resume",
        "/schedule/remove",
        "/schedule/save",
        "/change/start",
        "/task/save",
        "/task/enqueue",
    ] {
        let asked = page.submit(path, "a=b").expect(403).body;
        assert!(asked.contains("name=\"context\""), "{path}: {asked}");
        assert!(!asked.contains("Change Redis"), "{path} has no title");
    }
}

#[test]
fn a_name_at_the_start_lifts_the_protection_and_read_only_stays() {
    let stored = Protected::new();
    enqueue(&stored.redis, "low", 1);
    let page = stored.page(&["--confirm", NAME]);
    page.submit("/queue/pause", "queue=low").expect(303);
    assert!(stored.is_paused());
    let html = page.read("/");
    assert!(!html.contains("chip protected"), "{html}");
    let page = stored.page(&["--read-only"]);
    let resume = format!("queue=low&context={}", encode(NAME));
    let answer = page.submit("/queue/resume", &resume);
    assert!([404, 405].contains(&answer.status), "{answer:?}");
    assert!(stored.is_paused());
}
