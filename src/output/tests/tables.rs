//! Tables of every width.

use super::*;

#[test]
fn a_table_is_whole_in_a_pipe_and_fits_a_terminal() {
    assert_eq!(
        list(settings(Format::Table), false, &two()),
        concat!(
            "ID                                    QUEUE    TYPE           NEXT      RETRIED  ERROR\n",
            "0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d  default  email:deliver  in 3m12s     3/25  connection refused\n",
            "b                                     default  email:deliver  in 3m12s     3/25  connection refused\n",
        )
    );
    let narrow = Settings {
        color: ColorChoice::Never,
        ..settings(Format::Table)
    };
    assert_eq!(
        list(narrow, true, &two()),
        concat!(
            "ID        QUEUE    TYPE           NEXT      RETRIED  ERROR\n",
            "0d9b2c7e  default  email:deliver  in 3m12s     3/25  connection refused\n",
            "b         default  email:deliver  in 3m12s     3/25  connection refused\n",
        )
    );
}

#[test]
fn text_is_cut_before_ids_of_common_length_and_numbers_never() {
    let long = |id: &str| {
        let mut long = task(id, b"");
        long.kind = Some("report:build:monthly".into());
        long.last_error = Some("exit status 1: connection refused".into());
        long
    };
    let never = Settings {
        color: ColorChoice::Never,
        ..settings(Format::Table)
    };
    let rows = [
        long("welcome-customer-456"),
        long("welcome-2026-11-26-customer-456"),
    ];
    assert_eq!(
        list(never, true, &rows),
        concat!(
            "ID                    QUEUE    TYPE          NEXT      RETRIED  ERROR\n",
            "welcome-customer-456  default  report:buil…  in 3m12s     3/25  exit status 1: …\n",
            "welcome-2026-11-26-…  default  report:buil…  in 3m12s     3/25  exit status 1: …\n",
        )
    );
}

#[test]
fn an_error_has_more_room_than_a_queue_or_a_type() {
    let mut long = task("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d", b"");
    long.queue = "email-notifications-europe".into();
    long.last_error = Some("exit status 1: connection refused".into());
    let never = Settings {
        color: ColorChoice::Never,
        ..settings(Format::Table)
    };
    assert_eq!(
        list(never, true, &[long]),
        concat!(
            "ID        QUEUE        TYPE          NEXT      RETRIED  ERROR\n",
            "0d9b2c7e  email-noti…  email:deliv…  in 3m12s     3/25  exit status 1: connecti…\n",
        )
    );
}

#[test]
fn wide_tables_are_never_cut() {
    let mut long = task(&"i".repeat(60), b"x");
    long.last_error = Some("e".repeat(3_000));
    let uuid = task("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d", b"x");
    let printed = list(settings(Format::Wide), true, &[long, uuid]);
    for whole in [
        &"i".repeat(60),
        &"e".repeat(3_000),
        "0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d",
    ] {
        assert!(printed.contains(whole), "{printed}");
    }
}

#[test]
fn heads_times_and_more_columns_as_asked() {
    let bare = Settings {
        no_headers: true,
        time: TimeStyle::Unix,
        ..settings(Format::Table)
    };
    assert_eq!(
        list(bare, false, &[task("b", b"x")]),
        "b  default  email:deliver  1700000192  3/25  connection refused\n"
    );
    let wide = Settings {
        time: TimeStyle::Iso,
        ..settings(Format::Wide)
    };
    assert_eq!(
        list(wide, false, &[task("b", b"{ \"x\": 1 }")]),
        concat!(
            "ID  QUEUE    TYPE           NEXT                  RETRIED  FAILED                ",
            "ERROR               GROUP  PAYLOAD\n",
            "b   default  email:deliver  2023-11-14T22:16:32Z     3/25  2023-11-14T21:56:40Z  ",
            "connection refused  -      {\"x\":1}\n",
        )
    );
    assert_eq!(list(settings(Format::Table), false, &[]), "");
}
