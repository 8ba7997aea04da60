//! Formats for scripts.

use super::*;

#[test]
fn ndjson_is_a_document_a_line() {
    assert_eq!(list(settings(Format::Ndjson), false, &two()), LINES);
    assert_eq!(list(settings(Format::Ndjson), false, &[]), "");
}

#[test]
fn json_is_one_array_that_keeps_exact_payloads() {
    assert_eq!(list(settings(Format::Json), false, &[]), "[]\n");
    let printed = list(settings(Format::Json), false, &two());
    assert!(printed.starts_with("[\n  {\n    \"id\": \"0d9b"));
    assert!(printed.contains("\n    \"payload\": {\"a\": 1.0},\n"));
    assert!(printed.ends_with("\n    \"result_encoding\": null\n  }\n]\n"));
    let read: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let lines: Vec<serde_json::Value> = LINES
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, serde_json::Value::Array(lines));
}

#[test]
fn numbers_and_depth_survive_every_format() {
    let number = "12345678901234567890123.10";
    let deep = format!("{}{number}{}", "[".repeat(100_000), "]".repeat(100_000));
    for format in [Format::Json, Format::Ndjson, Format::Csv] {
        assert!(list(settings(format), false, &[task("b", deep.as_bytes())]).contains(&deep));
    }
}

#[test]
fn csv_has_keys_and_full_values() {
    let keys = TaskDocument::FIELDS.join(",") + "\n";
    assert_eq!(list(settings(Format::Csv), false, &[]), keys);
    let row = task("b", b"{\"say\": \"a,b\"}");
    assert_eq!(
        list(settings(Format::Csv), false, &[row]),
        keys + concat!(
            "b,default,email:deliver,retry,\"{\"\"say\"\": \"\"a,b\"\"}\",json,{},25,3,",
            "connection refused,2023-11-14T21:56:40Z,1800,,,,0,,2023-11-14T22:16:32Z,,,false,false,,\n"
        )
    );
}

#[test]
fn ids_alone() {
    assert_eq!(
        list(settings(Format::Id), false, &two()),
        "0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d\nb\n"
    );
}

/// What `-o id` prints, commands read back from stdin.
#[test]
fn an_id_that_a_line_cannot_hold_is_a_json_string() {
    for (id, line) in [
        (r"a\nb", r"a\nb"),
        ("a b", "a b"),
        ("a\nb", r#""a\nb""#),
        ("a\r", r#""a\r""#),
        (" ", r#"" ""#),
        ("", r#""""#),
        (r#""a""#, r#""\"a\"""#),
        ("a\u{1b}[2J", r#""a\u001b[2J""#),
    ] {
        let mut named = task("b", b"x");
        named.id = id.to_owned();
        let lines = list(settings(Format::Id), false, &[named]);
        assert_eq!(lines, format!("{line}\n"), "{id:?}");
    }
}
