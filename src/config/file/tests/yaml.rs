//! Files in YAML.

use super::*;

#[test]
fn mistakes_in_yaml_are_explained() {
    for (text, message) in [
        ("worker: {}\nworker: {}\n", r#"2: "worker" is given twice"#),
        (
            "worker:\n  strict: true\n  quues: {a: 1}\n",
            r#"3: unknown key "quues", did you mean "queues"?"#,
        ),
        (
            "cron: []\n---\ncron: []\n",
            "3: the file has several documents; leave only one, without ---",
        ),
        (
            "cron:\n- spec: a\n  payload: .nan\n",
            "3: cron.payload: .nan is no number: quote it",
        ),
        (
            "cron:\n- spec: * * * * *\n  type: t\n",
            r#"2: the value of "spec" begins with *: it must be quoted"#,
        ),
        (
            "cron:\n- type: t\n  spec: */5 * * * *\n",
            r#"3: the value of "spec" begins with *: it must be quoted"#,
        ),
        (
            "configs:\n  - cronspec: @every 1s\n",
            r#"2: the value of "cronspec" begins with @: it must be quoted"#,
        ),
        (
            "configs: []\ncron: []\n",
            r#"1: "cron" and "configs" are two names of the same; keep one of them"#,
        ),
        (
            "cron:\n- {spec: a, cronspec: b}\n",
            r#"2: "spec" is given twice, once under another name; keep one of them"#,
        ),
        (
            "- a\n",
            "1: expected sections: redis, worker, serve, log, handlers, groups, cron, configs, trouble, check, asynq",
        ),
    ] {
        assert_eq!(said(text, true), message);
    }
    assert!(said("worker: [1", true).starts_with("1: "));
}

#[test]
fn plain_words_of_yaml_are_text_where_text_belongs() {
    let file = yaml("cron:\n- {spec: '@daily', type: 0123, queue: no, headers: {n: 1e3}}\n");
    let form = &file.cron[0].form;
    assert_eq!(
        (form.kind.as_str(), form.queue.as_deref()),
        ("0123", Some("no"))
    );
    assert_eq!(form.headers["n"], "1e3");
    let now = chrono::DateTime::default();
    for plain in ["true", "12"] {
        let file = yaml(&format!(
            "cron: [{{spec: '@daily', type: t, payload: {plain}}}]"
        ));
        let said = file.cron[0].form.check(now).unwrap_err();
        assert!(said.hint.starts_with("quote"), "{plain}: {said:?}");
    }
}

/// As Go reads YAML: these words are booleans only where one is expected.
#[test]
fn words_of_old_yaml_are_text_in_a_payload() {
    let words = "[no, y, on, off, n, NO, Yes, &a oFF, true, False, null]";
    let text = format!("cron:\n- {{spec: '@daily', type: t, paused: no, payload: {words}}}\n");
    let form = &yaml(&text).cron[0].form;
    assert_eq!(form.paused, Some(false));
    let payload = form.payload.as_ref().unwrap().to_string();
    assert_eq!(
        payload,
        r#"["no","y","on","off","n","NO","Yes","oFF",true,false,null]"#
    );
    let plain = &yaml("cron: [{spec: '@daily', type: t, payload: no}]").cron[0];
    assert_eq!(plain.form.payload, Some("no".into()));
}
