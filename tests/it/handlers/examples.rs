//! The examples of `pipe` handlers do what their guide says.

use std::path::Path;
use std::time::Duration;

use qctl::task::{NewTask, State};

use super::stand::{Stand, folder};
use crate::worker::shop::typed;

const MAX_LINES: usize = 40;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn works(interpreter: &str, name: &str) {
    let script = read(&format!("examples/handlers/{name}"));
    assert!(script.lines().count() < MAX_LINES, "{name} is too long");
    let folder = folder();
    std::fs::write(folder.path().join(name), script).unwrap();
    let config =
        format!("[handlers.'score:*']\npipe = ['{interpreter}', '{name}']\nprocesses = 2\n");
    let stand = Stand::of(folder, &config, &["-c", "8"]);
    for n in 0..20 {
        let task = NewTask {
            payload: Some(format!("{{\"text\":\"{}\"}}", "wörd ".repeat(n)).into_bytes()),
            ..typed("score:x", &n.to_string())
        };
        let kept = task.with(|options| options.retention = Duration::from_secs(60));
        stand.shop.enqueue(&kept);
    }
    for (id, payload) in [("no-text", "{}"), ("no-json", "\u{fffd} '")] {
        stand.shop.enqueue(&NewTask {
            payload: Some(payload.to_owned().into_bytes()),
            ..typed("score:x", id)
        });
    }
    for n in 0..20 {
        let found = stand.shop.reaches(&n.to_string(), State::Completed);
        let result: serde_json::Value = serde_json::from_slice(&found.result.unwrap()).unwrap();
        assert_eq!(result, serde_json::json!({ "words": n }));
    }
    for id in ["no-text", "no-json"] {
        stand.shop.reaches(id, State::Archived);
    }
    stand.close();
}

#[test]
fn python() {
    works("python3", "score.py");
}

#[test]
fn node() {
    works("node", "score.js");
}

#[test]
fn shell() {
    works("sh", "score.sh");
}

#[test]
fn the_protocol_shows_the_python_example_as_it_is() {
    assert!(read("docs/pipe-protocol.md").contains(&read("examples/handlers/score.py")));
}
