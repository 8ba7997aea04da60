//! Workers that say nothing, and their clocks.

use super::*;

/// What is found about workers after looks at these announcements; times are seconds after [`now`].
fn workers(looks: &[(i64, &[(&str, i64)])]) -> Vec<String> {
    let mut heartbeats = Heartbeats::default();
    let mut last = now();
    for (at, beats) in looks {
        last = ago(-at);
        let beat = |(server, at): &(&str, i64)| Heartbeat {
            server: (*server).to_owned(),
            at: ago(-at),
        };
        let beats: Vec<_> = beats.iter().map(beat).collect();
        heartbeats.see(&beats, last);
    }
    let mut found = heartbeats.findings(&WorkerThresholds::default(), last);
    Finding::sort(&mut found);
    found.into_iter().map(|finding| finding.sentence).collect()
}

#[test]
fn a_silent_worker_is_one_that_did_not_say_that_it_ends() {
    let silent = ["worker web-1:42 has been silent for 40s"];
    assert_eq!(workers(&[(40, &[("web-1:42:id", 0)])]), silent);
    assert_eq!(workers(&[(29, &[("web-1:42:id", 0)])]), [""; 0]);
    // Another worker has removed what expired.
    let beat: &[(&str, i64)] = &[("web-1:42:id", 0)];
    assert_eq!(workers(&[(2, beat), (12, beat), (40, &[])]), silent);
    // It withdrew, or its end was not seen.
    assert_eq!(workers(&[(2, beat), (40, &[])]), [""; 0]);
    // It came back.
    let back: &[(&str, i64)] = &[("web-1:42:id", 39)];
    assert_eq!(workers(&[(2, beat), (12, beat), (40, back)]), [""; 0]);
    // After an hour it is no news.
    assert_eq!(workers(&[(12, beat), (3_700, &[])]), [""; 0]);
}

#[test]
fn silent_workers_are_listed_with_their_last_sign_of_life() {
    let mut heartbeats = Heartbeats::default();
    let beat = |server: &str, at| Heartbeat {
        server: server.to_owned(),
        at: ago(at),
    };
    heartbeats.see(
        &[beat("a::1:42:x", 11), beat("b:7:y", 60), beat("c:8:z", 5)],
        now(),
    );
    let silent = heartbeats.silent(now());
    let named: Vec<_> = silent
        .iter()
        .map(|each| {
            (
                each.host.as_str(),
                each.pid.as_str(),
                each.server_id.as_str(),
            )
        })
        .collect();
    assert_eq!(named, [("a::1", "42", "x"), ("b", "7", "y")]);
    assert_eq!(silent[0].seen_at, ago(11));
}

#[test]
fn a_clock_differs_by_what_is_certain() {
    let ahead = ["the clock of worker a:1 is at least 5s ahead of Redis's"];
    assert_eq!(workers(&[(0, &[("a:1:x", 5)])]), ahead);
    // Announced after the look at 10 s, when its clock showed less than 5 s.
    let behind = ["the clock of worker a:1 is at least 5s behind Redis's"];
    let looks: &[(i64, &[(&str, i64)])] = &[(10, &[("a:1:x", -1)]), (12, &[("a:1:x", 4)])];
    assert_eq!(workers(looks), behind);
    // A right clock, whose announcement is up to five seconds old.
    let looks: &[(i64, &[(&str, i64)])] = &[
        (4, &[("a:1:x", 0)]),
        (6, &[("a:1:x", 5)]),
        (9, &[("a:1:x", 5)]),
    ];
    assert_eq!(workers(looks), [""; 0]);
}
