//! What Asynq's own tools make of our schedules.

use std::sync::Arc;

use qctl::clock;
use qctl::schedule::form::Form;
use serde_json::{Value, json};

use super::{Tower, form};
use crate::harness::peer::Peer;
use crate::harness::{SOON, eventually};

#[test]
fn asynq_lists_our_entries_with_their_options_and_their_events() {
    let mut tower = Tower::open();
    let Some(mut peer) = Peer::start(&tower.shop.redis) else {
        return;
    };
    let nightly = Form {
        tz: Some("Europe/Paris".to_owned()),
        payload: Some("{\"n\": 1}".into()),
        queue: Some("a \"b\"".to_owned()),
        max_retry: Some(5),
        timeout: Some("90s".to_owned()),
        deadline: Some("2027-01-02T03:04:05Z".to_owned()),
        delay: Some("500ms".to_owned()),
        unique: Some("1h".to_owned()),
        retention: Some("1d".to_owned()),
        ..form("nightly", "0 3 * * *")
    };
    tower.put_form(&nightly, clock::now());
    tower.put_form(&form("often", "@every 1s"), clock::now());
    let paused = Form {
        paused: Some(true),
        ..form("paused", "@every 1s")
    };
    tower.put_form(&paused, clock::now());
    // Two that announce the same are one in the list.
    for _ in 0..2 {
        tower.start(Arc::new(clock::now));
    }
    tower.until_fired("often", 1);
    let entries = eventually(SOON, || {
        let entries: Vec<Value> =
            serde_json::from_value(peer.call(&json!({"op": "scheduler_entries"}))).unwrap();
        (entries.len() == 2).then_some(entries)
    });
    let entry = |id: &str| entries.iter().find(|entry| entry["id"] == id).unwrap();
    let nightly = entry("nightly");
    assert_eq!(nightly["spec"], "CRON_TZ=Europe/Paris 0 3 * * *");
    assert_eq!(nightly["payload_base64"], "eyJuIjogMX0=");
    assert_eq!(
        nightly["options"],
        json!([
            "Queue(\"a \\\"b\\\"\")",
            "MaxRetry(5)",
            "Timeout(1m30s)",
            "Deadline(Sat Jan  2 03:04:05 UTC 2027)",
            "ProcessIn(500ms)",
            "Unique(1h0m0s)",
            "Retention(24h0m0s)",
        ])
    );
    assert!(nightly["next"].is_i64() && nightly["prev"].is_null());
    assert_eq!(
        (&entry("often")["spec"], &entry("often")["type"]),
        (&json!("@every 1s"), &json!("t"))
    );
    let events = eventually(SOON, || {
        let events = peer.call(&json!({"op": "scheduler_events", "id": "often"}));
        events[0].is_object().then_some(events)
    });
    assert!(events[0]["task_id"].as_str().unwrap().starts_with("often@"));
    tower.stop();
}
