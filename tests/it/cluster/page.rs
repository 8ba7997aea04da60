//! The page of a cluster: queues on all servers look, and change, like those of one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use qctl::broker::keys::QueueKeys;
use qctl::clock;
use qctl::task::QueueName;

use super::{Site, task_in};
use crate::harness::cluster::Cluster;
use crate::harness::{SOON, eventually};
use crate::web::{Page, TOKEN, encode};

fn ids(tasks: &serde_json::Value) -> Vec<String> {
    let tasks = tasks.as_array().unwrap().iter();
    tasks
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect()
}

/// All tasks of a list, page by page.
fn walk(page: &Page, query: &str) -> Vec<String> {
    let mut address = format!("/api/tasks?q={}&limit=2", encode(query));
    let mut all = Vec::new();
    loop {
        let answer = page.get(&address).bearer().send().expect(200);
        all.extend(ids(&answer.json()));
        let link = answer.header("link");
        if link.is_empty() {
            return all;
        }
        let link = link.strip_suffix(">; rel=\"next\"").unwrap();
        link.strip_prefix('<').unwrap().clone_into(&mut address);
    }
}

/// A change of all tasks of a list, from its preview to its end.
fn archive_all(page: &Page, query: &str, count: usize) {
    let form = format!("action=archive&all=1&q={}", encode(query));
    let asked = page.submit("/changes", &form).expect(303);
    let address = asked.header("location").to_owned();
    let shows = |words: &str| {
        eventually(SOON, || {
            let html = page.read(&address);
            html.contains(words).then_some(())
        });
    };
    shows(&format!("<strong>{count} tasks</strong>"));
    let id = address.split("id=").nth(1).unwrap();
    let start = page.post("/change/start").bearer();
    let started = start.form(&format!("id={id}&count={count}")).send();
    assert_eq!(started.status, 303);
    shows(&format!("archived {count} tasks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_and_changes_queues_of_all_servers() {
    let Some(site) = Site::open("page").await else {
        return;
    };
    for queue in &site.queues {
        for n in 0..3 {
            let task = task_in(queue, &format!("{queue}-{n}"));
            site.broker.enqueue(&task, clock::now()).await.unwrap();
        }
    }
    let page = Page::of(
        site.qctl(&[]).file("token", TOKEN),
        &["--auth-file", "token"],
    );
    let names = site.queues.each_ref().map(QueueName::as_str);
    let query = format!("queue:{} state:pending", names.join(","));

    eventually(SOON, || {
        let overview = page.get("/api/overview").bearer().send().expect(200);
        let overview = overview.json();
        let queues = overview["queues"].as_array().unwrap();
        let full = |name: &&str| {
            let same = |one: &&serde_json::Value| one["queue"] == **name;
            queues
                .iter()
                .find(same)
                .is_some_and(|one| one["pending"] == 3)
        };
        names.iter().all(full).then_some(())
    });

    let listed = site.qctl_on_all(&["ls", "tasks", "-o", "id"]);
    let listed = listed.run_unchecked().expect_code(0);
    let listed: Vec<String> = listed.stdout_str().lines().map(str::to_owned).collect();
    assert_eq!((walk(&page, &query), listed.len()), (listed, 9));
    let html = page.get(&format!("/tasks?q={}", encode(&query)));
    let html = html.bearer().send().expect(200).body;
    assert!(names.iter().all(|name| html.contains(&format!("{name}-2"))));

    let mut live = TcpStream::connect(("127.0.0.1", page.port)).unwrap();
    live.set_read_timeout(Some(SOON)).unwrap();
    let request = page.get("/live/overview").bearer().text();
    live.write_all(request.as_bytes()).unwrap();

    archive_all(&page, &query, 9);
    for queue in &site.queues {
        assert_eq!(site.pending(queue), [""; 0]);
    }
    // The stream begins with all queues, and goes on with those that have changed.
    let mut lines = BufReader::new(live).lines().map_while(Result::ok);
    let has = |line: &str, name: &str| line.starts_with("data:") && line.contains(name);
    assert!(lines.any(|line| names.iter().all(|name| has(&line, name))));
    assert!(lines.any(|line| names.iter().any(|name| has(&line, name))));

    the_doctor_looks_everywhere(&site, &page);
}

fn the_doctor_looks_everywhere(site: &Site<Arc<Cluster>>, page: &Page) {
    for queue in &site.queues {
        let add = ["SADD", &QueueKeys::new(queue).groups(), "empty"];
        site.cluster.query::<()>(&add);
    }
    let look = page.post("/api/doctor/look").bearer();
    let found = look.json(&serde_json::json!({ "quick": true })).send();
    let found = found.expect(200).json();
    let found = found["findings"].as_array().unwrap();
    for queue in &site.queues {
        let same = |one: &serde_json::Value| {
            one["code"] == "empty-group" && one["queue"] == queue.as_str()
        };
        assert!(found.iter().any(same), "{queue}: {found:?}");
    }
}
