//! Statistics, and all about a queue.

use super::*;

#[test]
fn stats_fit_a_terminal() {
    let facts = ServerFacts {
        version: "7.0.15".into(),
        used_memory: Some(20 << 20),
        max_memory: Some(0),
        clients: Some(1),
        uptime: Some(Duration::from_secs(90_000)),
    };
    let view = Stats::new(&[stats("critical", 0, 6), stats("low", 12, 60)]).with_redis(&facts);
    let expected = concat!(
        "QUEUE     ACT  PEND  SCHED  RETRY  ARCH  DONE  AGGR    LAT  PROC  FAIL  PAUSED\n",
        "critical    0  1.0M      0      0     0     0     0  3m12s   500     6  -\n",
        "low         0  1.0M      0     12     0     0     0  3m12s   500    60  yes\n",
        "TOTAL       0  2.0M      0     12     0     0     0  3m12s  1000    66  -\n",
        "\n",
        "redis 7.0.15, 20.0 MiB used, 1 client, up 1d1h\n",
    );
    assert_eq!(fitted(&view), expected);
    assert_eq!(shown(&view, Format::Id), "critical\nlow\n");
    let csv = shown(&view, Format::Csv);
    assert_eq!(
        csv.lines().nth(2).unwrap(),
        "low,1000012,0,1000000,0,12,0,0,0,0,0,192.5,500,60,0.12,12345,67,true,2023-11-14T22:13:20Z,,,"
    );
    let json: serde_json::Value = serde_json::from_str(&shown(&view, Format::Json)).unwrap();
    assert_eq!(json["queues"][0]["latency_seconds"], 192.5);
    assert_eq!(json["total"]["size"], 2_000_012);
    assert_eq!(json["total"]["queue"], serde_json::Value::Null);
    assert_eq!(json["redis"]["max_memory_bytes"], serde_json::Value::Null);
    assert_eq!(json["history"], serde_json::Value::Null);
}

