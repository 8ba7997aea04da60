use super::super::task::TaskDocument;
use super::*;

fn written(bytes: &[u8]) -> (String, PayloadEncoding) {
    let payload = Payload::new(bytes.to_vec());
    (serde_json::to_string(&payload).unwrap(), payload.encoding())
}

#[test]
fn bytes_are_json_text_or_base64() {
    use PayloadEncoding::{Base64, Json, Text};
    let exact = r#"{"n":12345678901234567890123, "x": 1.0,"x":1e400}"#;
    let cases: [(&[u8], &str, PayloadEncoding); 13] = [
        (exact.as_bytes(), exact, Json),
        (b"null", "null", Json),
        (b"\"a\"", r#""a""#, Json),
        (b" null", r#"" null""#, Text),
        (b"{}\n", r#""{}\n""#, Text),
        (b"{\r}", r#""{\r}""#, Text),
        (b"\"\\ud800\"", r#""\"\\ud800\"""#, Text),
        (b"", r#""""#, Text),
        (b"{", r#""{""#, Text),
        (b"1 2", r#""1 2""#, Text),
        (b"a\0\x1b", r#""a\u0000\u001b""#, Text),
        (b"\xff\x00", r#""/wA=""#, Base64),
        (b"\"\xff\"", r#""Iv8i""#, Base64),
    ];
    for (bytes, value, encoding) in cases {
        assert_eq!(written(bytes), (value.to_owned(), encoding));
    }
}

/// A document with these bytes as its payload and its result, on one line or laid out.
fn document(bytes: &[u8], pretty: bool) -> String {
    let payload = Payload::new(bytes.to_vec());
    let document = TaskDocument {
        kind: Some("t".to_owned()),
        payload_encoding: Some(payload.encoding()),
        payload: Some(payload.clone()),
        result_encoding: Some(payload.encoding()),
        result: Some(payload),
        ..TaskDocument::default()
    };
    let json = if pretty {
        serde_json::to_string_pretty(&document)
    } else {
        serde_json::to_string(&document)
    };
    // A list of tasks has an id in each.
    json.unwrap().replacen("\"\"", "\"x\"", 2)
}

#[track_caller]
fn assert_same(bytes: &[u8], context: &str) {
    for pretty in [false, true] {
        let text = document(bytes, pretty);
        assert!(pretty || !text.contains(['\n', '\r']), "{text:?} {context}");
        let read = TaskDocument::read(&text).unwrap();
        for part in [read.payload, read.result] {
            let part = part.unwrap().into_bytes();
            assert_eq!(
                part.escape_ascii().to_string(),
                bytes.escape_ascii().to_string(),
                "{context}"
            );
        }
    }
}

/// JSON as no program would write it: blanks anywhere, keys twice, odd numbers, half pairs, depth.
fn odd_json(random: &mut fastrand::Rng, depth: usize, out: &mut String) {
    let blanks = |random: &mut fastrand::Rng, out: &mut String| {
        for _ in 0..random.usize(..3) {
            out.push(random.choice([' ', '\t', '\n', '\r']).unwrap());
        }
    };
    blanks(random, out);
    match random.usize(..if depth == 0 { 2 } else { 4 }) {
        0 => {
            const WORDS: [&str; 9] = [
                "null",
                "true",
                "-0",
                "1.0",
                "1e400",
                "-1E-9",
                "0.10",
                "123456789012345678901234567890",
                "1e+02",
            ];
            out.push_str(random.choice(WORDS).unwrap());
        }
        1 => {
            const PIECES: [&str; 12] = [
                "a", "\\\"", "\\\\", "\\/", "\\u0041", "\\ud83d", "\\ude00", "\\n", "é",
                "\u{2028}", "\u{9b}", "{,}: ",
            ];
            out.push('"');
            (0..random.usize(..5)).for_each(|_| out.push_str(random.choice(PIECES).unwrap()));
            out.push('"');
        }
        kind => {
            out.push(if kind == 2 { '[' } else { '{' });
            let members = random.usize(..4);
            for index in 0..members {
                if kind == 3 {
                    out.push_str(
                        random
                            .choice([" \"a\" :", "\"a\":", "\n\"\\u0061\":"])
                            .unwrap(),
                    );
                }
                odd_json(random, depth - 1, out);
                if index + 1 < members {
                    out.push(',');
                }
            }
            blanks(random, out);
            out.push(if kind == 2 { ']' } else { '}' });
        }
    }
    blanks(random, out);
}

#[test]
fn what_is_written_is_read_back_byte_for_byte() {
    for seed in 0..1_500 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut json = String::new();
        odd_json(&mut random, 4, &mut json);
        assert_same(json.as_bytes(), &format!("JSON, seed {seed}"));
        let mut bytes = json.into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        assert_same(&bytes, &format!("bytes, seed {seed}"));
    }
    for bytes in [
        &b""[..],
        b"\n",
        b"null",
        b" null ",
        b"\"a\"\n",
        b"\xef\xbb\xbf{}",
        b"\0",
        b"\xff",
    ] {
        assert_same(bytes, "fixed");
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    assert_eq!(
        written(deep.as_bytes()),
        (deep.clone(), PayloadEncoding::Json)
    );
    assert_same(deep.as_bytes(), "deep");
    assert_same(format!("{deep}\n").as_bytes(), "deep, with a line break");
}

#[test]
fn expressions_see_json_in_any_layout() {
    let odd = Payload::new(b"{\"a b\" :\n 1.0}\n".to_vec());
    let payload = Some(odd.clone());
    let document = TaskDocument {
        payload,
        result: Some(odd),
        ..TaskDocument::default()
    }
    .with_json_values();
    assert_eq!(document.payload_encoding, Some(PayloadEncoding::Json));
    let json = serde_json::to_string(&document).unwrap();
    assert!(
        json.contains(r#""payload":{"a b":1.0},"payload_encoding":"json""#),
        "{json}"
    );
    assert!(
        json.contains(r#""result":{"a b":1.0},"result_encoding":"json""#),
        "{json}"
    );
}