#[test]
fn columns_depend_on_the_width_alone() {
    let titles = |width: u16, count: u64| {
        let settings = Settings {
            width: Some(width),
            ..Settings::default()
        };
        let bench = Bench::new(settings, false);
        let mut large = stats("a-queue-with-a-rather-long-name", count, count);
        large.processed_today = count * 9;
        bench.printer.show(&Stats::new(&[large]), now()).unwrap();
        let printed = bench.out.text();
        for line in printed.lines() {
            assert!(
                line.chars().count() <= usize::from(width),
                "{width}: {line}"
            );
        }
        let titles = printed.lines().next().unwrap();
        titles
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (width, columns) in [(60, 8), (80, 12), (94, 14), (120, 14), (200, 14)] {
        assert_eq!(titles(width, 0).len(), columns, "{width}");
        assert_eq!(titles(width, u64::MAX / 9).len(), columns, "{width}");
    }
    assert_eq!(titles(160, 0)[6], "ARCHIVED");
}

#[test]
fn figures_that_cannot_be_are_unknown() {
    let mut queue = stats("q", 0, 501);
    queue.latency = None;
    let wrong = WrongType {
        key: "asynq:{q}:retry".into(),
        found: "string".into(),
        expected: "sorted set",
    };
    queue.unreadable = vec![(Figure::Count(State::Retry), wrong)];
    let view = Stats::new(&[queue]);
    let line = shown(&view, Format::Table);
    let cells: Vec<&str> = line.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        (cells[1], cells[5], cells[9]),
        ("unknown", "unknown", "unknown")
    );
    assert_eq!(cells[12], "unknown", "more failed than ended");
    let json: serde_json::Value = serde_json::from_str(&shown(&view, Format::Json)).unwrap();
    let queue = &json["queues"][0];
    for key in ["size", "retry", "latency_seconds", "error_rate"] {
        assert_eq!(queue[key], serde_json::Value::Null, "{key}");
    }
    assert_eq!(json["total"]["pending"], 1_000_000);
    assert_eq!(
        view.unreadable,
        [r#"queue "q": asynq:{q}:retry is a string, not a sorted set"#]
    );
}

#[test]
fn a_screen_without_room_for_all_queues_shows_the_worst() {
    let queues: Vec<_> = (0..40u64)
        .map(|number| {
            let mut queue = stats(&format!("q{number}"), 0, 0);
            queue.latency = Some(Duration::from_secs(number));
            queue
        })
        .collect();
    let never = Settings {
        color: ColorChoice::Never,
        ..Settings::default()
    };
    let bench = Bench::new(never, true);
    bench
        .printer
        .watch()
        .frame(&Stats::new(&queues), now())
        .unwrap();
    let printed = bench.out.text().replace("\u{1b}[K", "");
    let names: Vec<&str> = printed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    // The terminal has six rows.
    assert_eq!(names, ["q39", "TOTAL", "39", "\u{1b}[J"]);
    assert!(printed.contains("\n\n39 more queues\n"), "{printed}");
}

#[test]
fn remarks_are_left_out_where_only_data_is_wanted() {
    let facts = ServerFacts {
        version: "7.0.15".into(),
        ..ServerFacts::default()
    };
    let view = Stats::new(&[stats("q", 0, 0)]).with_redis(&facts);
    let lines = |settings: Settings| {
        let bench = Bench::new(settings, false);
        bench.printer.show(&view, now()).unwrap();
        bench.out.text().lines().count()
    };
    let settings = Settings::default();
    assert_eq!(lines(settings.clone()), 4);
    let quiet = Settings {
        quiet: true,
        ..settings.clone()
    };
    assert_eq!(lines(quiet), 2);
    let headless = Settings {
        no_headers: true,
        ..settings
    };
    assert_eq!(lines(headless), 1);
}

#[test]
fn a_terminal_shows_the_beginning_of_a_huge_payload() {
    let mut task = super::super::task("b", "x\n".repeat(100_000).as_bytes());
    task.last_error = None;
    let printed = fitted(&task);
    assert!(
        (60_000..140_000).contains(&printed.len()),
        "{}",
        printed.len()
    );
    assert!(printed.ends_with("  (the rest is not shown on a terminal; -o json prints all)\n"));
    assert!(shown(&task, Format::Table).len() > 400_000, "pipes get all");
    let empty = shown(&super::super::task("b", b""), Format::Table);
    assert!(empty.ends_with("Payload:\n  (empty)\n"), "{empty}");
}

#[test]
fn rates_come_from_two_frames() {
    let mut after = stats("low", 0, 0);
    after.processed_total += 25;
    let before = Stats::new(&[stats("low", 0, 0)]);
    let mut view =
        Stats::new(std::slice::from_ref(&after)).with_rates(&before, Duration::from_secs(2));
    view.watched = true;
    assert_eq!(view.queues[0].processed_per_second, Some(12.5));
    assert_eq!(view.total.failed_per_second, Some(0.0));
    assert!(shown(&view, Format::Table).contains("  12.5/s  yes\n"));
    let reset = before.with_rates(&Stats::new(&[after]), Duration::from_secs(2));
    assert_eq!(reset.queues[0].processed_per_second, None);
    let instant = Stats::new(&[]).with_rates(&reset, Duration::ZERO);
    assert_eq!(instant.total.processed_per_second, None);
}

#[test]
fn memory_and_history_when_asked_for() {
    let mut queue = stats("default", 0, 0);
    queue.memory_bytes = Some(1536);
    let view = Stats::new(&[queue]).with_history(&[day()]);
    assert_eq!(
        shown(&view, Format::Table),
        concat!(
            "QUEUE       SIZE  ACTIVE  PENDING  SCHED  RETRY  ARCHIVED  COMPLETED  AGGR  LATENCY  PROCESSED  FAILED  ERRORS   MEMORY  PAUSED\n",
            "default  1000000       0  1000000      0      0         0          0     0    3m12s        500       0    0.0%  1.5 KiB  -\n",
            "\n",
            "QUEUE    DATE        PROCESSED  FAILED  ERRORS\n",
            "default  2023-11-14        200       3    1.5%\n",
        )
    );
}

#[test]
fn all_about_a_queue() {
    let view = QueueDetails {
        queue: QueueDocument::from(&stats("default", 2, 0)),
        group_sizes: vec![GroupDocument::from(&group())],
        servers: vec![ServerDocument::from(&server())],
        history: Vec::new(),
        unreadable: Vec::new(),
        unserved: false,
    };
    let page = shown(&view, Format::Table);
    assert!(page.starts_with("Queue:            default\nSize:             1000002\n"));
    assert!(page.ends_with(concat!(
        "\n\nQUEUE    GROUP   SIZE\ndefault  digest     7\n",
        "\nHOST   PID  STATUS  BUSY  QUEUES           STARTED\n",
        "web-1   42  active  3/10  default:3 low:1  2h5m ago\n",
    )));
    let line = shown(&view, Format::Ndjson);
    assert!(line.starts_with(r#"{"queue":"default","size":1000002,"active":0,"#));
    assert!(line.contains(
        r#""group_sizes":[{"queue":"default","group":"digest","size":7}],"servers":[{"server_id""#
    ));
}
